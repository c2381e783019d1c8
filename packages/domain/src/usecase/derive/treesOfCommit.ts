/** Reads what derivers derive from: the tree of a commit, and those of its parents. */
import { Effect, Result } from "effect"
import { isLoss } from "../../invariant/packs/Damage.ts"
import type { RepositoryId, SnapshotId } from "../../object/Id.ts"
import type { DeriverName, UnderivedCommit } from "../../port/index/derived/DerivationIndex.ts"
import { SnapshotReader } from "../../reading/SnapshotReader.ts"
import type { Tree } from "../../reading/Tree.ts"

export interface CommitTrees {
  readonly tree: Tree
  /** Those of its parents, in their order. */
  readonly before: ReadonlyArray<Tree>
}

/** Lists the trees of commits, and those of their parents. */
export const treesOf = (commits: ReadonlyArray<UnderivedCommit>): ReadonlyArray<SnapshotId> =>
  commits.flatMap(({ parents, snapshotId }) => (parents === undefined ? [] : [...parents, snapshotId]))

/** Returns what is read for a commit; undefined, which the log explains, if that is lost. */
export const unlessLost = Effect.fnUntraced(function* <A, E, R>(
  deriver: DeriverName,
  repository: RepositoryId,
  commit: UnderivedCommit,
  reading: Effect.Effect<A, E, R>
) {
  const read = yield* Effect.result(reading)
  if (Result.isSuccess(read)) return read.success
  if (!isLoss(read.failure)) return yield* Effect.fail(read.failure)
  const what = `the ${deriver} of commit ${commit.id} of repository ${repository} are not derived`
  yield* Effect.logWarning(what, read.failure)
  return undefined
})

/** Returns the trees of a commit; undefined if one of them is lost, or the index lacks a parent. */
export const treesOfCommit = Effect.fnUntraced(function* (
  deriver: DeriverName,
  repository: RepositoryId,
  commit: UnderivedCommit
) {
  const { parents, snapshotId } = commit
  if (parents === undefined) return undefined
  const { tree } = yield* SnapshotReader
  // The manifests of the index are those of the newest commits, which are in memory after a push.
  const source = { id: repository, indexed: false }
  const reading = Effect.all({
    tree: tree(source, snapshotId),
    before: Effect.forEach(parents, (parent) => tree(source, parent))
  })
  const trees: CommitTrees | undefined = yield* unlessLost(deriver, repository, commit, reading)
  return trees
})
