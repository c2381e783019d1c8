/**
 * Keeps other sites from sending requests in the name of a user who is signed in. A request that changes something
 * brings, beside the cookie, a token that only the hub's own pages know: it is made of the session's secret, so it ends
 * with the session, and says nothing of it. What the browser says of where a request comes from is checked besides.
 */
import { isSameDigest, keyedSha256 } from "@musehub/domain/object/Digest"
import { Sha256 } from "@musehub/domain/object/Id"
import { Option, Redacted, Schema } from "effect"
import type { Headers } from "effect/http"

/** The field of forms, and the header of other requests, that has the token. */
export const csrfField = "csrf"
export const csrfHeader = "x-csrf-token"

const purpose = "musehub csrf token"

/** Returns the token of a session by the session's secret. */
export const csrfToken = (secret: Redacted.Redacted): string => keyedSha256(Redacted.value(secret), purpose)

const decodeDigest = Schema.decodeUnknownOption(Sha256)

/** Says whether a token is that of the session. */
export const isCsrfToken = (secret: Redacted.Redacted, given: string | undefined): boolean =>
  Option.exists(decodeDigest(given), (digest) => isSameDigest(digest, keyedSha256(Redacted.value(secret), purpose)))

/**
 * Says whether a request comes from a page of the hub, as far as the browser tells. Sec-Fetch-Site decides where it is
 * sent: beside a page without a referrer, Origin is `null`. Programs that are no browser send neither.
 */
export const isFromOwnPage = (headers: Headers.Headers, url: URL): boolean => {
  const site = headers["sec-fetch-site"]
  if (site !== undefined) return site === "same-origin"
  const origin = headers["origin"]
  return origin === undefined || origin === url.origin
}
