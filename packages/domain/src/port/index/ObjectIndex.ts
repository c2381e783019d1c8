/** Which objects a repository has, and what is recorded of their bytes. */
import { Context, type Effect } from "effect"
import type { CommitNode } from "../../history/CommitNode.ts"
import type { BlobId, CommitId, RepositoryId, Sha256, SnapshotId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { UserName } from "../../repository/Names.ts"
import type { Page, PageRequest } from "../Page.ts"
import type { Stored } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/**
 * Manifests that a repository keeps beside those of its heads: so many of those that were kept last, as far as they
 * have so many entries together. An entry takes some 100 bytes.
 */
export const keptManifestsMax = 32
export const keptManifestEntriesMax = 250_000

/** What of a question is known. Blobs: recorded, so their bytes are in the store. Snapshots and commits: reachable. */
export interface Known {
  readonly blobs: ReadonlySet<BlobId>
  readonly snapshots: ReadonlySet<SnapshotId>
  readonly commits: ReadonlyMap<CommitId, CommitNode>
}

export interface ObjectIds {
  readonly blobs: ReadonlyArray<BlobId>
  readonly snapshots: ReadonlyArray<SnapshotId>
  readonly commits: ReadonlyArray<CommitId>
}

/** For each found object one repository that has it. */
export interface Holders {
  readonly blobs: ReadonlyMap<BlobId, RepositoryId>
  readonly snapshots: ReadonlyMap<SnapshotId, RepositoryId>
  readonly commits: ReadonlyMap<CommitId, RepositoryId>
}

/** What is recorded of an object's bytes: for audits, and for answers that promise their length. */
export interface ObjectRow {
  readonly id: string
  readonly size: number
  readonly storageUri: string
  readonly sha256: Sha256
}

export class ObjectIndex extends Context.Service<
  ObjectIndex,
  {
    /** Which of these are known, in one statement. */
    readonly known: (repository: RepositoryId, ids: ObjectIds) => Effect.Effect<Known, IndexUnavailable>
    /** Which of these blobs are in the snapshot of some reachable commit. */
    readonly reachableBlobs: (
      repository: RepositoryId,
      blobs: ReadonlyArray<BlobId>
    ) => Effect.Effect<ReadonlySet<BlobId>, IndexUnavailable>
    /**
     * Repositories that `reader` may read (public, owned, or granted; null reads public ones only) and where these
     * objects are reachable: for each found object one such repository. Serves a push whose client left out what
     * another repository of this hub has.
     */
    readonly holdersOf: (reader: UserName | null, ids: ObjectIds) => Effect.Effect<Holders, IndexUnavailable>
    /** The recorded ones among these snapshots or commits, reachable or not, by id. */
    readonly rowsOf: (
      repository: RepositoryId,
      type: "snapshot" | "commit",
      ids: ReadonlyArray<SnapshotId | CommitId>
    ) => Effect.Effect<ReadonlyMap<string, ObjectRow>, IndexUnavailable>
    /** Everything recorded of one type, in ascending order of id, reachable or not. */
    readonly rows: (
      repository: RepositoryId,
      type: "blob" | "snapshot" | "commit",
      page: PageRequest
    ) => Effect.Effect<Page<ObjectRow>, IndexUnavailable>
    /**
     * The manifests of these snapshots, as far as they are kept. Whoever misses one reads the store, and may then have
     * it kept by `keepManifests`.
     *
     * Kept are those that `record` and `keepManifests` were given. After each later root that is reflected, and after
     * each `keepManifests`, a repository has only those of its heads, as the index knows them, and of the others those
     * that were kept last: `keptManifestsMax` of them, with `keptManifestEntriesMax` entries together; the rest is let
     * go. An index may leave out manifests that are too large for it, also those of heads. Reading keeps nothing
     * anew, so that it writes nothing: what is read most are heads, and what is missed and kept again is among the
     * last.
     */
    readonly manifests: (
      repository: RepositoryId,
      snapshots: ReadonlyArray<SnapshotId>
    ) => Effect.Effect<ReadonlyMap<SnapshotId, Snapshot["manifest"]>, IndexUnavailable>
    /**
     * Keeps the manifests of those among these snapshots that are recorded, as the ones that were kept last. Whether
     * they are heads, and are reachable, makes no difference; rows stay as they are.
     */
    readonly keepManifests: (
      repository: RepositoryId,
      snapshots: ReadonlyArray<Stored<"snapshot">>
    ) => Effect.Effect<void, IndexUnavailable>
  }
>()("@musehub/domain/port/index/ObjectIndex") {}
