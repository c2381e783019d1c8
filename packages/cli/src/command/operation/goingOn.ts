/** What is said where a command ends before it is done: by Ctrl-C, a kill that can be caught, or a failure. */
import { Cause, Effect, Exit, Result } from "effect"
import { CliError } from "effect/cli"
import { type CommandError, endingOf, exitCodes } from "../../errors.ts"
import { hint } from "../../output.ts"

/** Says whether the same command can do better at another time. What was refused is refused again. */
const mayPass = (cause: Cause.Cause<CommandError | CliError.CliError>): boolean => {
  const failure = Cause.findError(cause)
  if (Result.isFailure(failure)) return true
  const error = failure.success
  return !CliError.isCliError(error) && endingOf(error).exitCode === exitCodes.unavailable
}

/** Says on stderr how to go on, unless the effect succeeds or is refused. */
export const goingOn =
  (how: string) =>
  <A, E extends CommandError | CliError.CliError, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.onExit(effect, (exit) => (Exit.isFailure(exit) && mayPass(exit.cause) ? hint(how) : Effect.void))
