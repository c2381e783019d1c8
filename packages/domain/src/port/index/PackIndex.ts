/** The packs of a repository, and which of them hold objects that its commits introduce. */
import { Context, type Effect } from "effect"
import type { CommitNode } from "../../history/CommitNode.ts"
import type { CommitId, RepositoryId, Sha256 } from "../../object/Id.ts"
import type { Pack } from "../../repository/Pack.ts"
import type { StoredPack } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/** Packs to record together, with their commits; all or none become visible. */
export interface PackBatch {
  readonly repository: RepositoryId
  /** In the order of their content, which the index keeps. */
  readonly packs: ReadonlyArray<StoredPack>
  /**
   * The packs of each commit that is now packed: those that hold something it introduces. An empty list means that
   * nothing that it introduces is small enough to pack.
   */
  readonly commits: ReadonlyMap<CommitId, ReadonlyArray<Sha256>>
}

export class PackIndex extends Context.Service<
  PackIndex,
  {
    /**
     * Records packs and their commits, in one transaction. An already recorded pack keeps its place in the order. A
     * commit that was packed before now belongs to the new packs. Skips commits that are not recorded.
     */
    readonly recordPacks: (batch: PackBatch) => Effect.Effect<void, IndexUnavailable>
    /** Returns the packs of these commits, in the order in which they were recorded. */
    readonly packsOf: (
      repository: RepositoryId,
      commits: ReadonlyArray<CommitId>
    ) => Effect.Effect<ReadonlyArray<Pack>, IndexUnavailable>
    /** Returns at most `limit` reachable unpacked commits, in ascending order of generation, then id. */
    readonly unpacked: (
      repository: RepositoryId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<CommitNode>, IndexUnavailable>
    /** Forgets a pack. Its commits become unpacked. Succeeds if the pack is unknown. */
    readonly forgetPack: (repository: RepositoryId, pack: Sha256) => Effect.Effect<void, IndexUnavailable>
  }
>()("@musehub/domain/port/index/PackIndex") {}
