/**
 * The metrics of the caches. The tiers are memory, disk, and joining a read of the same object under way (`flight`).
 */
import { counter } from "@musehub/domain/base/counter"
import { Effect, Metric } from "effect"

type Tier = "memory" | "disk"

const hits = counter(
  "musehub_cache_hits_total",
  "Blobs and parts of packs that were served without a read of the store"
)
const hitBytes = counter(
  "musehub_cache_hit_bytes_total",
  "Bytes of blobs and parts of packs that were served without a read of the store"
)
const misses = counter("musehub_cache_misses_total", "Blobs and parts of packs that had to be read from the store")
const evictions = counter(
  "musehub_cache_evictions_total",
  "Blobs and parts of packs that were evicted to make room for others"
)
const held = Metric.gauge("musehub_cache_bytes", {
  description: "Bytes that count towards the cache's limit"
})

const ofTier = <Input, State>(metric: Metric.Metric<Input, State>) => ({
  memory: Metric.withAttributes(metric, { tier: "memory" }),
  disk: Metric.withAttributes(metric, { tier: "disk" }),
  flight: Metric.withAttributes(metric, { tier: "flight" })
})

const [hitsOf, hitBytesOf, evictionsOf, heldOf] = [ofTier(hits), ofTier(hitBytes), ofTier(evictions), ofTier(held)]

/** Counts one object of `bytes` bytes that came from a tier, or from another reader's read. */
export const countHit = (tier: Tier | "flight", bytes: number): Effect.Effect<void> =>
  Effect.andThen(Metric.update(hitsOf[tier], 1), Metric.update(hitBytesOf[tier], bytes))

/** Counts one object that is read from the store. */
export const countMiss: Effect.Effect<void> = Metric.update(misses, 1)

/** Counts the objects that a tier evicted, and records the bytes that it now holds. */
export const countHeld = (tier: Tier, evicted: number, bytes: number): Effect.Effect<void> =>
  Effect.andThen(Metric.update(evictionsOf[tier], evicted), Metric.update(heldOf[tier], bytes))
