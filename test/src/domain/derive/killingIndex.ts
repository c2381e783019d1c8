/** An index for derivers that are killed: its rounds are small, and one of its calls, or what follows it, dies. */
import { interposedIndex } from "@musehub/domain/port/interpose/interposedIndex"
import { Effect } from "effect"
import type { Seeded } from "../../support/seeded.ts"
import type { TestHub } from "../support/hubSamples.ts"

/** Returns the index of a hub, of whose first `callsMax` calls one dies, before or after it took effect. */
export const killingIndex = ({ index }: Pick<TestHub, "index">, random: Seeded, callsMax: number) => {
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
