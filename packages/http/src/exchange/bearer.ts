/** The bearer token of a request (RFC 6750, section 2.1). */
import { sha256 } from "@musehub/domain/object/Digest"
import { Redacted } from "effect"
import type { Headers } from "effect/http"

const bearer = /^bearer +([\x21-\x7e]{1,512}) *$/i

/** Returns the token in the Authorization header, which is not checked; undefined if there is none. */
export const bearerOf = (headers: Headers.Headers): Redacted.Redacted | undefined => {
  const secret = bearer.exec(headers["authorization"] ?? "")?.[1]
  return secret === undefined ? undefined : Redacted.make(secret)
}

/** Returns the hash of a token: the same however its header is spelled. */
export const bearerHash = (token: Redacted.Redacted): string => sha256(Redacted.value(token))
