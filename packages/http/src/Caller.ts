/** The caller of a request: the holder of its bearer token; null without a token. */
import { Unauthenticated } from "@musehub/domain/usecase/access/policy"
import { authenticate, publicIdOfSecret } from "@musehub/domain/usecase/people/tokens"
import { Effect, Redacted } from "effect"
import type { Headers } from "effect/http"
import { CurrentExchange } from "./exchange/Exchange.ts"
import { authenticating } from "./limits/RateLimits.ts"

const bearer = /^bearer +([\x21-\x7e]{1,512}) *$/i

/** Returns the caller. An invalid token is refused even if no token is needed (docs/wire.md, section 7). */
export const callerOf = Effect.fnUntraced(function* (headers: Headers.Headers) {
  const header = headers["authorization"]
  if (header === undefined) return null
  const secret = bearer.exec(header)?.[1]
  if (secret === undefined)
    return yield* new Unauthenticated({ reason: "the Authorization header is not 'Bearer <token>'" })
  const token = Redacted.make(secret)
  const principal = yield* authenticating(authenticate(token))
  const exchange = yield* CurrentExchange
  exchange.token = publicIdOfSecret(token)
  return principal
})

/** Returns the caller. Fails with `Unauthenticated` if the request has no token. */
export const knownCaller = Effect.fnUntraced(function* (headers: Headers.Headers, purpose: string) {
  const caller = yield* callerOf(headers)
  return caller ?? (yield* new Unauthenticated({ reason: `${purpose} needs a token` }))
})
