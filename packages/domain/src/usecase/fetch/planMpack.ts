/**
 * Plans an mpack stream: the plan of a fetch in stream order, the size of every object, which the header states, and
 * the parts that are read from packs.
 */
import { canonicalLength } from "../../object/Frame.ts"
import { Effect } from "effect"
import { eachInSlices } from "../../base/Slices.ts"
import { servedSize } from "../../invariant/servedObjects.ts"
import type { BlobId, CommitId, ObjectType, Sha256, SnapshotId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { PackIndex } from "../../port/index/PackIndex.ts"
import type { ObjectKey } from "../../port/StoreKey.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { MpackHeader } from "../../wire/mpack/Format.ts"
import type { WantHave } from "../../wire/requests.ts"
import { fromIndexElse } from "../access/fromIndexElse.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { Admitted } from "../admission/Admission.ts"
import { orderPlan, type Placed, placedOf } from "./orderPlan.ts"
import { type LooseRun, type PackedPart, packedParts } from "../packs/packedParts.ts"
import { planFetch, type FetchError } from "./planFetch.ts"

/** The size and hash of a stored snapshot or commit. The hash is undefined while the index is unavailable. */
export interface PlannedBytes {
  readonly size: number
  readonly sha256: Sha256 | undefined
}

export interface MpackFetch {
  readonly header: MpackHeader
  /** The objects in stream order, in runs. A run of objects that are in no pack has at most `looseMax`. */
  readonly parts: (looseMax: number) => Iterable<PackedPart | LooseRun>
  readonly blobs: ReadonlyMap<BlobId, number>
  /** Records that are in no pack. */
  readonly recordsOf: { readonly [T in "snapshot" | "commit"]: ReadonlyMap<string, PlannedBytes> }
  /** The size of the largest of these records. */
  readonly recordBytesMax: number
}

const noRows = Effect.succeed<ReadonlyMap<string, PlannedBytes>>(new Map())

/** Finds the sizes of these records, and the hashes that the index knows. */
const plannedBytes = Effect.fnUntraced(function* (
  open: OpenRepository,
  type: "snapshot" | "commit",
  ids: ReadonlyArray<SnapshotId | CommitId>
) {
  const index = yield* ObjectIndex
  const rows = yield* fromIndexElse(open, ids.length > 0 ? index.rowsOf(open.id, type, ids) : noRows, noRows)
  const planned = new Map<string, PlannedBytes>()
  yield* eachInSlices(rows, ([id, row]) => planned.set(id, row))
  const unrecorded = ids.filter((id) => !rows.has(id))
  yield* Effect.forEach(
    unrecorded,
    (id) =>
      Effect.map(servedSize({ repository: open.id, type, id } as ObjectKey), (size) =>
        planned.set(id, { size, sha256: undefined })
      ),
    { concurrency: storeConcurrency, discard: true }
  )
  return planned
})

const bytesOf = (type: ObjectType, sizes: Iterable<number>): number => {
  let bytes = 0
  for (const size of sizes) bytes += canonicalLength(type, size)
  return bytes
}

/** Counts the bytes of the records that are read from packs. */
const packedRecordBytes = (placed: ReadonlyArray<Placed>): number =>
  placed.reduce((sum, { slot, type }) => (slot === undefined || type === "blob" ? sum : sum + slot.entry.size), 0)

const looseIds = <T extends "snapshot" | "commit">(placed: ReadonlyArray<Placed>, type: T) =>
  placedOf(placed, type).flatMap(({ id, slot }) => (slot === undefined ? [id] : []))

/**
 * Plans the stream of what is reachable from `want` and not from `have`, without `haveBlobs`: blobs that the client has
 * without their commits. The client must really have them, since the stream contains snapshots that need them.
 */
export const planMpack = Effect.fn("planMpack")(function* (
  open: OpenRepository,
  { want, have, haveBlobs }: WantHave
): Effect.fn.Return<MpackFetch, FetchError, Admitted | CommitIndex | ObjectIndex | ObjectStore | PackIndex> {
  const plan = yield* planFetch(open, want, have)
  const blobs = new Map<BlobId, number>()
  yield* eachInSlices(plan.blobs, ([id, size]) => blobs.set(id, size))
  for (const id of haveBlobs) blobs.delete(id)
  const placed = yield* orderPlan(open, plan, { blobs, packs: true })
  const [snapshots, commits] = yield* Effect.all(
    [
      plannedBytes(open, "snapshot", looseIds(placed, "snapshot")),
      plannedBytes(open, "commit", looseIds(placed, "commit"))
    ],
    { concurrency: 2 }
  )
  const sizes = [...snapshots.values(), ...commits.values()].map(({ size }) => size)
  const header: MpackHeader = {
    repository: open.id,
    heads: new Map(open.root.value.heads),
    commits: plan.commits.length,
    snapshots: plan.snapshots.length,
    blobs: blobs.size,
    bytes: bytesOf("blob", blobs.values()) + bytesOf("commit", sizes) + packedRecordBytes(placed)
  }
  const answer: MpackFetch = {
    header,
    parts: (looseMax) => packedParts(placed, looseMax),
    blobs,
    recordsOf: { snapshot: snapshots, commit: commits },
    recordBytesMax: sizes.reduce((most, size) => Math.max(most, size), 0)
  }
  return answer
})
