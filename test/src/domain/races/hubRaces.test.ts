/**
 * Two hubs on one store race with pushes, forced ones too, merges of proposals and merges of packs, each with an index
 * of its own, and both with the same one. `MUSEHUB_HUB_RACES` says how many rounds.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { interposedIndex } from "../../e2e/hub/interposedIndex.ts"
import { interposed } from "../../support/interposedStore.ts"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import { startHub } from "../support/hubSamples.ts"
import { assertNothingLost, raceHubs } from "./raceHubs.ts"
import { memoryIndex, memoryStore } from "../support/rootSamples.ts"

const rounds = Number(process.env["MUSEHUB_HUB_RACES"] ?? "100")

const minutes = 5 * 60_000

/** Lets others go first now and then, as calls over a network do. */
const hesitating =
  (random: Seeded) =>
  <A, E, R>(_: unknown, effect: Effect.Effect<A, E, R>) =>
    random.chance(0.5)
      ? effect
      : Effect.andThen(
          Effect.promise(() => new Promise<void>(setImmediate)),
          effect
        )

describe("two hubs on one store", () => {
  for (const indexes of ["an index each", "one index"]) {
    it.live(
      `lose nothing in ${rounds} rounds of racing pushes, proposals and merges of packs, with ${indexes}`,
      () =>
        forSeeds(1, (random) =>
          Effect.gen(function* () {
            const store = interposed(yield* memoryStore, hesitating(random))
            const index = Effect.map(memoryIndex, (plain) => interposedIndex(plain, hesitating(random)))
            const first = yield* index
            const second = indexes === "one index" ? first : yield* index
            const hubs = [yield* startHub({ store, index: first }), yield* startHub({ store, index: second })] as const
            const raced = yield* raceHubs(random, hubs, rounds)
            for (const what of ["pushed", "forced", "merged", "twins", "packs merged", "NonFastForward"]) {
              assert.isAbove(raced.outcomes.get(what) ?? 0, 0, what)
            }
            yield* assertNothingLost(hubs, raced, yield* startHub({ store }))
          })
        ),
      minutes
    )
  }
})
