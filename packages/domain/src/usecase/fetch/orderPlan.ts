/** Orders the objects of a plan for sending, and finds them in packs. */
import { Effect } from "effect"
import { introducedByCommit } from "../../history/introductions.ts"
import type { BlobId, IdOf, ObjectType } from "../../object/Id.ts"
import { expected } from "../../base/expected.ts"
import { eachInSlices } from "../../base/Slices.ts"
import type { MpackEntry } from "../../wire/mpack/Format.ts"
import { PackIndex } from "../../port/index/PackIndex.ts"
import { mpackOrder } from "../../wire/mpack/mpackOrder.ts"
import { fromIndexElse } from "../access/fromIndexElse.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { packBounds } from "../packs/bounds.ts"
import { inPackOrder, usefulSlots } from "../packs/packedParts.ts"
import { PackLocations, type Slot } from "../packs/PackLocations.ts"
import { Packing } from "../packs/Packing.ts"
import type { FetchPlan } from "./planFetch.ts"

/** An object to send, and its slot in a pack if it is in one. */
export type PlacedOf<T extends ObjectType> = {
  readonly [K in T]: { readonly type: K; readonly id: IdOf[K]; readonly slot: Slot | undefined }
}[T]

export type Placed = PlacedOf<ObjectType>

/** The smallest number of objects in a plan for which packs are looked up. */
const objectsFromPacksMin = 32

/** Finds the packs that contain the commits to send. */
const packsFor = Effect.fnUntraced(function* (open: OpenRepository, { blobs, commits, snapshots }: FetchPlan) {
  const few = commits.length + snapshots.length + blobs.size < objectsFromPacksMin
  if (few) return []
  const index = yield* PackIndex
  const ids = commits.map(({ id }) => id)
  return yield* fromIndexElse(open, index.packsOf(open.id, ids), Effect.succeed([]))
})

export interface OrderOptions {
  /** The blobs of the plan to send; all of them by default. */
  readonly blobs?: ReadonlyMap<BlobId, number>
  /** Whether to use packs; if false, every object is read by itself. */
  readonly packs: boolean
}

/**
 * Orders the objects of a plan as an mpack stream requires (docs/mpack.md) and, within that, in the order of the packs.
 * Requests packing of the repository if many objects are in no pack.
 */
export const orderPlan = Effect.fn("orderPlan")(function* (
  open: OpenRepository,
  plan: FetchPlan,
  { blobs = plan.blobs, packs }: OrderOptions
): Effect.fn.Return<ReadonlyArray<Placed>, never, PackIndex> {
  const located = yield* PackLocations.of(packs ? yield* packsFor(open, plan) : [])
  const introduced = yield* introducedByCommit(
    plan.commits.map(({ id }) => id),
    plan.introductions,
    blobs
  )
  const commits = (yield* inPackOrder(plan.commits, located)).map(({ id, snapshotId }) => ({
    id,
    snapshotId,
    introduces: expected(introduced.get(id), `the blobs that commit ${id} brings in`)
  }))
  yield* Effect.yieldNow
  const entries: Array<MpackEntry> = []
  yield* eachInSlices(mpackOrder({ commits, snapshots: plan.snapshots, blobs: blobs.keys() }), (entry) =>
    entries.push(entry)
  )
  const slots = usefulSlots(entries, located)
  yield* Effect.yieldNow
  if (packs && open.indexed && slots.filter((slot) => slot === undefined).length >= packBounds.objectsMin) {
    yield* (yield* Packing).request(open.id)
  }
  return entries.map((entry, position): Placed => ({ ...entry, slot: slots[position] }))
})

/** Selects the objects of one type. The assertion is needed because `filter` does not narrow `Placed`. */
export const placedOf = <T extends ObjectType>(placed: ReadonlyArray<Placed>, type: T) =>
  placed.filter((entry) => entry.type === type) as ReadonlyArray<Placed> as ReadonlyArray<PlacedOf<T>>
