/** Gives handlers the caller of a request, the repository in its path and its body. */
import { jsonValue } from "@musehub/domain/wire/json"
import type { Access } from "@musehub/domain/usecase/access/policy"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { Effect, Schema } from "effect"
import { HttpServerRequest, type HttpServerResponse } from "effect/http"
import { wholeBody } from "../Body.ts"
import { callerOf } from "../Caller.ts"
import type { Failure } from "../problem/failures.ts"
import { type FieldsRefused, refuseFields } from "../problem/FieldsRefused.ts"
import type { ProblemOf } from "../problem/schemas.ts"
import { respond } from "../respond.ts"
import { strictly } from "./contract/parseOptions.ts"
import { fieldErrors } from "./input/fieldErrors.ts"

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

/**
 * The size up to which every wrong field of a body is named, in bytes. In a larger body only the first one is, since
 * the number of wrong fields, and the memory that they take, grows with it.
 */
const everyErrorBytesMax = 256 * 1024

/** Decodes the body, or a part of it `at` a name, by a schema of the contract. Unknown fields are refused. */
export const decoded = <A>(schema: Schema.Codec<A, unknown>, at: ReadonlyArray<string> = []) => {
  const decode = Schema.decodeUnknownEffect(schema)
  return (value: unknown, bytes: Uint8Array): Effect.Effect<A, FieldsRefused> =>
    Effect.mapError(
      decode(value, { ...strictly, errors: bytes.byteLength > everyErrorBytesMax ? "first" : "all" }),
      ({ issue }) => refuseFields("body", fieldErrors(issue, "body", at))
    )
}

/** Reads the body as JSON and decodes it by the schema. Call this after the caller is authorized. */
export const jsonBody = <A>(schema: Schema.Codec<A, unknown>, bytesMax = bodyBytesMax) =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const bytes = yield* wholeBody(request, bytesMax)
    const value = yield* decoded(schema)(yield* Effect.fromResult(jsonValue(bytes)), bytes)
    return { bytes, value }
  })
