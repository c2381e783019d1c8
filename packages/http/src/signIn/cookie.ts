/**
 * The cookie of a session. Behind TLS it has the prefix `__Host-`, so no other host and no plain page can set or read
 * it. Without TLS there is one on this machine alone, where nothing of it leaves the machine.
 */
import { Effect, Redacted } from "effect"
import { HttpServerRequest, HttpServerResponse } from "effect/http"
import { knownUrl } from "../proxy/Proxies.ts"

const secureName = "__Host-musehub"
const plainName = "musehub"

const loopback: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"])

/**
 * Returns the URL at which browsers have the hub: that which the setting or a trusted proxy gives, or else the one that
 * the browser names, on this machine. Undefined if it has neither TLS nor a name of this machine.
 */
export const browserUrl = Effect.gen(function* () {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const url = URL.parse((yield* knownUrl) ?? `http://${headers["host"] ?? ""}`)
  return url !== null && (url.protocol === "https:" || loopback.has(url.hostname)) ? url : undefined
})

type Cookies = HttpServerRequest.HttpServerRequest["cookies"]

/** Returns the secret that a request brings in the cookie of either name, which is not checked. */
export const claimedSecret = (cookies: Cookies): Redacted.Redacted | undefined => {
  const text = cookies[secureName] ?? cookies[plainName]
  return text === undefined ? undefined : Redacted.make(text)
}

/** Returns the secret in the cookie of the request, which is not checked; undefined if there is none. */
export const cookieSecret = Effect.gen(function* () {
  const { cookies } = yield* HttpServerRequest.HttpServerRequest
  const url = yield* browserUrl
  if (url === undefined) return undefined
  const text = cookies[nameAt(url)]
  return text === undefined ? undefined : Redacted.make(text)
})

const kept = (url: URL) =>
  ({ httpOnly: true, secure: url.protocol === "https:", sameSite: "strict", path: "/" }) as const

const nameAt = (url: URL): string => (url.protocol === "https:" ? secureName : plainName)

/** Has the browser keep the secret of a session until it ends. */
export const keepCookie = (url: URL, secret: Redacted.Redacted, expiresAt: string) =>
  HttpServerResponse.setCookieUnsafe(nameAt(url), Redacted.value(secret), {
    ...kept(url),
    expires: new Date(expiresAt)
  })

/** Has the browser forget the secret. */
export const forgetCookie = (url: URL) => HttpServerResponse.expireCookieUnsafe(nameAt(url), kept(url))
