/** What handlers need of a request: its caller, the repository in its path, its body. */
import { jsonValue } from "@musehub/domain/wire/json"
import { refuseField, RequestRefused } from "@musehub/domain/wire/RequestRefused"
import type { Access } from "@musehub/domain/usecase/access/policy"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { Effect, Schema } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { wholeBody } from "../Body.ts"
import { callerOf } from "../Caller.ts"
import type { Failure } from "../problem/failures.ts"
import type { ProblemOf } from "../problem/schemas.ts"
import { respondWithProblem } from "../respond.ts"

/** Largest body of calls that bring no files, in bytes. */
export const bodyBytesMax = 64 * 1024

/**
 * Makes a handler of the contract of one that fails as the domain does: its failures become problems. They are answered
 * here, and stay in the type, so that a problem which the contract does not declare does not compile.
 */
export const answering =
  <Request, A, E extends Failure, R>(handler: (request: Request) => Effect.Effect<A, E, R>) =>
  (
    request: Request
  ): Effect.Effect<
    A | HttpServerResponse.HttpServerResponse,
    ProblemOf<E["_tag"]>,
    R | HttpServerRequest.HttpServerRequest
  > =>
    respondWithProblem(handler(request))

/** Whoever sent the request, or nobody. */
export const caller = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) => callerOf(headers))

/** The repository of `/repos/{owner}/{slug}/…`, opened for the caller. */
export const opened = Effect.fnUntraced(function* <A extends Access>(
  { owner, slug }: { readonly owner: string; readonly slug: string },
  access: A
) {
  return yield* openRepository(owner, slug, yield* caller, access)
})

/** A value of the contract's schema; `field` names it where it does not fit. */
export const decoded = <A>(schema: Schema.Codec<A, unknown>, field: string) => {
  const decode = Schema.decodeUnknownEffect(schema)
  return (value: unknown): Effect.Effect<A, RequestRefused> =>
    Effect.mapError(decode(value), (error) => refuseField(field, `is refused: ${error.message}`))
}

/** The bytes of the body as JSON, and as the schema wants it. Read this after the caller was let in. */
export const jsonBody = <A>(schema: Schema.Codec<A, unknown>, bytesMax = bodyBytesMax) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const bytes = yield* wholeBody(request, bytesMax)
    const value = yield* decoded(schema, "body")(yield* Effect.fromResult(jsonValue(bytes)))
    return { bytes, value }
  })
