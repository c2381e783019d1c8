/** Reads objects for serving: from the store, or from a reconstruction where the store lacks them. Checks nothing. */
import { Effect, Stream } from "effect"
import { type ByteRange, isWithin, type ObjectMissing, ObjectStore, RangeOutside } from "../port/ObjectStore.ts"
import { type Reconstructed, Reconstruction } from "../port/Reconstruction.ts"
import type { ObjectKey } from "../port/StoreKey.ts"

/** Finds a reconstruction, or fails as the store did. */
const reconstructed = Effect.fnUntraced(function* (key: ObjectKey, missing: ObjectMissing) {
  const { find } = yield* Reconstruction
  return yield* Effect.fromOption(yield* find(key), () => missing)
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

/** Returns the object whole. */
export const servedBytes = Effect.fnUntraced(function* (key: ObjectKey) {
  const store = yield* ObjectStore
  return yield* Effect.catchTag(store.get(key), "ObjectMissing", (missing) =>
    Effect.flatMap(reconstructed(key, missing), (object) => Stream.mkUint8Array(contentOf(object)))
  )
})

/** Streams the object, or a range of it. */
export const servedStream = (key: ObjectKey, range?: ByteRange) =>
  Stream.unwrap(
    Effect.map(ObjectStore, (store) =>
      Stream.catchTag(store.stream(key, range), "ObjectMissing", (missing) =>
        Stream.unwrap(
          Effect.gen(function* () {
            const object = yield* reconstructed(key, missing)
            if (range === undefined) return contentOf(object)
            if (!isWithin(range, object.size)) return yield* new RangeOutside({ ...key, ...range })
            return partOf(contentOf(object), range)
          })
        )
      )
    )
  )

/** Returns how many bytes a read of this object gives. */
export const servedSize = Effect.fnUntraced(function* (key: ObjectKey) {
  const store = yield* ObjectStore
  return yield* Effect.catchTag(store.head(key), "ObjectMissing", (missing) => reconstructed(key, missing)).pipe(
    Effect.map(({ size }) => size)
  )
})
