/** Compares the files of two commits: of one with its parent, and of two lines with their merge base. */
import { Context, Effect, Option, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { orDefault } from "../../base/expected.ts"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import { inSlices } from "../../base/Slices.ts"
import { difference } from "../../history/ancestry.ts"
import { mergeBases } from "../../history/mergeBases.ts"
import { commitOfRef } from "../../invariant/refs/commitOfRef.ts"
import { CommitId, isCommitId } from "../../object/Id.ts"
import { CursorRefused, type Page, type PageRequest } from "../../port/Page.ts"
import { comparingFiles } from "../../reading/comparingFiles.ts"
import { emptyTree, type Tree } from "../../reading/Tree.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { visibleGraph } from "../graph/commitGraph.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import { treeOf } from "../graph/treeOf.ts"
import { diffsOf, type FileDiff } from "./fileDiffs.ts"
import { renamedFiles, withinPath } from "./renamedFiles.ts"
import { type TreeError, type ViewError, viewedCommit, type ViewServices } from "./viewed.ts"

/** The commit has fewer parents. */
export class ParentUnknown extends Schema.TaggedError<ParentUnknown>()("ParentUnknown", {
  kind: errorKind("not found"),
  commit: CommitId,
  /** Counted from 1. */
  parent: Schema.Int,
  parents: Schema.Array(CommitId)
}) {
  static readonly details = ["commit", "parent", "parents"] as const
  override get message() {
    const { length } = this.parents
    const present = length === 0 ? "is a first commit" : length === 1 ? "has one parent" : `has ${length} parents`
    return `there is no parent ${this.parent}: commit ${this.commit} ${present}`
  }
}

/** Which files of a diff are listed. */
export interface DiffPage extends PageRequest {
  /** A file, or a folder with all below it, in either tree; all files if it is absent or empty. */
  readonly path?: string | undefined
}

const foreign = new CursorRefused({ reason: "was not issued by this list" })

/** A page of the files that differ; `after` is the path of the last one. */
const pageOfFiles = Effect.fnUntraced(
  function* (open: OpenRepository, earlier: Tree, later: Tree, { after, limit, path = "" }: DiffPage) {
    const files = withinPath(yield* renamedFiles(open, yield* inSlices(() => comparingFiles(earlier, later))), path)
    const start = after === undefined ? 0 : files.findIndex((file) => file.path === after) + 1
    if (after !== undefined && start === 0) return yield* foreign
    const items = yield* diffsOf(open, files.slice(start, start + limit))
    const last = start + items.length < files.length ? items.at(-1) : undefined
    const page: Page<FileDiff> = { items, next: Option.map(Option.fromUndefinedOr(last), (file) => file.path) }
    return page
  },
  (page) => admitted("difference", page)
)

/** What a commit changed. */
export interface CommitDiff extends Page<FileDiff> {
  /** The parent; null for a first commit, of which every file is new. */
  readonly base: CommitId | null
  readonly head: CommitId
}

export type DiffCommitError = CursorRefused | ParentUnknown | TreeError

/** Lists the files in which a commit differs from a parent, counted from 1. A page may be short before the end. */
export const diffCommit = Effect.fn("diffCommit")(function* (
  open: OpenRepository,
  { commit, parent = 1 }: { readonly commit: string; readonly parent?: number | undefined },
  page: DiffPage
): Effect.fn.Return<CommitDiff, DiffCommitError, ViewServices> {
  const { id: head, parents, snapshotId } = yield* visibleCommit(open, commit)
  const base = parents[parent - 1]
  if (base === undefined && parent > 1) return yield* new ParentUnknown({ commit: head, parent, parents })
  const earlier = base === undefined ? emptyTree : (yield* viewedCommit(open, base)).tree
  const files = yield* pageOfFiles(open, earlier, yield* treeOf(open, snapshotId), page)
  const diff: CommitDiff = { base: base ?? null, head, ...files }
  return diff
})

/** What the line of `head` changed since it left that of `base`. */
export interface Comparison extends Page<FileDiff> {
  readonly base: CommitId
  readonly head: CommitId
  /** The nearest commit that both lines have; null if they have none. The files are those that differ from it. */
  readonly mergeBase: CommitId | null
  /** How many commits `head` has that `base` lacks, and the other way round. */
  readonly ahead: number
  readonly behind: number
}

interface Lines extends Pick<Comparison, "ahead" | "behind" | "mergeBase"> {
  /** Whether no ancestor was missing that the walks asked for: it may be restored. */
  readonly isWhole: boolean
}

/** Pairs of commits whose lines are in memory. */
const keptLinesMax = 10_000

/** What is known of two lines: a commit never gets other ancestors. */
const KnownLines = Context.Reference<SharedReads<string, Lines>>("@musehub/domain/usecase/browse/KnownLines", {
  defaultValue: () => new SharedReads(keptLinesMax, () => 1)
})

const walked = Effect.fnUntraced(function* (open: OpenRepository, base: CommitId, head: CommitId) {
  const graph = yield* visibleGraph(open)
  // Of several, the last one has the greatest generation.
  const mergeBase = (yield* mergeBases(graph, [base], [head])).at(-1) ?? null
  const ahead = (yield* difference(graph, [head], [base])).length
  const behind = (yield* difference(graph, [base], [head])).length
  const lines: Lines = { mergeBase, ahead, behind, isWhole: graph.isWhole }
  return lines
})

const linesOf = Effect.fnUntraced(function* (open: OpenRepository, base: CommitId, head: CommitId) {
  const known = yield* KnownLines
  const name = `${open.id}/${base}/${head}`
  const lines = yield* known.getOrRead(name, admitted("difference", walked(open, base, head)))
  if (!lines.isWhole) known.drop(name)
  return lines
})

export type CompareError = CursorRefused | ViewError

/** The two commits in a cursor, and the path after them. */
const placePattern = /^(.{64})(.{64})(.+)$/s

/**
 * Compares two refs: what `head` has changed since the merge base, or, where there is none, since `base`. A cursor has
 * both commits, so the list goes on there when a branch has moved.
 */
export const compare = Effect.fn("compare")(function* (
  open: OpenRepository,
  refs: { readonly base: string; readonly head: string },
  { after, ...page }: DiffPage
): Effect.fn.Return<Comparison, CompareError, ViewServices> {
  const root = open.root.value
  const [, first, second, last] = placePattern.exec(orDefault(after, "")) ?? []
  if (after !== undefined && !(isCommitId(first) && isCommitId(second))) return yield* foreign
  const { id: base } = yield* visibleCommit(open, first ?? (yield* commitOfRef(root, refs.base)))
  const { id: head } = yield* visibleCommit(open, second ?? (yield* commitOfRef(root, refs.head)))
  const { ahead, behind, mergeBase } = yield* linesOf(open, base, head)
  const earlier = yield* viewedCommit(open, mergeBase ?? base)
  const later = yield* viewedCommit(open, head)
  const { items, next } = yield* pageOfFiles(open, earlier.tree, later.tree, { ...page, after: last })
  const comparison: Comparison = {
    base,
    head,
    mergeBase,
    ahead,
    behind,
    items,
    next: Option.map(next, (shown) => base + head + shown)
  }
  return comparison
})
