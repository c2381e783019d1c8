/**
 * The edge of every endpoint of the REST API: a part of a request that does not fit the contract becomes a problem that
 * names it, a defect becomes a 500 with an id, and no answer is kept by anybody unless it says so itself.
 */
import { RequestRefused } from "@musehub/domain/wire/RequestRefused"
import { Effect, Layer } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiError } from "effect/http-api"
import { respondWithProblem } from "../../respond.ts"
import { ProblemMiddleware } from "../contract/middleware.ts"

const partNames: { readonly [kind: string]: string } = { Params: "path", Query: "query", Headers: "headers" }

/** What of the request did not fit. An answer that does not fit its own schema is a defect. */
const refusal = (error: unknown): Effect.Effect<never, RequestRefused> => {
  if (!HttpApiError.HttpApiSchemaError.is(error)) return Effect.die(error)
  const field = partNames[error.kind]
  if (field === undefined) return Effect.die(error.cause)
  return Effect.fail(new RequestRefused({ field, reason: `is refused: ${error.cause.message}`, kind: "malformed" }))
}

export const problemMiddleware: Layer.Layer<ProblemMiddleware> = Layer.succeed(ProblemMiddleware, (httpEffect) =>
  respondWithProblem(Effect.catch(httpEffect, refusal)).pipe(
    Effect.map((response) =>
      response.headers["cache-control"] === undefined
        ? HttpServerResponse.setHeader(response, "cache-control", "no-store")
        : response
    )
  )
)
