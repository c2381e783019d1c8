/** A plan in the order in which its objects are sent, with where they stand in packs. */
import { Effect } from "effect"
import { introducedByCommit } from "../../history/introductions.ts"
import type { BlobId, IdOf, ObjectType } from "../../object/Id.ts"
import { orDefault } from "../../object/expected.ts"
import { IndexStore } from "../../port/IndexStore.ts"
import { mpackOrder } from "../../wire/mpack/mpackOrder.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { packBounds } from "../packs/bounds.ts"
import { inPackOrder, usefulSlots } from "../packs/packedParts.ts"
import { PackLocations, type Slot } from "../packs/PackLocations.ts"
import { Packing } from "../packs/Packing.ts"
import type { FetchPlan } from "./planFetch.ts"

/** An object of a type to send, and where a pack has it. */
export type PlacedOf<T extends ObjectType> = {
  readonly [K in T]: { readonly type: K; readonly id: IdOf[K]; readonly slot: Slot | undefined }
}[T]

export type Placed = PlacedOf<ObjectType>

/** A plan of fewer objects does not ask for packs. */
const objectsFromPacksMin = 32

/** The packs of the commits to send. */
const packsFor = Effect.fnUntraced(function* (open: OpenRepository, { blobs, commits, snapshots }: FetchPlan) {
  const few = commits.length + snapshots.length + blobs.size < objectsFromPacksMin
  if (!open.indexed || few) return []
  const index = yield* IndexStore
  return yield* index.packsOf(
    open.id,
    commits.map(({ id }) => id)
  )
})

export interface OrderOptions {
  /** Of the plan's blobs these alone; all unless given. */
  readonly blobs?: ReadonlyMap<BlobId, number>
  /** False to read every object by itself. */
  readonly packs: boolean
}

/**
 * The objects of a plan in the order of an mpack stream (docs/mpack.md), as far as may be in the order of the packs.
 * Where much of it is in none, the repository is to be packed.
 */
export const orderedPlan = Effect.fn("orderedPlan")(function* (
  open: OpenRepository,
  plan: FetchPlan,
  { blobs = plan.blobs, packs }: OrderOptions
) {
  const located = new PackLocations(packs ? yield* packsFor(open, plan) : [])
  const introduced = introducedByCommit(plan.introductions, blobs)
  const commits = inPackOrder(plan.commits, located).map(({ id, snapshotId }) => ({
    id,
    snapshotId,
    introduces: orDefault(introduced.get(id), [])
  }))
  const entries = [...mpackOrder({ commits, snapshots: plan.snapshots, blobs: blobs.keys() })]
  const slots = usefulSlots(entries, located)
  if (packs && open.indexed && slots.filter((slot) => slot === undefined).length >= packBounds.objectsMin) {
    yield* (yield* Packing).request(open.id)
  }
  return entries.map((entry, position): Placed => ({ ...entry, slot: slots[position] }))
})

/** Those of one type, which is what the compiler cannot see. */
export const placedOf = <T extends ObjectType>(placed: ReadonlyArray<Placed>, type: T) =>
  placed.filter((entry) => entry.type === type) as ReadonlyArray<Placed> as ReadonlyArray<PlacedOf<T>>
