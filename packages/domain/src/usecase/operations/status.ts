/** How the hub is: where its two halves lie, what they hold, and whether the store was found fit. */
import { Effect, Option } from "effect"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { lastProbe } from "./probe.ts"

/** Needs both halves to answer; a failure names the one that does not. */
export const status = Effect.fn("status")(function* () {
  const store = yield* ObjectStore
  const index = yield* RepositoryIndex
  const [counts, probed] = yield* Effect.all([index.counts, lastProbe()], { concurrency: 2 })
  return { objectStore: store.location, index: index.location, counts, probe: Option.getOrNull(probed) }
})
