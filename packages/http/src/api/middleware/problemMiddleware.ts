/**
 * Handles the failures of every endpoint of the REST API. A part of a request that does not conform to the contract
 * becomes a problem that names it, and a defect becomes a 500 with a request id. Answers are not cacheable unless they
 * say so.
 */
import { RequestRefused } from "@musehub/domain/wire/RequestRefused"
import { Effect, Layer } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiError } from "effect/http-api"
import { respond } from "../../respond.ts"
import { ProblemMiddleware } from "../contract/middleware.ts"

const partNames: { readonly [kind: string]: string } = { Params: "path", Query: "query", Headers: "headers" }

/**
 * Returns the refusal of the part of the request that does not conform. An answer that does not conform is a defect.
 */
const refusal = (error: unknown): Effect.Effect<never, RequestRefused> => {
  if (!HttpApiError.HttpApiSchemaError.is(error)) return Effect.die(error)
  const field = partNames[error.kind]
  if (field === undefined) return Effect.die(error.cause)
  return Effect.fail(new RequestRefused({ field, reason: `is refused: ${error.cause.message}`, kind: "malformed" }))
}

export const problemMiddleware: Layer.Layer<ProblemMiddleware> = Layer.succeed(ProblemMiddleware, (httpEffect) =>
  respond(Effect.catch(httpEffect, refusal)).pipe(
    Effect.map((response) =>
      response.headers["cache-control"] === undefined
        ? HttpServerResponse.setHeader(response, "cache-control", "no-store")
        : response
    )
  )
)
