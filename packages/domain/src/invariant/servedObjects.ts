/**
 * Reads objects for serving: from the packs, a large blob from its own key, or from a reconstruction where the store
 * lacks them. What comes from a pack was checked; the rest was not.
 */
import { Effect, Option, Stream } from "effect"
import { elementAt } from "../base/expected.ts"
import { type ByteRange, isWithin, ObjectMissing, ObjectStore, RangeOutside } from "../port/ObjectStore.ts"
import { type Reconstructed, Reconstruction } from "../port/Reconstruction.ts"
import type { ObjectKey } from "../port/StoreKey.ts"
import { type ObjectName, type ObjectReadError, type PackedPlace, Packs } from "./packs/Packs.ts"

/** Remembers that the store has not the right bytes of a large blob. */
export const loseBlob = (key: ObjectKey) =>
  Effect.flatMap(Packs, ({ damage }) => (key.type === "blob" ? damage.addBlob(key.repository, key.id) : Effect.void))

/** Finds a reconstruction, or fails as the store did: with the damage of its pack, where that is known. */
const reconstructed = Effect.fnUntraced(function* (key: ObjectKey, missing: ObjectMissing) {
  const { find } = yield* Reconstruction
  const found = yield* find(key)
  if (Option.isSome(found)) return found.value
  yield* loseBlob(key)
  const packs = yield* Packs
  return yield* (yield* packs.lossOf(key.repository, key))?.loss ?? missing
})

const contentOf = ({ content }: Reconstructed) => (content instanceof Uint8Array ? Stream.make(content) : content)

/** Cuts a range from a stream and reads no further than its end. */
const partOf = <E>(content: Stream.Stream<Uint8Array, E>, { start, end }: ByteRange): Stream.Stream<Uint8Array, E> =>
  start === end
    ? Stream.empty
    : Stream.suspend(() => {
        let position = 0
        return content.pipe(
          Stream.map((chunk) => {
            const before = position
            position += chunk.byteLength
            return chunk.subarray(Math.max(0, start - before), Math.max(0, end - before))
          }),
          Stream.takeUntil(() => position >= end),
          Stream.filter((chunk) => chunk.byteLength > 0)
        )
      })

/** Finds an object in the packs. */
export const placeOf = Effect.fnUntraced(function* ({ id, repository, type }: ObjectKey) {
  const packs = yield* Packs
  const [place] = yield* packs.find(repository, [{ type, id } as ObjectName])
  return Option.fromUndefinedOr(place)
})

/** Reads an object from its place in a pack. */
const readPlace = Effect.fnUntraced(function* (place: PackedPlace) {
  const packs = yield* Packs
  return yield* Effect.fromResult(elementAt(yield* packs.read([place]), 0))
})

const looseBytes = Effect.fnUntraced(function* (key: ObjectKey) {
  const store = yield* ObjectStore
  return key.type === "blob" ? yield* store.get(key) : yield* new ObjectMissing(key)
})

/** Returns the object whole. */
export const servedBytes = Effect.fnUntraced(function* (key: ObjectKey) {
  const place = yield* placeOf(key)
  if (Option.isSome(place)) return yield* readPlace(place.value)
  return yield* Effect.catchTag(looseBytes(key), "ObjectMissing", (missing) =>
    Effect.flatMap(reconstructed(key, missing), (object) => Stream.mkUint8Array(contentOf(object)))
  )
})

const looseStream = (key: ObjectKey, range: ByteRange | undefined) =>
  Stream.unwrap(
    Effect.map(ObjectStore, (store) =>
      key.type === "blob" ? store.stream(key, range) : Stream.fail(new ObjectMissing(key))
    )
  )

/** Streams the object, or a range of it. */
export const servedStream = (
  key: ObjectKey,
  range?: ByteRange
): Stream.Stream<Uint8Array, ObjectReadError | RangeOutside, ObjectStore | Packs> =>
  Stream.unwrap(
    Effect.map(
      placeOf(key),
      (place): Stream.Stream<Uint8Array, ObjectReadError | RangeOutside, ObjectStore | Packs> => {
        if (Option.isNone(place)) return looseOrReconstructed(key, range)
        const { size } = place.value.object
        if (range !== undefined && !isWithin(range, size)) return Stream.fail(new RangeOutside({ ...key, ...range }))
        return Stream.map(Stream.fromEffect(readPlace(place.value)), (bytes) =>
          bytes.subarray(range?.start, range?.end)
        )
      }
    )
  )

const looseOrReconstructed = (key: ObjectKey, range: ByteRange | undefined) =>
  Stream.catchTag(looseStream(key, range), "ObjectMissing", (missing) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const object = yield* reconstructed(key, missing)
        if (range === undefined) return contentOf(object)
        if (!isWithin(range, object.size)) return yield* new RangeOutside({ ...key, ...range })
        return partOf(contentOf(object), range)
      })
    )
  )

/** Returns how many bytes a read of this object gives. */
export const servedSize = Effect.fnUntraced(function* (key: ObjectKey) {
  const store = yield* ObjectStore
  const place = yield* placeOf(key)
  if (Option.isSome(place)) return place.value.object.size
  const head = key.type === "blob" ? store.head(key) : Effect.fail(new ObjectMissing(key))
  return yield* Effect.catchTag(head, "ObjectMissing", (missing) => reconstructed(key, missing)).pipe(
    Effect.map(({ size }) => size)
  )
})
