/**
 * Reconstructs objects that the store lacks from the rows of a legacy hub, until a backfill has stored their bytes.
 * Nothing is written back.
 */
import { Effect, Layer, Metric, Option, Stream } from "effect"
import { counter } from "../../../base/counter.ts"
import type { CanonicalObject } from "../../../object/CanonicalObject.ts"
import { LegacyRecords, type LegacyRowUnfit } from "../../../port/legacy/LegacyRecords.ts"
import { StoreUnavailable } from "../../../port/ObjectStore.ts"
import { Reconstruction } from "../../../port/Reconstruction.ts"
import { type ObjectKey, objectText } from "../../../port/StoreKey.ts"
import { Fault, type UnavailableReason } from "../../../port/UnavailableReason.ts"
import { ManifestChains, noHints } from "./ManifestChains.ts"
import { reconstruct } from "./reconstruct.ts"

const reconstructed = counter(
  "musehub_reconstructed_objects_total",
  "Reads of objects that the store lacks and a legacy database answered"
)
const reconstructedOf = {
  blob: Metric.withAttributes(reconstructed, { type: "blob" }),
  snapshot: Metric.withAttributes(reconstructed, { type: "snapshot" }),
  commit: Metric.withAttributes(reconstructed, { type: "commit" })
}

/** The most rows whose warning is remembered; beyond it, some are warned of again. */
const complaintsMax = 10_000

const unavailable = (key: ObjectKey, reason: UnavailableReason) =>
  new StoreUnavailable({ operation: "reconstruct", key: objectText(key), reason })

/** Returns the bytes of an object. A blob is hashed while it is read: its file may change after it was checked. */
const contentOf = (key: ObjectKey, { content }: CanonicalObject): Stream.Stream<Uint8Array, StoreUnavailable> =>
  content instanceof Uint8Array
    ? Stream.make(content)
    : Stream.mapError(content, (refused) => unavailable(key, new Fault({ cause: refused })))

/** Rebuilds objects from the rows of a legacy hub; each is counted and logged as a warning. */
export const legacyReconstruction = (legacy: LegacyRecords["Service"]): typeof Reconstruction.Service => {
  const complained = new Set<string>()
  const chains = new ManifestChains(noHints)

  const complain = (key: ObjectKey, error: LegacyRowUnfit) =>
    Effect.suspend(() => {
      const name = `${key.type} ${key.id}`
      if (complained.has(name)) return Effect.void
      if (complained.size >= complaintsMax) complained.clear()
      complained.add(name)
      return Effect.logWarning(`${error.message}; it stays missing`)
    })

  const find = Effect.fnUntraced(function* (key: ObjectKey) {
    const found = yield* reconstruct(key, chains).pipe(
      Effect.provideService(LegacyRecords, legacy),
      Effect.catchTags({
        LegacyRowUnfit: (error) => Effect.as(complain(key, error), Option.none<CanonicalObject>()),
        LegacyUnavailable: (error) => Effect.fail(unavailable(key, error.reason))
      })
    )
    if (Option.isNone(found)) return Option.none()
    yield* Metric.update(reconstructedOf[key.type], 1)
    yield* Effect.logWarning(`${key.type} ${key.id} is not in the store and was made from its legacy row`)
    return Option.some({ size: found.value.size, content: contentOf(key, found.value) })
  })

  return { find }
}

/** Serves objects that the store lacks from the rows of a legacy hub. */
export const layer: Layer.Layer<never, never, LegacyRecords> = Layer.effect(
  Reconstruction,
  Effect.map(LegacyRecords, legacyReconstruction)
)
