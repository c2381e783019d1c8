/** The receiver's limits of a stream. */
import {
  commitBytesMax,
  mpackBlobBytesMax,
  mpackBlobsMax,
  mpackBytesMax,
  mpackHeaderBytesMax,
  mpackHeadsMax,
  pushCommitsMax,
  pushSnapshotsMax,
  snapshotBytesMax
} from "../Limits.ts"

export interface MpackLimits {
  /** Bytes of the header; each array or map counts as 64 more. */
  readonly headerBytes: number
  /** Branches in the header. */
  readonly heads: number
  readonly commits: number
  readonly snapshots: number
  readonly blobs: number
  /** Bytes of all objects together. */
  readonly bytes: number
  /** Stored bytes of one commit; it is held in memory. */
  readonly commitBytes: number
  /** Stored bytes of one snapshot; it is held in memory. */
  readonly snapshotBytes: number
  /** Bytes of one file. */
  readonly blobBytes: number
}

/** The hub's limits of a push. */
export const mpackLimits: MpackLimits = {
  headerBytes: mpackHeaderBytesMax,
  heads: mpackHeadsMax,
  commits: pushCommitsMax,
  snapshots: pushSnapshotsMax,
  blobs: mpackBlobsMax,
  bytes: mpackBytesMax,
  commitBytes: commitBytesMax,
  snapshotBytes: snapshotBytesMax,
  blobBytes: mpackBlobBytesMax
}
