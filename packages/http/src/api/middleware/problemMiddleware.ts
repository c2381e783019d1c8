/**
 * Handles the failures of every endpoint of the REST API. A part of a request that does not conform to the contract
 * becomes a problem that names each wrong field, and a defect becomes a 500 with a request id. Answers are not
 * cacheable unless they say so.
 */
import { fieldErrors, unknownField } from "@musehub/domain/base/fieldErrors"
import { Effect, Layer } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiError, type HttpApiEndpoint } from "effect/http-api"
import { type FieldsRefused, refuseFields, type RequestPart } from "../../problem/FieldsRefused.ts"
import { respond } from "../../respond.ts"
import { ProblemMiddleware } from "../contract/middleware.ts"

const parts: { readonly [kind: string]: RequestPart } = { Params: "path", Query: "query", Headers: "header" }

/**
 * Returns the refusal of the part of the request that does not conform. An answer that does not conform is a defect.
 */
const refusal = (error: unknown): Effect.Effect<never, FieldsRefused> => {
  if (!HttpApiError.HttpApiSchemaError.is(error)) return Effect.die(error)
  const part = parts[error.kind]
  if (part === undefined) return Effect.die(error.cause)
  return Effect.fail(refuseFields(part, fieldErrors(error.cause.issue, part === "query" ? "parameter" : "field")))
}

/** Refuses every parameter of the query of an endpoint that declares none. The others are refused by their schema. */
const refuseUndeclaredQuery = Effect.fnUntraced(function* ({ query }: HttpApiEndpoint.Top) {
  if (query !== undefined) return
  const given = yield* HttpServerRequest.ParsedSearchParams
  const errors = Object.keys(given).map((path) => ({ path, message: unknownField([], "parameter") }))
  if (errors.length > 0) return yield* refuseFields("query", errors)
})

export const problemMiddleware: Layer.Layer<ProblemMiddleware> = Layer.succeed(
  ProblemMiddleware,
  (httpEffect, { endpoint }) =>
    respond(Effect.andThen(refuseUndeclaredQuery(endpoint), Effect.catch(httpEffect, refusal))).pipe(
      Effect.map((response) =>
        response.headers["cache-control"] === undefined
          ? HttpServerResponse.setHeader(response, "cache-control", "no-store")
          : response
      )
    )
)
