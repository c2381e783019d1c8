/** Which packs a repository has, and which of them hold what its commits bring in. */
import { Context, type Effect } from "effect"
import type { CommitNode } from "../../history/CommitNode.ts"
import type { CommitId, RepositoryId, Sha256 } from "../../object/Id.ts"
import type { Pack } from "../../repository/Pack.ts"
import type { StoredPack } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/** Packs to record together, with the commits that they are made of; all or none become visible. */
export interface PackBatch {
  readonly repository: RepositoryId
  /** In the order of their content; the index keeps it. */
  readonly packs: ReadonlyArray<StoredPack>
  /**
   * For each commit that is now packed, which packs hold something that it brings in. None at all: it was looked at and
   * has nothing that is small enough.
   */
  readonly commits: ReadonlyMap<CommitId, ReadonlyArray<Sha256>>
}

export class PackIndex extends Context.Service<
  PackIndex,
  {
    /**
     * Records packs and which commits they are of, in one transaction. A pack that is there already stays where it is
     * in the order; a commit that was packed before belongs to the new packs from then on. Commits that are not
     * recorded are passed over.
     */
    readonly recordPacks: (batch: PackBatch) => Effect.Effect<void, IndexUnavailable>
    /** The packs of these commits, in the order in which they were recorded. */
    readonly packsOf: (
      repository: RepositoryId,
      commits: ReadonlyArray<CommitId>
    ) => Effect.Effect<ReadonlyArray<Pack>, IndexUnavailable>
    /** Reachable commits that are not packed, in ascending order of generation, then id. */
    readonly unpacked: (
      repository: RepositoryId,
      limit: number
    ) => Effect.Effect<ReadonlyArray<CommitNode>, IndexUnavailable>
    /** Forgets a pack; the commits that it was of are not packed any more. An unknown one is success. */
    readonly forgetPack: (repository: RepositoryId, pack: Sha256) => Effect.Effect<void, IndexUnavailable>
  }
>()("@musehub/domain/port/index/PackIndex") {}
