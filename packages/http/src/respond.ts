/**
 * The edge of every endpoint: errors become problems, defects become a 500 with an id, and a refused body is drained.
 */
import { RandomId } from "@musehub/domain/port/RandomId"
import { Cause, Effect, Exit } from "effect"
import { type Headers, HttpServerRequest, HttpServerResponse } from "effect/http"
import { drain } from "./Body.ts"
import { acceptedEncoding, answer, type Encoding } from "./Encoding.ts"
import type { Failure } from "./problem/failures.ts"
import { defectProblem, type Problem, problemOf } from "./problem/Problem.ts"

/** Runs an endpoint to its end: what it gave, or the problem that stands for its failure, in the encoding chosen. */
const settled = <A, E extends Failure, R>(
  endpoint: Effect.Effect<A, E, R>,
  encodingOf: (headers: Headers.Headers) => Encoding
) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const exit = yield* Effect.exit(endpoint)
    if (Exit.isSuccess(exit)) return exit.value
    if (Cause.hasInterruptsOnly(exit.cause)) return yield* Effect.failCause(exit.cause as Cause.Cause<never>)
    const problem = yield* problemOfCause(exit.cause)
    yield* drain(request)
    const { status, headers, body } = problem
    return HttpServerResponse.setHeaders(answer(encodingOf(request.headers), body, status), headers)
  })

/** Runs an endpoint so that it always answers. */
export const respond = <E extends Failure, R>(endpoint: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  settled(endpoint, acceptedEncoding)

/** Runs an endpoint of the REST API so that it never fails; its problems are JSON whatever the request accepts. */
export const respondInJson = <A, E extends Failure, R>(endpoint: Effect.Effect<A, E, R>) =>
  settled(endpoint, () => "json")

/** What fails inside is logged whole under the id of the request, which is all that the client learns of it. */
const problemOfCause = Effect.fnUntraced(function* (cause: Cause.Cause<Failure>) {
  const failure = cause.reasons.find(Cause.isFailReason)?.error
  const requestId = (yield* RandomId)()
  const problem: Problem = failure === undefined ? defectProblem(requestId) : problemOf(failure)
  if (problem.status < 500) return problem
  yield* Effect.logError(`request ${requestId} failed`, cause)
  return { ...problem, body: { ...problem.body, requestId } }
})
