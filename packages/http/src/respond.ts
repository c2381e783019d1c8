/**
 * Turns the failures of endpoints into answers: an error becomes a problem, a defect becomes a 500 with a request id.
 */
import { Cause, Effect, Exit } from "effect"
import { contentTypeOf } from "./Encoding.ts"
import { CurrentExchange } from "./exchange/Exchange.ts"
import { auditRefusal } from "./problem/auditRefusal.ts"
import type { Failure } from "./problem/failures.ts"
import { defectProblem, type Problem, problemMediaType, problemOf } from "./problem/Problem.ts"
import { refuse } from "./refuse.ts"

/**
 * Logs an internal failure in full under the request id. Returns its problem with the id, which is all that the client
 * gets.
 */
const internal = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>, problem?: Problem) {
  const { requestId } = yield* CurrentExchange
  yield* Effect.logError(`request ${requestId} failed`, cause)
  const { body, ...rest } = problem ?? defectProblem(requestId)
  return { ...rest, body: { ...body, requestId } }
})

/** Answers a defect that is left: of a handler that does not `respond`, or of building a problem. */
export const guarded = <A, E, R>(answered: Effect.Effect<A, E, R>, mediaType?: string) =>
  Effect.catchDefect(answered, (defect) =>
    Effect.flatMap(internal(Cause.die(defect)), (problem) => refuse(problem, mediaType))
  )

const problemOfCause = Effect.fnUntraced(function* (cause: Cause.Cause<Failure>) {
  const failure = cause.reasons.find(Cause.isFailReason)?.error
  if (failure === undefined) return yield* internal(cause)
  yield* auditRefusal(failure)
  const problem = problemOf(failure)
  // Too much work for the moment is in the metrics; a line of the log for each refusal would be more work.
  return problem.status < 500 || failure.kind === "busy" ? problem : yield* internal(cause, problem)
})

/** Runs an endpoint. Returns its result, or what `answer` makes of the problem of its failure. */
export const respondWith = <A, E extends Failure, R, B, S>(
  endpoint: Effect.Effect<A, E, R>,
  answer: (problem: Problem) => Effect.Effect<B, never, S>,
  mediaType: string
) =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(endpoint)
    if (Exit.isSuccess(exit)) return exit.value
    return yield* guarded(Effect.flatMap(problemOfCause(exit.cause), answer), mediaType)
  })

/** Runs an endpoint. Returns its result, or the problem of its failure. */
const settled = <A, E extends Failure, R>(endpoint: Effect.Effect<A, E, R>, mediaType: string) =>
  respondWith(endpoint, (problem) => refuse(problem, mediaType), mediaType)

/** Runs an endpoint so that it never fails: a failure is answered with its problem. */
export const respond = <A, E extends Failure, R>(endpoint: Effect.Effect<A, E, R>) =>
  settled(endpoint, problemMediaType)

/** Runs an endpoint of older agents so that it never fails. They read a problem only as `application/json`. */
export const respondInJson = <A, E extends Failure, R>(endpoint: Effect.Effect<A, E, R>) =>
  settled(endpoint, contentTypeOf.json)
