/** The URL under which the caller reached the hub, without a trailing slash, for URLs that the hub gives out. */
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"

export const baseUrl = Effect.map(
  HttpServerRequest.HttpServerRequest,
  ({ headers, protocol }) => `${protocol ?? "http"}://${headers["host"] ?? "localhost"}`
)
