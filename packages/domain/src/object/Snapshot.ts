export interface Snapshot {
  readonly id: import("./Id.ts").SnapshotId
  readonly manifest: ReadonlyMap<string, import("./Id.ts").BlobId>
  readonly createdAt: string | null
}
