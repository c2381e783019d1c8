export interface Commit {
  readonly id: import("./Id.ts").CommitId
  readonly parents: ReadonlyArray<import("./Id.ts").CommitId>
  readonly snapshotId: import("./Id.ts").SnapshotId
  readonly record: { readonly message: string; readonly author: string; readonly committed_at: string; readonly branch: string }
}
