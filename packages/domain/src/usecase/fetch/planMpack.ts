/** Plans an mpack stream: its header, which promises counts and bytes, and its objects in order. */
import { Effect } from "effect"
import { elementAt, expected } from "../../base/expected.ts"
import { eachInSlices } from "../../base/Slices.ts"
import { servedSize } from "../../invariant/servedObjects.ts"
import type { BlobId } from "../../object/Id.ts"
import { canonicalLength } from "../../object/Frame.ts"
import type { ObjectKey } from "../../port/StoreKey.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { MpackHeader } from "../../wire/mpack/Format.ts"
import type { WantHave } from "../../wire/requests.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { Admitted } from "../admission/Admission.ts"
import { headsAt } from "./headsAt.ts"
import { orderPlan, type Placed } from "./orderPlan.ts"
import { planFetch, type FetchError, type PlanServices } from "./planFetch.ts"

export interface MpackFetch {
  readonly header: MpackHeader
  /** The objects in stream order, with their sizes. */
  readonly objects: ReadonlyArray<Placed & { readonly size: number }>
}

/** Finds the sizes of snapshots and commits that are in no pack. */
const sizesElsewhere = Effect.fnUntraced(function* (open: OpenRepository, placed: ReadonlyArray<Placed>) {
  const elsewhere = placed.filter(({ place, type }) => place === undefined && type !== "blob")
  const sizes = yield* Effect.forEach(
    elsewhere,
    ({ id, type }) => servedSize({ repository: open.id, type, id } as ObjectKey),
    { concurrency: storeConcurrency }
  )
  return new Map(elsewhere.map((entry, position) => [entry, elementAt(sizes, position)]))
})

/**
 * Plans the stream of what is reachable from `want` and not from `have`, without `haveBlobs`: blobs that the client has
 * without their commits. The client must really have them, since the stream contains snapshots that need them.
 */
export const planMpack = Effect.fn("planMpack")(function* (
  open: OpenRepository,
  { want, have, haveBlobs }: WantHave
): Effect.fn.Return<MpackFetch, FetchError, Admitted | PlanServices> {
  const plan = yield* planFetch(open, want, have)
  const blobs = new Map<BlobId, number>()
  yield* eachInSlices(plan.blobs, ([id, size]) => blobs.set(id, size))
  for (const id of haveBlobs) blobs.delete(id)
  const placed = yield* orderPlan(open, plan, blobs)
  const elsewhere = yield* sizesElsewhere(open, placed)
  const objects: Array<Placed & { readonly size: number }> = []
  let bytes = 0
  yield* eachInSlices(placed, (entry) => {
    const { id, place, type } = entry
    const size = expected(
      place?.object.size ?? (type === "blob" ? blobs.get(id) : elsewhere.get(entry)),
      `the size of ${type} ${id}`
    )
    bytes += canonicalLength(type, size)
    objects.push({ ...entry, size })
  })
  const header: MpackHeader = {
    repository: open.id,
    heads: new Map(yield* headsAt(open.root.value, want)),
    commits: plan.commits.length,
    snapshots: plan.snapshots.length,
    blobs: blobs.size,
    bytes
  }
  const answer: MpackFetch = { header, objects }
  return answer
})
