/** What a reader looks at: the tree of the commit that a ref names, and places in it. */
import { Effect, Option } from "effect"
import { commitOfRef } from "../../invariant/refs/commitOfRef.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { BlobId, CommitId, SnapshotId } from "../../object/Id.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { SnapshotReader } from "../../reading/SnapshotReader.ts"
import type { Tree } from "../../reading/Tree.ts"
import type { RefAmbiguous, RefUnknown } from "../../repository/refErrors.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { HubBusy } from "../admission/Admission.ts"
import type { CommitUnknown } from "../graph/CommitUnknown.ts"
import { visibleCommit } from "../graph/resolveRevision.ts"
import { treeOf } from "../graph/treeOf.ts"
import { PathIsFile, PathIsFolder, PathUnknown } from "./errors.ts"

/** What looking at the tree of a commit may fail with. */
export type TreeError = CommitUnknown | HubBusy | IndexUnavailable | ObjectReadError | RefsError

/** What looking at the tree of a ref may fail with. */
export type ViewError = RefAmbiguous | RefUnknown | TreeError

export type ViewServices = CommitIndex | ObjectIndex | ObjectStore | Packs | RepositoryIndex | Roots | SnapshotReader

/** A commit and its tree. */
export interface Viewed {
  readonly commitId: CommitId
  readonly snapshotId: SnapshotId
  readonly tree: Tree
}

/** Returns the tree of a commit, which some ref has led to. */
export const viewedCommit = Effect.fnUntraced(function* (open: OpenRepository, commit: string) {
  const { id, snapshotId } = yield* visibleCommit(open, commit)
  const viewed: Viewed = { commitId: id, snapshotId, tree: yield* treeOf(open, snapshotId) }
  return viewed
})

/** Returns the tree of the commit that a ref names, by default the default branch. */
export const viewed = Effect.fnUntraced(function* (open: OpenRepository, ref: string | undefined) {
  const root = open.root.value
  return yield* viewedCommit(open, yield* commitOfRef(root, ref ?? root.repository.defaultBranch))
})

/** Names that a refusal lists. */
const namesMax = 10

/** Fails, and says what the nearest folder has. */
const unknownPath = Effect.fnUntraced(function* ({ commitId, tree }: Viewed, path: string) {
  let folder = path
  while (!tree.isFolder(folder)) folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))
  const { items, next } = tree.list(folder, { limit: namesMax })
  return yield* new PathUnknown({
    commit: commitId,
    path,
    folder,
    names: items.map(({ name, type }) => (type === "dir" ? `${name}/` : name)),
    more: Option.isSome(next)
  })
})

/** Fails unless there is a folder at this path. */
export const requireFolder = Effect.fnUntraced(function* (view: Viewed, path: string) {
  const { commitId: commit, tree } = view
  if (tree.isFolder(path)) return
  if (tree.entry(path) !== undefined) return yield* new PathIsFile({ commit, path })
  return yield* unknownPath(view, path)
})

/** Returns the blob of the file at this path. */
export const requireFile = Effect.fnUntraced(function* (
  view: Viewed,
  path: string
): Effect.fn.Return<BlobId, PathIsFolder | PathUnknown> {
  const { commitId: commit, tree } = view
  const blob = tree.entry(path)
  if (blob !== undefined) return blob
  if (tree.isFolder(path)) return yield* new PathIsFolder({ commit, path })
  return yield* unknownPath(view, path)
})
