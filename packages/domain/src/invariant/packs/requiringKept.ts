/**
 * Refuses a move that relies on what a garbage collection deletes. The mark in the root lists that, so a move that is
 * decided while the mark is there must not name or need anything of it; one that is decided later asks the store.
 */
import { Effect, Result } from "effect"
import { eachInSlices, inSlices } from "../../base/Slices.ts"
import { type BlobId, emptyBlobId, type Sha256 } from "../../object/Id.ts"
import { openingSnapshot } from "../../object/Snapshot.ts"
import { type ImmutableKey } from "../../port/StoreKey.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { CondemnedList, PackRef } from "../../repository/PackRef.ts"
import type { Root } from "../../repository/Root.ts"
import { RootContended } from "../../repository/rootErrors.ts"
import { readCondemned } from "../RepositoryDocuments.ts"
import { packKey } from "./PackReads.ts"
import { Packs } from "./Packs.ts"

const nothing: CondemnedList = { packs: [], blobs: [] }

/** Snapshots that are read together. */
const readTogether = 256

/** Lists the blobs that snapshots in packs have and that are in none of these packs. */
export const blobsOutside = Effect.fnUntraced(function* (packs: ReadonlyArray<StoredPack>) {
  const { read } = yield* Packs
  const blobs = new Set<BlobId>()
  for (const pack of packs) {
    const snapshots = [...pack.directory].filter(({ type }) => type === "snapshot")
    for (let start = 0; start < snapshots.length; start += readTogether) {
      const places = snapshots.slice(start, start + readTogether).map((object) => ({ pack, object }))
      for (const result of yield* read(places)) {
        const bytes = yield* Effect.fromResult(result)
        const snapshot = yield* inSlices(() => openingSnapshot(bytes))
        // One that cannot be decoded is told by what reads it.
        if (Result.isFailure(snapshot)) continue
        yield* eachInSlices(snapshot.success.manifest.values(), (id) => void blobs.add(id))
      }
    }
  }
  for (const id of blobs) if (packs.some(({ directory }) => directory.find("blob", id) !== undefined)) blobs.delete(id)
  blobs.delete(emptyBlobId)
  return blobs
})

/**
 * Returns a check of a root that a move is decided on: none of the packs to be named, and no large blob that their
 * snapshots have, may be condemned or deleted. It costs nothing if no collection was at work since the root that was
 * `seen` when the move was prepared.
 */
export const requiringKept = Effect.fnUntraced(function* (seen: Root, packs: ReadonlyArray<StoredPack>) {
  const store = yield* ObjectStore
  const services = yield* Effect.context<ObjectStore | Packs>()
  const repository = seen.repository.id
  const contended = new RootContended({ repository, attempts: 1 })
  const outside = yield* Effect.cached(Effect.provideContext(blobsOutside(packs), services))

  const requireStored = (key: ImmutableKey) => Effect.catchTag(store.head(key), "ObjectMissing", () => contended)

  const check = Effect.fnUntraced(function* (root: Root, named: ReadonlyArray<PackRef>) {
    const { condemned, condemnations } = root
    const isNewer = condemnations !== seen.condemnations
    if (condemned === null && !isNewer) return
    // A list that is gone is that of a collection which has ended since the root was read.
    const list =
      condemned === null
        ? nothing
        : yield* Effect.catchTag(readCondemned(repository, condemned.list), "ObjectCorrupt", () => contended)
    const doomed = new Set<Sha256 | BlobId>([...list.packs, ...list.blobs])
    if (packs.some(({ ref }) => doomed.has(ref.sha256))) return yield* contended
    const blobs = yield* outside
    if (!blobs.isDisjointFrom(doomed)) return yield* contended
    if (!isNewer) return
    yield* Effect.forEach(packs, ({ ref }) => requireStored(packKey(repository, ref.sha256)), {
      concurrency: storeConcurrency,
      discard: true
    })
    const look = yield* (yield* Packs).lookIn(repository, named)
    const large = [...blobs].filter((id) => look({ type: "blob", id }) === undefined)
    yield* Effect.forEach(large, (id) => requireStored({ repository, type: "blob", id }), {
      concurrency: storeConcurrency,
      discard: true
    })
  })
  return (root: Root, named: ReadonlyArray<PackRef>) =>
    check(root, named).pipe(
      // A pack of the move that was read, and is gone.
      Effect.catchTag("ObjectMissing", () => contended),
      Effect.provideContext(services)
    )
})
