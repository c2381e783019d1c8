/** Finds lost objects in the packs of repositories, and among their large blobs, by the roots alone. */
import { Effect, Result, Stream } from "effect"
import { orDefault } from "../../../../base/expected.ts"
import { inSlices } from "../../../../base/Slices.ts"
import { isLoss } from "../../../../invariant/packs/Damage.ts"
import { PackReads } from "../../../../invariant/packs/PackReads.ts"
import { blobArriving, blobOf } from "../../../../object/Blob.ts"
import type { CanonicalObject } from "../../../../object/CanonicalObject.ts"
import { decodingCommit, encodingCommit } from "../../../../object/Commit.ts"
import { BlobId, type ObjectType, type RepositoryId } from "../../../../object/Id.ts"
import { decodingSnapshot, encodingSnapshot } from "../../../../object/Snapshot.ts"
import { findingObject } from "../../../../pack/packContent.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import { everyItem } from "../../../../port/Page.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import { packsNow } from "../packs/packsNow.ts"
import type { WantedObjects } from "./LostObject.ts"
import type { ObjectSource, TakeObject } from "./ObjectSource.ts"

type Store = ObjectStore["Service"]

/** Large blobs, or repositories, per page of a listing. */
const pageSize = 1000

/** Makes an object of its stored bytes; undefined if they are not of one, or in another form than the canonical one. */
const objectOf = Effect.fnUntraced(function* (type: ObjectType, bytes: Uint8Array) {
  if (type === "blob") return blobOf(bytes)
  if (type === "snapshot") {
    const snapshot = yield* inSlices(() => decodingSnapshot(bytes))
    return Result.isFailure(snapshot) ? undefined : yield* inSlices(() => encodingSnapshot(snapshot.success))
  }
  const commit = yield* inSlices(() => decodingCommit(bytes))
  if (Result.isFailure(commit)) return undefined
  const encoded = yield* inSlices(() => encodingCommit(commit.success))
  return Result.isFailure(encoded) ? undefined : (encoded.success as CanonicalObject)
})

/** Gives what is left out of a damaged or missing pack or block: nothing. */
const unlessLost = <A, E extends { readonly _tag: string }>(read: Effect.Effect<A, E>) =>
  Effect.catchIf(
    read as Effect.Effect<A | undefined, E>,
    (error) => isLoss(error),
    () => Effect.succeed(undefined)
  )

const giveFrom = Effect.fnUntraced(function* (
  reads: PackReads,
  pack: StoredPack,
  wanted: WantedObjects,
  take: TakeObject
) {
  const found = wanted.names.flatMap(({ id, type }) => orDefault(pack.directory.find(type, id), []))
  for (const [block, objects] of Map.groupBy(found, (object) => object.block)) {
    const content = yield* unlessLost(reads.storedBlock(pack, block))
    if (content === undefined) continue
    for (const packed of objects) {
      const bytes = yield* inSlices(() => findingObject(packed, content))
      const object = Result.isFailure(bytes) ? undefined : yield* objectOf(packed.type, bytes.success)
      if (object !== undefined) yield* take(object)
    }
  }
})

/** Gives the wanted ones among the large blobs of a repository. Their bytes are hashed where they are taken. */
const giveLarge = Effect.fnUntraced(function* (
  store: Store,
  repository: RepositoryId,
  wanted: WantedObjects,
  take: TakeObject
) {
  const ids = new Set<string>(wanted.names.flatMap(({ id, type }) => (type === "blob" ? [id] : [])))
  if (ids.size === 0) return
  const listed = everyItem(pageSize, (page) => store.list(repository, "blob", page))
  yield* Stream.runForEach(
    Stream.filter(listed, ({ id }) => ids.has(id)),
    ({ id, size }) => {
      const key = { repository, type: "blob", id: BlobId.make(id) } as const
      return take(blobArriving(key.id, size, store.stream(key)))
    }
  )
})

const giveOf = Effect.fnUntraced(function* (
  store: Store,
  repository: RepositoryId,
  wanted: WantedObjects,
  take: TakeObject
) {
  const reads = new PackReads(store)
  for (const ref of yield* Effect.provideService(packsNow(repository), ObjectStore, store)) {
    if (wanted.size === 0) return
    const pack = yield* unlessLost(reads.pack(repository, ref))
    if (pack !== undefined) yield* giveFrom(reads, pack, wanted, take)
  }
  yield* giveLarge(store, repository, wanted, take)
})

/** Looks into the repositories of a store, this one first, for as long as something is wanted. */
export const heldInStore = (store: Store, repository: RepositoryId): ObjectSource => {
  const others = Stream.filter(everyItem(pageSize, store.listRepositories), (other) => other !== repository)
  return {
    give: (wanted, take) =>
      Stream.concat(Stream.succeed(repository), others).pipe(
        Stream.takeWhile(() => wanted.size > 0),
        Stream.runForEach((each) => giveOf(store, each, wanted, take))
      )
  }
}
