/**
 * What a fetch answers as an mpack stream: a plan like any other, with the size of each object, so that the header can
 * promise them, and with what each commit brings in, which gives the order.
 */
import { Effect } from "effect"
import { readableSize } from "../invariant/ObjectReader.ts"
import type { BlobId, CommitId, ObjectType, Sha256, SnapshotId } from "../object/Id.ts"
import { IndexStore } from "../port/IndexStore.ts"
import type { ObjectKey } from "../port/StoreKey.ts"
import { mpackBytes, type MpackEntry, type MpackHeader } from "../wire/mpack/Format.ts"
import { mpackOrder } from "../wire/mpack/mpackOrder.ts"
import type { WantHave } from "../wire/requests.ts"
import type { OpenRepository } from "./openRepository.ts"
import { type FetchPlan, planFetch } from "./planFetch.ts"

/** Stored bytes of a snapshot or commit. The hash is unknown while the index is away. */
export interface PlannedBytes {
  readonly size: number
  readonly sha256: Sha256 | undefined
}

export interface MpackFetch {
  readonly header: MpackHeader
  /** In the order of the stream. Can be run through once. */
  readonly entries: Iterable<MpackEntry>
  readonly blobs: ReadonlyMap<BlobId, number>
  readonly recordsOf: { readonly [T in "snapshot" | "commit"]: ReadonlyMap<string, PlannedBytes> }
  /** The largest of the records. */
  readonly recordBytesMax: number
}

/** Store requests in flight. */
const concurrency = 32

/** Sizes of these records, and their hashes as far as the index tells. */
const plannedBytes = Effect.fnUntraced(function* (
  open: OpenRepository,
  type: "snapshot" | "commit",
  ids: ReadonlyArray<SnapshotId | CommitId>
) {
  const index = yield* IndexStore
  const rows = open.indexed && ids.length > 0 ? yield* index.rowsOf(open.id, type, ids) : new Map<string, never>()
  const planned = new Map<string, PlannedBytes>(rows)
  const unrecorded = ids.filter((id) => !rows.has(id))
  yield* Effect.forEach(
    unrecorded,
    (id) =>
      Effect.map(readableSize({ repository: open.id, type, id } as ObjectKey), (size) =>
        planned.set(id, { size, sha256: undefined })
      ),
    { concurrency, discard: true }
  )
  return planned
})

/** The blobs to send that each of the commits to send brings in. */
const introductions = Effect.fnUntraced(function* (
  open: OpenRepository,
  commits: FetchPlan["commits"],
  blobs: FetchPlan["blobs"]
) {
  const brought = new Map<CommitId, Array<BlobId>>()
  if (!open.indexed || blobs.size === 0) return brought
  const index = yield* IndexStore
  const sent = new Set(commits.map(({ id }) => id))
  for (const [blob, introducers] of yield* index.introducersOf(open.id, [...blobs.keys()])) {
    for (const commit of introducers) {
      if (!sent.has(commit)) continue
      const others = brought.get(commit)
      if (others === undefined) brought.set(commit, [blob])
      else others.push(blob)
    }
  }
  return brought
})

const bytesOf = (type: ObjectType, sizes: Iterable<number>): number => {
  let bytes = 0
  for (const size of sizes) bytes += mpackBytes(type, size)
  return bytes
}

/**
 * Plans the stream for a client that wants these commits and has those, and has some blobs without having any commit
 * that they belong to. It answers for having them: the stream holds snapshots that need them.
 */
export const planMpack = Effect.fn("planMpack")(function* (open: OpenRepository, { want, have, haveBlobs }: WantHave) {
  const plan = yield* planFetch(open, want, have)
  const blobs = new Map(plan.blobs)
  for (const id of haveBlobs) blobs.delete(id)
  const commitIds = plan.commits.map(({ id }) => id)
  const [snapshots, commits, brought] = yield* Effect.all(
    [
      plannedBytes(open, "snapshot", plan.snapshots),
      plannedBytes(open, "commit", commitIds),
      introductions(open, plan.commits, blobs)
    ],
    { concurrency: 3 }
  )
  const sizes = [...snapshots.values(), ...commits.values()].map(({ size }) => size)
  const header: MpackHeader = {
    repository: open.id,
    heads: new Map(open.root.value.heads),
    commits: commits.size,
    snapshots: snapshots.size,
    blobs: blobs.size,
    bytes: bytesOf("blob", blobs.values()) + bytesOf("commit", sizes)
  }
  const entries = mpackOrder({
    commits: plan.commits.map(({ id, snapshotId }) => ({ id, snapshotId, introduces: brought.get(id) ?? [] })),
    snapshots: plan.snapshots,
    blobs: blobs.keys()
  })
  const answer: MpackFetch = {
    header,
    entries,
    blobs,
    recordsOf: { snapshot: snapshots, commit: commits },
    recordBytesMax: sizes.reduce((most, size) => Math.max(most, size), 0)
  }
  return answer
})
