/** Lists the commits of one line that another lacks. */
import { Effect, Option } from "effect"
import { difference } from "../../history/ancestry.ts"
import type { CommitId } from "../../object/Id.ts"
import { CursorRefused, type Page, type PageRequest } from "../../port/Page.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { visibleGraph } from "../graph/commitGraph.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import { commitsSaid, type SaidCommit } from "./commitsSaid.ts"
import type { TreeError, ViewServices } from "./viewed.ts"

export type CommitsBetweenError = CursorRefused | TreeError

/** Two commits, such as the heads of a proposal. */
export interface Line {
  readonly base: CommitId
  readonly head: CommitId
}

/** Lists the commits that `head` has and `base` lacks, parents first. A cursor is the last commit of a page. */
export const commitsBetween = Effect.fn("commitsBetween")(function* (
  open: OpenRepository,
  { base, head }: Line,
  { after, limit }: PageRequest
): Effect.fn.Return<Page<SaidCommit>, CommitsBetweenError, ViewServices> {
  for (const id of [base, head]) yield* visibleCommit(open, id)
  const lacked = Effect.flatMap(visibleGraph(open), (graph) => difference(graph, [head], [base]))
  const ids = (yield* admitted("difference", lacked)).map(({ id }) => id)
  const start = after === undefined ? 0 : ids.findIndex((id) => id === after) + 1
  if (after !== undefined && start === 0) return yield* new CursorRefused({ reason: "was not issued by this list" })
  const shown = ids.slice(start, start + limit)
  const said = yield* commitsSaid(open, shown)
  const last = start + shown.length < ids.length ? shown.at(-1) : undefined
  const page: Page<SaidCommit> = {
    items: shown.map((_, position) => said(position)),
    next: Option.fromUndefinedOr(last)
  }
  return page
})
