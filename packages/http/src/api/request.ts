/** Gives handlers the caller of a request, the repository in its path and its body. */
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
import { respond } from "../respond.ts"

/** The maximum size of bodies without files, in bytes. */
export const bodyBytesMax = 64 * 1024

/**
 * Makes a handler of the contract from one that fails with domain errors, which become problems. They stay in the type,
 * so a problem that the contract does not declare does not compile.
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
    respond(handler(request))

/** Returns the caller, or null without a token. */
export const caller = Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) => callerOf(headers))

/** Opens the repository of `/repos/{owner}/{slug}/…` for the caller. */
export const opened = Effect.fnUntraced(function* <A extends Access>(
  { owner, slug }: { readonly owner: string; readonly slug: string },
  access: A
) {
  return yield* openRepository(owner, slug, yield* caller, access)
})

/** Decodes a value by a schema of the contract. `field` names the value in the error. */
export const decoded = <A>(schema: Schema.Codec<A, unknown>, field: string) => {
  const decode = Schema.decodeUnknownEffect(schema)
  return (value: unknown): Effect.Effect<A, RequestRefused> =>
    Effect.mapError(decode(value), (error) => refuseField(field, `is refused: ${error.message}`))
}

/** Reads the body as JSON and decodes it by the schema. Call this after the caller is authorized. */
export const jsonBody = <A>(schema: Schema.Codec<A, unknown>, bytesMax = bodyBytesMax) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const bytes = yield* wholeBody(request, bytesMax)
    const value = yield* decoded(schema, "body")(yield* Effect.fromResult(jsonValue(bytes)))
    return { bytes, value }
  })
