/**
 * Turns the failures of endpoints into answers: an error becomes a problem, a defect becomes a 500 with a request id,
 * and the rest of a refused body is drained.
 */
import { RandomId } from "@musehub/domain/port/RandomId"
import { Cause, Effect, Exit } from "effect"
import { type Headers, HttpServerRequest, HttpServerResponse } from "effect/http"
import { drain } from "./Body.ts"
import { acceptedEncoding, answer } from "./Encoding.ts"
import type { Failure } from "./problem/failures.ts"
import { defectProblem, type Problem, problemMediaType, problemOf } from "./problem/Problem.ts"

/** Runs an endpoint. Returns its result, or the problem of its failure as `show` renders it. */
const settled = <A, E extends Failure, R>(
  endpoint: Effect.Effect<A, E, R>,
  show: (problem: Problem, headers: Headers.Headers) => HttpServerResponse.HttpServerResponse
) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const exit = yield* Effect.exit(endpoint)
    if (Exit.isSuccess(exit)) return exit.value
    if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.failCause(exit.cause as Cause.Cause<never>)
    const problem = yield* problemOfCause(exit.cause)
    yield* drain(request)
    return HttpServerResponse.setHeaders(show(problem, request.headers), problem.headers)
  })

/** Runs an endpoint of the wire so that it always answers. Problems are in the encoding that the request accepts. */
export const respond = <E extends Failure, R>(endpoint: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  settled(endpoint, ({ body, status }, headers) => answer(acceptedEncoding(headers), body, status))

/** Runs an endpoint of the REST API so that it never fails. Problems are JSON, whatever the request accepts. */
export const respondWithProblem = <A, E extends Failure, R>(endpoint: Effect.Effect<A, E, R>) =>
  settled(endpoint, ({ body, status }) => answer("json", body, status, problemMediaType))

/** Runs an endpoint of older agents so that it never fails. They read an error only if it is plain JSON. */
export const respondInJson = <A, E extends Failure, R>(endpoint: Effect.Effect<A, E, R>) =>
  settled(endpoint, ({ body, status }) => answer("json", body, status))

/**
 * Returns the problem of a cause. Internal failures are logged in full under the request id; the client gets only the
 * id.
 */
const problemOfCause = Effect.fnUntraced(function* (cause: Cause.Cause<Failure>) {
  const failure = cause.reasons.find(Cause.isFailReason)?.error
  const requestId = (yield* RandomId)()
  const problem: Problem = failure === undefined ? defectProblem(requestId) : problemOf(failure)
  if (problem.status < 500) return problem
  yield* Effect.logError(`request ${requestId} failed`, cause)
  return { ...problem, body: { ...problem.body, requestId } }
})
