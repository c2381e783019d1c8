/**
 * An object store that reads missing objects from the rows of a legacy hub, until a backfill has stored their bytes.
 * Nothing is written back. Only `get` and `stream` do so. `head` and `list` still report the object as missing, and so
 * does `get` under `StoredBytesOnly`, because evidence (`Stored`) is made from a `head` and such a `get`: evidence made
 * from a row would create index rows without bytes, which the hub must prevent.
 */
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import {
  type ByteRange,
  isWithin,
  ObjectMissing,
  ObjectStore,
  RangeOutside,
  StoredBytesOnly,
  StoreUnavailable
} from "@musehub/domain/port/ObjectStore"
import { type ObjectKey, objectPath } from "@musehub/domain/port/StoreKey"
import { Fault, type UnavailableReason } from "@musehub/domain/port/UnavailableReason"
import { Effect, Layer, Metric, Option, Stream } from "effect"
import { LegacyRecords, type LegacyRowUnfit } from "./LegacyRecords.ts"
import { reconstruct } from "./reconstruct.ts"

type Store = ObjectStore["Service"]

const reconstructed = Metric.counter("musehub_reconstructed_objects_total", {
  description: "Reads of objects that the store lacks and a legacy database answered",
  incremental: true
})
const reconstructedOf = {
  blob: Metric.withAttributes(reconstructed, { type: "blob" }),
  snapshot: Metric.withAttributes(reconstructed, { type: "snapshot" }),
  commit: Metric.withAttributes(reconstructed, { type: "commit" })
}

/** The most rows whose warning is remembered; beyond it, some are warned of again. */
const complaintsMax = 10_000

const unavailable = (key: ObjectKey, reason: UnavailableReason) =>
  new StoreUnavailable({ operation: "reconstruct", key: objectPath(key), reason })

/** Returns the bytes of an object. A blob is hashed while it is read: its file may change after it was checked. */
const contentOf = (key: ObjectKey, { content }: CanonicalObject): Stream.Stream<Uint8Array, StoreUnavailable> =>
  content instanceof Uint8Array
    ? Stream.make(content)
    : Stream.mapError(content, (refused) => unavailable(key, new Fault({ cause: refused })))

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

/**
 * Reads what the store lacks from the rows of a legacy hub; each such read is counted and logged as a warning. Caches
 * belong inside: one outside would keep bytes made from a row and serve them as stored ones after the id has been put
 * with another author or time.
 */
export const reconstructing = (inner: Store, legacy: LegacyRecords["Service"]): Store => {
  const complained = new Set<string>()

  const complain = (key: ObjectKey, error: LegacyRowUnfit) =>
    Effect.suspend(() => {
      const name = `${key.type} ${key.id}`
      if (complained.has(name)) return Effect.void
      if (complained.size >= complaintsMax) complained.clear()
      complained.add(name)
      return Effect.logWarning(`${error.message}; it stays missing`)
    })

  /** Rebuilds the object from its row. Fails with the store's error if the row gives none. */
  const fromRow = Effect.fnUntraced(function* (key: ObjectKey, missing: ObjectMissing) {
    const object = yield* reconstruct(key).pipe(
      Effect.provideService(LegacyRecords, legacy),
      Effect.catchTags({
        LegacyRowUnfit: (error) => Effect.as(complain(key, error), Option.none<CanonicalObject>()),
        LegacyUnavailable: (error) => Effect.fail(unavailable(key, error.reason))
      })
    )
    if (Option.isNone(object)) return yield* missing
    yield* Metric.update(reconstructedOf[key.type], 1)
    yield* Effect.logWarning(`${key.type} ${key.id} is not in the store and was made from its legacy row`)
    return object.value
  })

  const get = (key: ObjectKey) =>
    Effect.catchTag(inner.get(key), "ObjectMissing", (missing) =>
      Effect.gen(function* () {
        if (yield* StoredBytesOnly) return yield* missing
        return yield* Stream.mkUint8Array(contentOf(key, yield* fromRow(key, missing)))
      })
    )

  const stream = (key: ObjectKey, range?: ByteRange) =>
    Stream.catchTag(inner.stream(key, range), "ObjectMissing", (missing) =>
      Stream.unwrap(
        Effect.gen(function* () {
          const object = yield* fromRow(key, missing)
          const content = contentOf(key, object)
          if (range === undefined) return content
          if (!isWithin(range, object.size)) return yield* new RangeOutside({ ...key, ...range })
          return partOf(content, range)
        })
      )
    )

  return ObjectStore.of({ ...inner, get, stream })
}

/** Puts the rows of a legacy hub behind the object store. */
export const layer: Layer.Layer<ObjectStore, never, ObjectStore | LegacyRecords> = Layer.effect(
  ObjectStore,
  Effect.gen(function* () {
    return reconstructing(yield* ObjectStore, yield* LegacyRecords)
  })
)
