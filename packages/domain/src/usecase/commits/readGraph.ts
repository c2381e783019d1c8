/** The graph of commits below some refs, for those who draw it. */
import { Effect, Option } from "effect"
import { commitOfRef } from "../../invariant/refs/commitOfRef.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { firstRefs } from "../../invariant/refs/refs.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { CommitId } from "../../object/Id.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { CursorRefused, Page, PageRequest } from "../../port/Page.ts"
import type { RefAmbiguous, RefUnknown } from "../../repository/refErrors.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted, type HubBusy } from "../admission/Admission.ts"
import { visibleGraph } from "../graph/commitGraph.ts"
import type { CommitUnknown } from "../graph/CommitUnknown.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import { cursorOf, noSuchPlace, placeOf, walkPage } from "../graph/walkPage.ts"

/** A commit of the graph. */
export interface GraphNode {
  readonly id: CommitId
  readonly parents: ReadonlyArray<CommitId>
  /** 1 for a commit without parents, else one more than the greatest among its parents. */
  readonly generation: number
  /** Those of the refs that name this commit now. */
  readonly refs: ReadonlyArray<string>
}

/** The most refs of one graph. */
export const graphRefsMax = 50

export type ReadGraphError =
  | CommitUnknown
  | CursorRefused
  | HubBusy
  | IndexUnavailable
  | ObjectReadError
  | RefAmbiguous
  | RefsError
  | RefUnknown

/** Finds the commits of refs, or of the first branches. */
const namedCommits = Effect.fnUntraced(function* (open: OpenRepository, refs: ReadonlyArray<string> | undefined) {
  const root = open.root.value
  const entries =
    refs === undefined
      ? yield* firstRefs(root, root.heads, { count: graphRefsMax })
      : yield* Effect.forEach(refs, (ref) => Effect.map(commitOfRef(root, ref), (commit) => [ref, commit] as const))
  const named = new Map<CommitId, Array<string>>()
  for (const [ref, id] of entries) {
    const others = named.get(id)
    if (others !== undefined) others.push(ref)
    // The head of a branch is there; another commit is visible if some ref has led to it.
    else named.set(refs === undefined ? id : (yield* visibleCommit(open, id)).id, [ref])
  }
  return named
})

/**
 * Lists the commits below refs, children before parents, by generation; below the first `graphRefsMax` branches if no
 * refs are given. A cursor goes on below the commits at which the list began.
 */
export const readGraph = Effect.fn("readGraph")(function* (
  open: OpenRepository,
  { refs }: { readonly refs?: ReadonlyArray<string> | undefined },
  { after, limit }: PageRequest
): Effect.fn.Return<Page<GraphNode>, ReadGraphError, CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots> {
  const named = yield* namedCommits(open, refs)
  const place = after === undefined ? { start: [...named.keys()] } : placeOf(after)
  if (place === undefined) return yield* noSuchPlace
  const walk = Effect.flatMap(visibleGraph(open), (graph) => walkPage(graph, place, limit))
  const { found, next } = yield* admitted("list", walk)
  const page: Page<GraphNode> = {
    items: found.map(({ generation, id, parents }) => {
      const names = named.get(id)
      return { id, parents, generation, refs: names === undefined ? [] : names }
    }),
    next: Option.map(next, cursorOf)
  }
  return page
})
