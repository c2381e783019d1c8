/** Gives an answer that no handler makes what `observed` gives the others: its id, its line of the log, its count. */
import { RandomId } from "@musehub/domain/port/RandomId"
import { Effect } from "effect"
import { countAnswered, countBegun } from "./metrics.ts"

export interface Unhandled {
  readonly method: string
  readonly status: number
  /** The code of the parser's error. */
  readonly reason?: string | undefined
}

/** Notes an answer that is about to be sent, and returns its request id. */
export type NoteUnhandled = (answer: Unhandled) => string

/** Makes the function for callbacks of Node's server, which run outside of every fiber. */
export const noteUnhandled: Effect.Effect<NoteUnhandled> = Effect.gen(function* () {
  const randomId = yield* RandomId
  const run = Effect.runForkWith(yield* Effect.context())
  return ({ method, reason, status }) => {
    const requestId = randomId()
    const line = `${method} answered with ${status}${reason === undefined ? "" : `: ${reason}`}`
    run(
      Effect.logDebug(line).pipe(
        Effect.annotateLogs({ requestId }),
        Effect.andThen(countBegun),
        Effect.andThen(countAnswered({ method, route: undefined, status, millis: 0 }))
      )
    )
    return requestId
  }
})
