/** What is said where a command ends before it is done: by Ctrl-C, a kill that can be caught, or a failure. */
import { Effect, Exit } from "effect"
import { hint } from "../../output.ts"

/** Says on stderr how to go on, unless the effect succeeds. */
export const goingOn =
  (how: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.onExit(effect, (exit) => (Exit.isFailure(exit) ? hint(how) : Effect.void))
