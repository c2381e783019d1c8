/** Derivers that are killed: their rounds are small, and one of their calls of the index, or what follows it, dies. */
import { assert } from "@effect/vitest"
import { interposedIndex } from "@musehub/domain/port/interpose/interposedIndex"
import type { Repository } from "@musehub/domain/repository/Root"
import { derivedTrees, deriveRounds, type WorkingDeriver } from "@musehub/domain/usecase/derive/deriveRounds"
import { Effect, Exit } from "effect"
import type { Seeded } from "../../support/seeded.ts"
import { at, startHub, type TestHub } from "../support/hubSamples.ts"

/** Calls of the index, of which one dies. */
const callsMax = 10

/** Returns the index of a hub, of whose first calls one dies, before or after it took effect. */
const killingIndex = ({ index }: Pick<TestHub, "index">, random: Seeded) => {
  let calls = random.below(callsMax)
  return interposedIndex(
    Effect.succeed({
      ...index,
      underived: (work, limit) => index.underived(work, Math.min(limit, 1 + random.below(9)))
    }),
    "",
    (_operation, effect) => {
      const isLast = calls-- === 0
      const killed = Effect.die("killed")
      if (!isLast) return effect
      return random.chance(0.5) ? killed : Effect.andThen(effect, killed)
    }
  )
}

/** Derives what is left in a repository in the name of a holder, as `deriveRounds` does. */
export const deriveHeld = (...given: Parameters<typeof deriveRounds>) =>
  Effect.provide(deriveRounds(...given), derivedTrees)

/** Derives what is left in a repository by hubs that die, one after the other, until nothing is left. */
export const deriveWithKills = Effect.fnUntraced(function* (
  hub: TestHub,
  working: WorkingDeriver,
  { id: repository }: Repository,
  random: Seeded
) {
  const { deriver } = working
  const of = { deriver: deriver.name, repository }
  yield* hub.index.startDeriver(deriver)
  for (let attempt = 0; (yield* hub.index.pendingCommits(deriver.name, repository)) > 0; attempt++) {
    assert.isBelow(attempt, 1000)
    const dying = yield* startHub({ ...hub, index: killingIndex(hub, random) })
    const holder = `holder ${attempt}`
    const run = yield* Effect.exit(at(dying)(deriveHeld(working, repository, holder)))
    if (Exit.isFailure(run)) yield* hub.index.releaseDerivation(of, holder)
  }
})
