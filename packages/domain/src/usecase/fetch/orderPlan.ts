/** Orders the objects of a plan for sending, and finds them in packs. */
import { Effect } from "effect"
import { expected, orDefault } from "../../base/expected.ts"
import { eachInSlices, inSlices, sorting } from "../../base/Slices.ts"
import type { CommitNode } from "../../history/CommitNode.ts"
import { introducedByCommit } from "../../history/introductions.ts"
import { orderingParentsFirst } from "../../history/parentsFirst.ts"
import { type ObjectReadError, type PackedPlace, Packs } from "../../invariant/packs/Packs.ts"
import type { BlobId, CommitId, IdOf, ObjectType } from "../../object/Id.ts"
import { packedBlobBytesMax } from "../../pack/limits.ts"
import type { MpackEntry } from "../../wire/mpack/Format.ts"
import { mpackOrder, type MpackPlan } from "../../wire/mpack/mpackOrder.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { FetchPlan } from "./planFetch.ts"

/** An object to send, and its place; none for a large blob, and for what the store lacks. */
export type PlacedOf<T extends ObjectType> = {
  readonly [K in T]: { readonly type: K; readonly id: IdOf[K]; readonly place: PackedPlace | undefined }
}[T]

export type Placed = PlacedOf<ObjectType>

/** A commit with its place, as numbers. */
interface Ranked {
  readonly node: CommitNode
  readonly pack: number
  readonly block: number
  readonly offset: number
}

const byPlace = (a: Ranked, b: Ranked) =>
  a.pack - b.pack || a.block - b.block || a.offset - b.offset || a.node.generation - b.node.generation

/** Finds the commits, and sorts them as they are in the packs, parents first. */
const inPackOrder = Effect.fnUntraced(function* (open: OpenRepository, commits: ReadonlyArray<CommitNode>) {
  const { find, namedBy } = yield* Packs
  const named = yield* namedBy(open.root.value)
  const order = new Map(named.map(({ sha256 }, position) => [sha256, position]))
  const places = yield* find(
    open.id,
    commits.map(({ id }) => ({ type: "commit", id }))
  )
  const ranked: Array<Ranked> = []
  yield* eachInSlices(commits.entries(), ([position, node]) => {
    const place = places[position]
    // A pack that the root named after the repository was opened comes last, and what is in none after it.
    const pack = place === undefined ? named.length + 1 : orDefault(order.get(place.pack.ref.sha256), named.length)
    ranked.push({ node, pack, block: orDefault(place?.object.block, 0), offset: orDefault(place?.object.offset, 0) })
  })
  const nodes = new Map<CommitId, CommitNode>()
  yield* eachInSlices(yield* inSlices(() => sorting(ranked, byPlace)), ({ node }) => nodes.set(node.id, node))
  return (yield* inSlices(() => orderingParentsFirst(nodes, [...nodes.keys()].toReversed()))).commits
})

/**
 * Orders the objects of a plan as an mpack stream requires (docs/mpack.md) and, within that, as they are in the packs,
 * so that each block is read once. `blobs` are those of the plan to send.
 */
export const orderPlan = Effect.fn("orderPlan")(function* (
  open: OpenRepository,
  plan: FetchPlan,
  blobs: ReadonlyMap<BlobId, number> = plan.blobs
): Effect.fn.Return<ReadonlyArray<Placed>, ObjectReadError, Packs> {
  const introduced = yield* introducedByCommit(
    plan.commits.map(({ id }) => id),
    plan.introductions,
    blobs
  )
  const commits: Array<MpackPlan["commits"][number]> = []
  yield* eachInSlices(yield* inPackOrder(open, plan.commits), ({ id, snapshotId }) =>
    commits.push({
      id,
      snapshotId,
      introduces: expected(introduced.get(id), `the blobs that commit ${id} brings in`)
    })
  )
  const entries: Array<MpackEntry> = []
  const packed: Array<MpackEntry> = []
  yield* eachInSlices(mpackOrder({ commits, snapshots: plan.snapshots, blobs: blobs.keys() }), (entry) => {
    entries.push(entry)
    const { id, type } = entry
    if (type !== "blob" || expected(blobs.get(id), `the size of blob ${id}`) <= packedBlobBytesMax) packed.push(entry)
  })
  const places = yield* (yield* Packs).find(open.id, packed)
  const placed: Array<Placed> = []
  let next = 0
  yield* eachInSlices(entries, (entry) =>
    placed.push({ ...entry, place: packed[next] === entry ? places[next++] : undefined })
  )
  return placed
})

/** Selects the objects of one type. The assertion is needed because `filter` does not narrow `Placed`. */
export const placedOf = <T extends ObjectType>(placed: ReadonlyArray<Placed>, type: T) =>
  placed.filter((entry) => entry.type === type) as ReadonlyArray<Placed> as ReadonlyArray<PlacedOf<T>>
