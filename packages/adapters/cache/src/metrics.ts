/** What the caches count. The tiers are memory, disk, and joining a read of the same object that is under way. */
import { Effect, Metric } from "effect"

type Tier = "memory" | "disk"

const hits = Metric.counter("musehub_cache_hits_total", {
  description: "Objects that were answered without a read of the store of their own",
  incremental: true
})
const hitBytes = Metric.counter("musehub_cache_hit_bytes_total", {
  description: "Bytes of the objects that were answered without a read of the store of their own",
  incremental: true
})
const misses = Metric.counter("musehub_cache_misses_total", {
  description: "Objects that had to be read from the store",
  incremental: true
})
const evictions = Metric.counter("musehub_cache_evictions_total", {
  description: "Objects that made room for others",
  incremental: true
})
const held = Metric.gauge("musehub_cache_bytes", {
  description: "What the cache holds, as it counts towards its limit"
})

const ofTier = <Input, State>(metric: Metric.Metric<Input, State>) => ({
  memory: Metric.withAttributes(metric, { tier: "memory" }),
  disk: Metric.withAttributes(metric, { tier: "disk" }),
  flight: Metric.withAttributes(metric, { tier: "flight" })
})

const [hitsOf, hitBytesOf, evictionsOf, heldOf] = [ofTier(hits), ofTier(hitBytes), ofTier(evictions), ofTier(held)]

/** One object of so many bytes was answered by a tier, or by joining the read of another reader. */
export const countHit = (tier: Tier | "flight", bytes: number): Effect.Effect<void> =>
  Effect.andThen(Metric.update(hitsOf[tier], 1), Metric.update(hitBytesOf[tier], bytes))

/** One object is asked of the store. */
export const countMiss: Effect.Effect<void> = Metric.update(misses, 1)

/** A tier dropped so many objects to make room, and now holds so many bytes. */
export const countHeld = (tier: Tier, evicted: number, bytes: number): Effect.Effect<void> =>
  Effect.andThen(Metric.update(evictionsOf[tier], evicted), Metric.update(heldOf[tier], bytes))
