/**
 * The one maker of rows of blobs, snapshots and commits. It takes evidence and data derived from each commit's
 * neighbours. Missing data is a defect, since an incomplete row would spoil every later fetch.
 */
import { Effect } from "effect"
import type { KnownNodes } from "../history/CommitNode.ts"
import { expected } from "../base/expected.ts"
import type { BlobId, CommitId, RepositoryId } from "../object/Id.ts"
import { type CommitEntry, type RecordBatch, RowWriter } from "../port/index/RowWriter.ts"
import type { Stored } from "../port/Stored.ts"

/** What is recorded together; all or none becomes visible. A root names the packs of the objects. */
export interface NewRows extends Partial<Pick<RecordBatch, "packs" | "dropped" | "root">> {
  readonly blobs?: ReadonlyArray<Stored<"blob">>
  readonly snapshots?: ReadonlyArray<Stored<"snapshot">>
  readonly commits?: NewCommits
}

export interface NewCommits {
  readonly stored: ReadonlyArray<Stored<"commit">>
  /** The node of each of these commits. */
  readonly nodes: KnownNodes
  /** The blobs that each of these commits introduces: those in its snapshot that are in no parent's snapshot. */
  readonly introduces: { readonly get: (id: CommitId) => ReadonlyArray<BlobId> | undefined }
}

const entriesOf = ({ introduces, nodes, stored }: NewCommits): ReadonlyArray<CommitEntry> =>
  stored.map((commit) => ({
    stored: commit,
    generation: expected(nodes.get(commit.id), `the node of commit ${commit.id}`).generation,
    introduces: expected(introduces.get(commit.id), `the blobs that commit ${commit.id} introduces`)
  }))

/** Lists the snapshots of the latest commits. The index keeps their manifests, since the next push builds on them. */
const latestSnapshots = ({ stored }: NewCommits) => {
  const parents = new Set(stored.flatMap(({ value }) => value.parents))
  return stored.flatMap(({ id, value }) => (parents.has(id) ? [] : [value.snapshotId]))
}

/** Records new history. Recording existing objects again changes nothing. */
export const recordHistory = Effect.fn("recordHistory")(function* (
  repository: RepositoryId,
  { blobs = [], commits, dropped = [], packs = [], root, snapshots = [] }: NewRows
) {
  const writer = yield* RowWriter
  const entries = commits === undefined ? [] : entriesOf(commits)
  const count = blobs.length + snapshots.length + entries.length + packs.length + dropped.length
  if (count === 0 && root === undefined) return
  const together = new Set(snapshots.map(({ id }) => id))
  const kept = new Set(commits === undefined ? [] : latestSnapshots(commits))
  const cachedManifests = kept.intersection(together)
  yield* writer.record({ repository, blobs, snapshots, commits: entries, cachedManifests, packs, dropped, root })
})

/** Runs an effect, and tells how many objects it records, of how many bytes, as soon as their rows are there. */
export const countingRows = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  recorded: (objects: number, bytes: number) => void
) =>
  Effect.gen(function* () {
    const { record } = yield* RowWriter
    const counting = RowWriter.of({
      record: (batch) => {
        const stored = [...batch.blobs, ...batch.snapshots, ...batch.commits.map((commit) => commit.stored)]
        const bytes = stored.reduce((sum, { size }) => sum + size, 0)
        return Effect.tap(record(batch), () => Effect.sync(() => recorded(stored.length, bytes)))
      }
    })
    return yield* Effect.provideService(effect, RowWriter, counting)
  })
