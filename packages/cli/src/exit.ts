/**
 * Turns the result of a command into one line on stderr and an exit code. A defect is shown with an incident id that is
 * easy to search for; its stack trace is shown only at log level debug.
 */
import { Cause, Console, Context, Effect, Exit, MutableRef, Result } from "effect"
import { CliError } from "effect/cli"
import { randomUUID } from "node:crypto"
import { type CommandError, endingOf, exitCodes } from "./errors.ts"
import { shown } from "./output.ts"
import { reasonOf } from "./reason.ts"

/** What `conclude` needs to know about the running command. */
export interface Course {
  /** Whether the operator asked for details. */
  debug: boolean
  /** Whether stopping the command is success, as for one that runs until it is stopped. */
  stopIsSuccess: boolean
}

export const CurrentCourse = Context.Reference<MutableRef.MutableRef<Course>>("@musehub/cli/CurrentCourse", {
  defaultValue: () => MutableRef.make<Course>({ debug: false, stopIsSuccess: false })
})

/** Updates the state of the running command. */
export const note = (part: Partial<Course>): Effect.Effect<void> =>
  Effect.map(CurrentCourse, (course) => {
    MutableRef.update(course, (known) => ({ ...known, ...part }))
  })

/** Prints a line on stderr. Messages contain untrusted text: branches, paths, titles. */
const say = (text: string) => Console.error(`musehub: ${shown(text)}`)

const endOfDefect = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>, debug: boolean) {
  const incident = randomUUID()
  const reason = reasonOf(Cause.squash(cause))
  yield* say(
    "a bug in the hub ended this command (incident " +
      `${incident})${reason === "" ? "" : `: ${reason}`}${debug ? "" : "; --log-level debug shows where"}`
  )
  if (debug) yield* Console.error(Cause.pretty(cause))
  return exitCodes.defect
})

/** Reports the end of a command and returns the exit code. */
export const conclude = Effect.fnUntraced(function* (exit: Exit.Exit<void, CommandError | CliError.CliError>) {
  if (Exit.isSuccess(exit)) return exitCodes.ok
  const { debug, stopIsSuccess } = MutableRef.get(yield* CurrentCourse)
  const { cause } = exit
  const failure = Cause.findError(cause)
  // A defect beside a failure is its cause or its consequence, and must not be hidden.
  if (Cause.hasDies(cause)) return yield* endOfDefect(cause, debug)
  if (Result.isFailure(failure)) return stopIsSuccess ? exitCodes.ok : exitCodes.interrupted
  const error = failure.success
  if (CliError.isCliError(error)) {
    if (error._tag !== "ShowHelp") yield* say(error.message)
    return exitCodes.usage
  }
  const { exitCode, message } = endingOf(error)
  yield* say(message)
  if (debug) yield* Console.error(Cause.pretty(cause))
  return exitCode
})
