/**
 * Turns the failures of endpoints into answers: an error becomes a problem, a defect becomes a 500 with a request id,
 * and the rest of a refused body is drained.
 */
import { Cause, Effect, Exit } from "effect"
import { HttpServerRequest } from "effect/http"
import { drain } from "./Body.ts"
import { contentTypeOf } from "./Encoding.ts"
import { CurrentExchange } from "./exchange/Exchange.ts"
import { problemAnswer } from "./problem/answer.ts"
import { auditRefusal } from "./problem/auditRefusal.ts"
import type { Failure } from "./problem/failures.ts"
import { defectProblem, type Problem, problemMediaType, problemOf } from "./problem/Problem.ts"

/** Runs an endpoint. Returns its result, or the problem of its failure. */
const settled = <A, E extends Failure, R>(endpoint: Effect.Effect<A, E, R>, mediaType: string) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const exit = yield* Effect.exit(endpoint)
    if (Exit.isSuccess(exit)) return exit.value
    if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.failCause(exit.cause as Cause.Cause<never>)
    const problem = yield* problemOfCause(exit.cause)
    // What stands still would not come within the time of a drain either.
    if (problem.status !== 408) yield* drain(request)
    return problemAnswer(problem, mediaType)
  })

/** Runs an endpoint so that it never fails: a failure is answered with its problem. */
export const respond = <A, E extends Failure, R>(endpoint: Effect.Effect<A, E, R>) =>
  settled(endpoint, problemMediaType)

/** Runs an endpoint of older agents so that it never fails. They read a problem only as `application/json`. */
export const respondInJson = <A, E extends Failure, R>(endpoint: Effect.Effect<A, E, R>) =>
  settled(endpoint, contentTypeOf.json)

/**
 * Returns the problem of a cause. Internal failures are logged in full under the request id; the client gets only the
 * id.
 */
const problemOfCause = Effect.fnUntraced(function* (cause: Cause.Cause<Failure>) {
  const failure = cause.reasons.find(Cause.isFailReason)?.error
  if (failure !== undefined) yield* auditRefusal(failure)
  const { requestId } = yield* CurrentExchange
  const problem: Problem = failure === undefined ? defectProblem(requestId) : problemOf(failure)
  if (problem.status < 500) return problem
  yield* Effect.logError(`request ${requestId} failed`, cause)
  return { ...problem, body: { ...problem.body, requestId } }
})
