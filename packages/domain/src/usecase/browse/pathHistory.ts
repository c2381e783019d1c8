/** Lists the commits that touch a path, newest first, as far as touches are derived. */
import { Effect, Option } from "effect"
import { orDefault } from "../../base/expected.ts"
import { commitOfRef } from "../../invariant/refs/commitOfRef.ts"
import type { BlobId, CommitId } from "../../object/Id.ts"
import { DerivationIndex, type DeriverName, pendingCountedMax } from "../../port/index/derived/DerivationIndex.ts"
import { LineIndex, type TouchLines } from "../../port/index/derived/LineIndex.ts"
import { type FileTouch, TouchIndex, type TouchPlace } from "../../port/index/derived/TouchIndex.ts"
import type { CursorRefused, Page, PageRequest } from "../../port/Page.ts"
import { lineageOf } from "../../reading/lineage/lineageOf.ts"
import type { Lineage } from "../../reading/lineage/Lineage.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import { commitsSaid, type SaidCommit } from "./commitsSaid.ts"
import { NotDerived, type PathIsFolder, type PathUnknown } from "./errors.ts"
import { beforeAll, cursorOf, foreignCursor, inLineage, placeOf } from "./lineagePage.ts"
import type { FileQuery } from "./readFile.ts"
import { requireFile, type ViewError, viewedCommit, type ViewServices } from "./viewed.ts"

/** That a commit touched the file. */
export interface PathTouch extends SaidCommit {
  readonly kind: "added" | "deleted" | "modified" | "renamed"
  /** In the first parent; undefined if the file is not there. */
  readonly before: BlobId | undefined
  readonly after: BlobId | undefined
  /** Of a renamed file, its former path. */
  readonly renamedFrom: string | undefined
  /** Against the first parent, of a renamed file against the former one; undefined while they are not counted. */
  readonly lines: TouchLines | undefined
}

/** How much of what an answer needs is derived. */
export interface Completeness {
  /** Whether nothing is pending. */
  readonly complete: boolean
  /** Commits of the repository from which nothing was derived yet, counted up to `pendingCountedMax`. */
  readonly pending: number
}

export interface PathHistory extends Page<PathTouch>, Completeness {
  readonly commitId: CommitId
  readonly path: string
}

export type PathHistoryServices = DerivationIndex | LineIndex | TouchIndex | ViewServices

export type PathHistoryError = CursorRefused | NotDerived | PathIsFolder | PathUnknown | ViewError

/** Finds touches in a lineage, newest first. `next` is where to go on; undefined if there are no more. */
export const touchesIn = Effect.fnUntraced(function* (
  open: OpenRepository,
  lineage: Lineage,
  path: string,
  page: { readonly after: TouchPlace; readonly limit: number }
) {
  const { touchesOf } = yield* TouchIndex
  return yield* inLineage((portion) => touchesOf(open.id, path, portion), lineage, page)
})

const kindOf = ({ after, before, renamedFrom }: FileTouch): PathTouch["kind"] =>
  renamedFrom !== undefined ? "renamed" : before === undefined ? "added" : after === undefined ? "deleted" : "modified"

/** Fails where the index is not available. */
export const requireDerived = ({ indexed }: OpenRepository) => (indexed ? Effect.void : Effect.fail(new NotDerived()))

/** Says how much a deriver has derived of a repository. Fails where the index is not available. */
export const completenessOf = Effect.fnUntraced(function* (open: OpenRepository, deriver: DeriverName = "touches") {
  yield* requireDerived(open)
  const { pendingCommits } = yield* DerivationIndex
  const pending = yield* pendingCommits(deriver, open.id, pendingCountedMax)
  const completeness: Completeness = { complete: pending === 0, pending }
  return completeness
})

/** Joins what two derivers have derived. */
export const both = (one: Completeness, other: Completeness): Completeness => ({
  complete: one.complete && other.complete,
  pending: Math.max(one.pending, other.pending)
})

/**
 * Lists the commits that touch a file among those of a ref (the default branch if it is absent), children before
 * parents. The file may be gone by now. A cursor has the commit, so the list goes on there when a branch has moved.
 */
export const pathHistory = Effect.fn("pathHistory")(function* (
  open: OpenRepository,
  { path, ref }: FileQuery,
  { after, limit }: PageRequest
): Effect.fn.Return<PathHistory, PathHistoryError, PathHistoryServices> {
  const root = open.root.value
  const place = after === undefined ? undefined : placeOf(after)
  if (after !== undefined && place === undefined) return yield* foreignCursor
  yield* requireDerived(open)
  const named = place?.head ?? (yield* commitOfRef(root, orDefault(ref, root.repository.defaultBranch)))
  const head = yield* visibleCommit(open, named)
  // After the head was found, since it may have been pushed just now.
  const touched = yield* completenessOf(open)
  const counted = yield* completenessOf(open, "lines")
  const reading = Effect.gen(function* () {
    const lineage = yield* lineageOf(open.id, head.id)
    return yield* touchesIn(open, lineage, path, { after: place?.last ?? beforeAll(head.generation), limit })
  })
  const { found, next } = yield* admitted("list", reading)
  // A file that no commit touched is none, unless that is not derived yet.
  if (found.length === 0 && place === undefined && next === undefined) {
    const view = yield* viewedCommit(open, head.id)
    if (touched.complete || view.tree.isFolder(path)) yield* requireFile(view, path)
  }
  const said = yield* commitsSaid(
    open,
    found.map(({ commit }) => commit)
  )
  const { linesOf } = yield* LineIndex
  const lines = yield* linesOf(
    open.id,
    found.map(({ commit, generation }) => ({ commit, generation, path }))
  )
  const items = found.map((touch, position): PathTouch => {
    const { after, before, renamedFrom } = touch
    return { kind: kindOf(touch), before, after, renamedFrom, lines: lines[position], ...said(position) }
  })
  const history: PathHistory = {
    commitId: head.id,
    path,
    ...both(touched, counted),
    items,
    next: Option.map(Option.fromUndefinedOr(next), (last) => cursorOf(head.id, last))
  }
  return history
})
