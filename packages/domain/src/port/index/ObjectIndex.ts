/** The objects of a repository and their rows. */
import { Context, type Effect } from "effect"
import type { CommitNode } from "../../history/CommitNode.ts"
import type { BlobId, CommitId, RepositoryId, Sha256, SnapshotId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { UserName } from "../../repository/Names.ts"
import type { Page, PageRequest } from "../Page.ts"
import type { Stored } from "../Stored.ts"
import type { IndexUnavailable } from "./IndexUnavailable.ts"

/**
 * Bounds of the manifests that a repository keeps: how many of the most recently kept ones, and how many entries in
 * all. An entry takes some 100 bytes.
 */
export const keptManifestsMax = 64
export const keptManifestEntriesMax = 250_000

/** The recorded ones among the given ids: their bytes are in packs that a root named, or they are large blobs. */
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

/** One repository that has each found object. */
export interface Holders {
  readonly blobs: ReadonlyMap<BlobId, RepositoryId>
  readonly snapshots: ReadonlyMap<SnapshotId, RepositoryId>
  readonly commits: ReadonlyMap<CommitId, RepositoryId>
}

/** An object's row, for audits. */
export interface ObjectRow {
  readonly id: string
  readonly size: number
  readonly storageUri: string
  readonly sha256: Sha256
}

/** What a page of rows is, without the rows. */
export interface RowsDigest {
  /** How many rows; fewer than the limit if none follow. */
  readonly rows: number
  /** The id of the last row; undefined if there is none. */
  readonly last: string | undefined
  /** SHA-256 of the texts of the rows, one after another (`rowText`, `nodeText`). */
  readonly sha256: Sha256
}

export class ObjectIndex extends Context.Service<
  ObjectIndex,
  {
    /** Returns which of these are known. */
    readonly known: (repository: RepositoryId, ids: ObjectIds) => Effect.Effect<Known, IndexUnavailable>
    /**
     * Returns for each found object one repository that has it and that `reader` may read: public, owned or
     * granted; public only when `reader` is null. Serves a push whose client left out objects of another repository of
     * this hub.
     */
    readonly holdersOf: (reader: UserName | null, ids: ObjectIds) => Effect.Effect<Holders, IndexUnavailable>
    /** Lists all rows of one type in ascending order of id. */
    readonly rows: (
      repository: RepositoryId,
      type: "blob" | "snapshot" | "commit",
      page: PageRequest
    ) => Effect.Effect<Page<ObjectRow>, IndexUnavailable>
    /**
     * Digests a page of the same list, of 1 to `digestedRowsMax` rows. A caller that knows what the rows must be learns
     * in this way whether they are, and reads those of a page that differs.
     */
    readonly rowsDigest: (
      repository: RepositoryId,
      type: "blob" | "snapshot" | "commit",
      page: PageRequest
    ) => Effect.Effect<RowsDigest, IndexUnavailable>
    /** Digests the nodes of a page of commits, as `rowsDigest` does their rows. */
    readonly nodesDigest: (repository: RepositoryId, page: PageRequest) => Effect.Effect<RowsDigest, IndexUnavailable>
    /**
     * Returns the kept manifests of these snapshots. A caller reads a missing one from the store, and may then have it
     * kept by `keepManifests`.
     *
     * `record` and `keepManifests` keep the manifests that they were given. Each later root that is reflected and each
     * `keepManifests` evicts all but the most recently kept ones: `keptManifestsMax` of them, with
     * `keptManifestEntriesMax` entries in all, or one that has more. An index may leave out manifests that are too
     * large for it. Reading does not refresh a manifest, so reading writes nothing: a manifest that is missed and kept
     * again is among the most recent.
     */
    readonly manifests: (
      repository: RepositoryId,
      snapshots: ReadonlyArray<SnapshotId>
    ) => Effect.Effect<ReadonlyMap<SnapshotId, Snapshot["manifest"]>, IndexUnavailable>
    /**
     * Keeps the manifests of the recorded ones among these snapshots, as the most recently kept. Rows do not change.
     */
    readonly keepManifests: (
      repository: RepositoryId,
      snapshots: ReadonlyArray<Stored<"snapshot">>
    ) => Effect.Effect<void, IndexUnavailable>
  }
>()("@musehub/domain/port/index/ObjectIndex") {}
