/** Runs programs that write packs. */
import type { Packs } from "@musehub/domain/invariant/packs/Packs"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Effect } from "effect"
import { fencedRootsOver, memoryStore } from "../../support/rootSamples.ts"

/** Runs a program with a store in memory. */
export const withPacks = <A, E>(program: Effect.Effect<A, E, ObjectStore | Packs>) =>
  Effect.gen(function* () {
    const store = yield* memoryStore
    return yield* program.pipe(Effect.provide(yield* fencedRootsOver(store)), Effect.provideService(ObjectStore, store))
  })
