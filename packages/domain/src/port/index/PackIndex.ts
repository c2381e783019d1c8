/** The packs whose objects have rows, and those that no root names yet. */
import { Context, type Effect } from "effect"
import type { BlobId, RepositoryId, Sha256 } from "../../object/Id.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { StoredPack } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

export interface RecordedPacks {
  /** Sequence of the root; -1 if the repository is not known. */
  readonly rootSequence: number
  readonly packs: ReadonlySet<Sha256>
}

export class PackIndex extends Context.Service<
  PackIndex,
  {
    /** Returns the packs whose objects have rows, and which root the rows of the repository reflect. */
    readonly packs: (repository: RepositoryId) => Effect.Effect<RecordedPacks, IndexUnavailable>
    /** Lets the rows of the pack's objects, where they exist, say that their bytes are in this pack. */
    readonly relocate: (pack: StoredPack) => Effect.Effect<void, IndexUnavailable>
    /** Remembers the blobs of a pack that a client sent ahead of its push, unless the pack is recorded. */
    readonly stage: (pack: StoredPack) => Effect.Effect<void, IndexUnavailable>
    /** Returns for each of these blobs a pack that was staged with it, the latest one. Leaves out the others. */
    readonly staged: (
      repository: RepositoryId,
      blobs: ReadonlyArray<BlobId>
    ) => Effect.Effect<ReadonlyMap<BlobId, PackRef>, IndexUnavailable>
  }
>()("@musehub/domain/port/index/PackIndex") {}
