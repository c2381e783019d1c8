/** Reads histories and commits of a repository. */
import type { Roots } from "../../invariant/Roots.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Option } from "effect"
import { readCommits, type ObjectReadError } from "../../invariant/ObjectReader.ts"
import { commitOfRef } from "../../invariant/refs/commitOfRef.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import type { Commit } from "../../object/Commit.ts"
import type { CommitId } from "../../object/Id.ts"
import { expected } from "../../base/expected.ts"
import type { CursorRefused, Page, PageRequest } from "../../port/Page.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { RefAmbiguous, RefUnknown } from "../../repository/refErrors.ts"
import { annotated } from "../annotations/annotate.ts"
import { visibleGraph } from "../graph/commitGraph.ts"
import { cursorOf, noSuchPlace, type Place, placeOf, walkPage } from "../graph/walkPage.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted, type HubBusy } from "../admission/Admission.ts"
import { remarksAbout } from "../annotations/readAnnotations.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import type { CommitUnknown } from "../graph/CommitUnknown.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"

/** Reads commits with their annotations. */
const readAnnotated = Effect.fnUntraced(function* (open: OpenRepository, ids: ReadonlyArray<CommitId>) {
  const remarks = yield* remarksAbout(open, new Set(ids))
  const withRemarks = (commit: Commit): Commit => ({
    ...commit,
    record: annotated(commit.record, remarks.get(commit.id))
  })
  return yield* readCommits(open.id, ids, withRemarks)
})

/** Returns where the history begins. A new repository has a default branch without commits. */
const firstPlace = Effect.fnUntraced(function* (open: OpenRepository, from: string | undefined) {
  const head = yield* headOf(open.root.value, open.root.value.repository.defaultBranch)
  const start = from === undefined ? head : (yield* visibleCommit(open, yield* commitOfRef(open.root.value, from))).id
  const place: Place = { start: start === undefined ? [] : [start] }
  return place
})

/** Reads one page. */
const pageFrom = Effect.fnUntraced(function* (open: OpenRepository, place: Place, limit: number) {
  const { found, next } = yield* walkPage(yield* visibleGraph(open), place, limit)
  const page: Page<Commit> = {
    items: yield* readAnnotated(
      open,
      found.map(({ id }) => id)
    ),
    next: Option.map(next, cursorOf)
  }
  return page
})

export type ListCommitsError =
  | HubBusy
  | CommitUnknown
  | CursorRefused
  | RefAmbiguous
  | RefUnknown
  | ObjectReadError
  | RefsError
  | IndexUnavailable

/**
 * Lists the history of a ref (`from`, the default branch if it is absent), children before parents, by
 * generation. A cursor is of its repository and stays valid when the branch moves; with a cursor, `from` is ignored.
 */
export const listCommits = Effect.fn("listCommits")(function* (
  open: OpenRepository,
  { from }: { readonly from?: string | undefined },
  { after, limit }: PageRequest
): Effect.fn.Return<Page<Commit>, ListCommitsError, CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots> {
  const place = after === undefined ? yield* firstPlace(open, from) : placeOf(after)
  if (place === undefined) return yield* noSuchPlace
  return yield* admitted("list", pageFrom(open, place, limit))
})

export type ShowCommitError = HubBusy | CommitUnknown | ObjectReadError | RefsError | IndexUnavailable

/** Returns one commit with its annotations. */
export const showCommit = Effect.fn("showCommit")(function* (
  open: OpenRepository,
  id: string
): Effect.fn.Return<Commit, ShowCommitError, CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots> {
  const node = yield* visibleCommit(open, id)
  const [commit] = yield* readAnnotated(open, [node.id])
  return expected(commit, `commit ${node.id}, which was read`)
})

/** Returns the commit that a ref names, the newest one of the default branch if it is absent, with its annotations. */
export const commitAt = Effect.fn("commitAt")(function* (
  open: OpenRepository,
  ref: string | undefined
): Effect.fn.Return<
  Commit,
  RefAmbiguous | RefUnknown | ShowCommitError,
  CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots
> {
  const root = open.root.value
  return yield* showCommit(open, yield* commitOfRef(root, ref ?? root.repository.defaultBranch))
})
