/** Lists the commits that touch a path, newest first, as far as touches are derived. */
import { Effect, Option } from "effect"
import { orDefault } from "../../base/expected.ts"
import { commitOfRef } from "../../invariant/refs/commitOfRef.ts"
import { type BlobId, type CommitId, isCommitId } from "../../object/Id.ts"
import { DerivationIndex } from "../../port/index/derived/DerivationIndex.ts"
import { type FileTouch, TouchIndex, type TouchPlace } from "../../port/index/derived/TouchIndex.ts"
import { CursorRefused, type Page, type PageRequest } from "../../port/Page.ts"
import { lineageOf } from "../../reading/lineage/lineageOf.ts"
import type { Lineage } from "../../reading/lineage/Lineage.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import { commitsSaid, type SaidCommit } from "./commitsSaid.ts"
import { NotDerived, type PathIsFolder, type PathUnknown } from "./errors.ts"
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
}

/** How much of what an answer needs is derived. */
export interface Completeness {
  /** Whether nothing is pending. */
  readonly complete: boolean
  /** Commits of the repository from which nothing was derived yet. */
  readonly pending: number
}

export interface PathHistory extends Page<PathTouch>, Completeness {
  readonly commitId: CommitId
  readonly path: string
}

export type PathHistoryServices = DerivationIndex | TouchIndex | ViewServices

export type PathHistoryError = CursorRefused | NotDerived | PathIsFolder | PathUnknown | ViewError

const foreign = new CursorRefused({ reason: "was not issued by this list" })

/** The commit at which a list began, and the last touch that it has shown. */
const cursorPattern = /^(.{64})(\d{1,9})\.(.{64})$/

const cursorOf = (head: CommitId, { commit, generation }: TouchPlace): string => `${head}${generation}.${commit}`

const placeOf = (cursor: string) => {
  const [, head, generation, commit] = cursorPattern.exec(cursor) ?? []
  return isCommitId(head) && isCommitId(commit)
    ? { head, last: { generation: Number(generation), commit } satisfies TouchPlace }
    : undefined
}

/** Touches that are looked at for one page: the rest of them are of other lines of the history. */
const touchesMax = 20_000
const portionMin = 64
const portionMax = 4096

/** Finds touches in a lineage, newest first. `next` is where to go on; undefined if there are no more. */
export const touchesIn = Effect.fnUntraced(function* (
  open: OpenRepository,
  lineage: Lineage,
  path: string,
  { after, limit }: { readonly after: TouchPlace; readonly limit: number }
) {
  const { touchesOf } = yield* TouchIndex
  const found: Array<FileTouch> = []
  let last = after
  let portion = Math.max(portionMin, limit + 1)
  for (let seen = 0; seen < touchesMax;) {
    const touches = yield* touchesOf(open.id, path, { after: last, limit: portion })
    for (const touch of touches) {
      if (lineage.placeOf(touch) !== undefined) {
        if (found.length === limit) return { found, next: found.at(-1) }
        found.push(touch)
      }
      last = touch
    }
    if (touches.length < portion) return { found, next: undefined }
    seen += touches.length
    portion = Math.min(portionMax, 4 * portion)
  }
  return { found, next: last }
})

/** Before all touches of a commit and its ancestors. */
export const beforeAll = (generation: number): TouchPlace => ({
  generation: generation + 1,
  commit: "0".repeat(64) as CommitId
})

const kindOf = ({ after, before, renamedFrom }: FileTouch): PathTouch["kind"] =>
  renamedFrom !== undefined ? "renamed" : before === undefined ? "added" : after === undefined ? "deleted" : "modified"

/** Fails where the index is not available. */
export const requireDerived = ({ indexed }: OpenRepository) => (indexed ? Effect.void : Effect.fail(new NotDerived()))

/** Says how much of a repository's touches is derived. Fails where the index is not available. */
export const completenessOf = Effect.fnUntraced(function* (open: OpenRepository) {
  yield* requireDerived(open)
  const { pendingCommits } = yield* DerivationIndex
  const pending = yield* pendingCommits("touches", open.id)
  const completeness: Completeness = { complete: pending === 0, pending }
  return completeness
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
  if (after !== undefined && place === undefined) return yield* foreign
  yield* requireDerived(open)
  const named = place?.head ?? (yield* commitOfRef(root, orDefault(ref, root.repository.defaultBranch)))
  const head = yield* visibleCommit(open, named)
  // After the head was found, since it may have been pushed just now.
  const completeness = yield* completenessOf(open)
  const reading = Effect.gen(function* () {
    const lineage = yield* lineageOf(open.id, head.id)
    return yield* touchesIn(open, lineage, path, { after: place?.last ?? beforeAll(head.generation), limit })
  })
  const { found, next } = yield* admitted("list", reading)
  // A file that no commit touched is none, unless that is not derived yet.
  if (found.length === 0 && place === undefined && next === undefined) {
    const view = yield* viewedCommit(open, head.id)
    if (completeness.complete || view.tree.isFolder(path)) yield* requireFile(view, path)
  }
  const said = yield* commitsSaid(
    open,
    found.map(({ commit }) => commit)
  )
  const items = found.map((touch, position): PathTouch => {
    const { after, before, renamedFrom } = touch
    return { kind: kindOf(touch), before, after, renamedFrom, ...said(position) }
  })
  const history: PathHistory = {
    commitId: head.id,
    path,
    ...completeness,
    items,
    next: Option.map(Option.fromUndefinedOr(next), (last) => cursorOf(head.id, last))
  }
  return history
})
