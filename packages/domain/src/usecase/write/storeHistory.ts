/** Puts the objects of commits that the hub creates into packs, for a move of the root to name. */
import { Effect } from "effect"
import { NewPacks } from "../../invariant/packs/NewPacks.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Roots } from "../../invariant/Roots.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import type { Commit } from "../../object/Commit.ts"
import type { CommitId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { BranchName } from "../../repository/Names.ts"
import type { RootMissing } from "../../repository/rootErrors.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { PackLost } from "../recovery/PackLost.ts"
import { requireHeld } from "../recovery/lostRows.ts"
import { countingPacks } from "../access/takingBytes.ts"
import type { QuotaExceeded } from "../admission/Quotas.ts"

export interface NewHistory {
  /** Blobs that may be new; those that the repository has are left out. */
  readonly blobs: ReadonlyArray<CanonicalObject<"blob">>
  /** The snapshots of the commits; those known to be stored may be left out. */
  readonly snapshots: ReadonlyArray<Snapshot>
  /** Parents before children. Parents outside this list are in the repository. */
  readonly commits: ReadonlyArray<Commit>
}

export type StoreHistoryError =
  | ObjectRefused
  | ContentRefused
  | RootMissing
  | QuotaExceeded
  | PackLost
  | ObjectReadError
  | RefsError
  | IndexUnavailable

/** Puts what the repository lacks of new history, for a branch that moves there, and returns the packs to name. */
export const storeHistory = Effect.fn("storeHistory")(function* (
  open: OpenRepository<"write">,
  history: NewHistory,
  { branch, head }: { readonly branch: BranchName; readonly head: CommitId }
): Effect.fn.Return<
  ReadonlyArray<StoredPack>,
  StoreHistoryError,
  ObjectIndex | ObjectStore | Packs | RepositoryIndex | Roots
> {
  const index = yield* ObjectIndex
  const roots = yield* Roots
  const known = yield* index.known(open.id, {
    blobs: history.blobs.map(({ id }) => id),
    snapshots: history.snapshots.map(({ id }) => id),
    commits: [...new Set(history.commits.flatMap(({ id, parents }) => [id, ...parents]))]
  })
  yield* requireHeld(open.id, [
    ...Array.from(known.snapshots, (id) => ({ type: "snapshot" as const, id })),
    ...Array.from(known.commits.keys(), (id) => ({ type: "commit" as const, id }))
  ])
  const packs = new NewPacks(open.id)
  const countPacks = yield* countingPacks(open, packs)
  for (const blob of history.blobs) if (!known.blobs.has(blob.id)) yield* packs.addBlob(blob)
  for (const snapshot of history.snapshots) {
    if (!known.snapshots.has(snapshot.id)) yield* packs.addSnapshot(snapshot)
  }
  for (const commit of history.commits) {
    if (!known.commits.has(commit.id)) yield* packs.addCommit(commit)
  }
  yield* countPacks
  const [written] = yield* Effect.all([packs.finish(), roots.prepare(open.id, branch, head)], { concurrency: 2 })
  return written
})
