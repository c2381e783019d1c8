/**
 * Reports the status of the hub: the locations of its store and index, their counts, and the last probe of the store.
 */
import { Effect, Option } from "effect"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { lastProbe } from "./probe.ts"

/** Needs both the store and the index; a failure names the one that is unavailable. */
export const status = Effect.fn("status")(function* () {
  const store = yield* ObjectStore
  const index = yield* RepositoryIndex
  const [counts, probed] = yield* Effect.all([index.counts, lastProbe()], { concurrency: 2 })
  return { objectStore: store.location, index: index.location, counts, probe: Option.getOrNull(probed) }
})
