/** The caller of a request: the holder of its bearer token; null without a token. */
import { Unauthenticated } from "@musehub/domain/usecase/access/policy"
import { authenticate, publicIdOfSecret } from "@musehub/domain/usecase/people/tokens"
import { Effect } from "effect"
import type { Headers } from "effect/http"
import { bearerHash, bearerOf } from "./exchange/bearer.ts"
import { CurrentExchange } from "./exchange/Exchange.ts"
import { authenticating } from "./limits/authenticating.ts"

/** Returns the caller. An invalid token is refused even if no token is needed (docs/wire.md, section 7). */
export const callerOf = Effect.fnUntraced(function* (headers: Headers.Headers) {
  if (headers["authorization"] === undefined) return null
  const token = bearerOf(headers)
  if (token === undefined) {
    return yield* new Unauthenticated({ reason: "the Authorization header is not 'Bearer <token>'" })
  }
  const principal = yield* authenticating(bearerHash(token), authenticate(token))
  const exchange = yield* CurrentExchange
  exchange.token = publicIdOfSecret(token)
  exchange.user = principal.user
  return principal
})

/** Returns the caller. Fails with `Unauthenticated` if the request has no token. */
export const knownCaller = Effect.fnUntraced(function* (headers: Headers.Headers, purpose: string) {
  const caller = yield* callerOf(headers)
  return caller ?? (yield* new Unauthenticated({ reason: `${purpose} needs a token` }))
})
