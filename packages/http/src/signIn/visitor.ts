/**
 * Who a request of the REST API or of a page comes from: the holder of its bearer token or, without one, the user whose
 * browser it is. The wire takes tokens alone (`../Caller.ts`).
 */
import type { Session } from "@musehub/domain/hub/SignIns"
import { sha256 } from "@musehub/domain/object/Digest"
import { Forbidden, type Principal, Unauthenticated } from "@musehub/domain/usecase/access/policy"
import { authenticateSession, type SignedIn } from "@musehub/domain/usecase/people/signIn/sessions"
import { Effect, Redacted } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import { callerOf } from "../Caller.ts"
import { CurrentExchange } from "../exchange/Exchange.ts"
import { safeMethods } from "../exchange/safeMethods.ts"
import { authenticating } from "../limits/authenticating.ts"
import { browserUrl, cookieSecret } from "./cookie.ts"
import { csrfField, csrfHeader, csrfToken, isCsrfToken, isFromOwnPage } from "./csrf.ts"
import { readForm } from "./Form.ts"

/** A browser that is signed in, and the secret that it sent. */
interface BrowserSession extends SignedIn {
  readonly secret: Redacted.Redacted
}

/** Keeps the browser from answering out of its cache what it got while it was signed in, once it no longer is. */
const varyByCookie = HttpEffect.appendPreResponseHandler((_request, response) => {
  const { vary } = response.headers
  return Effect.succeed(
    /\bcookie\b/i.test(vary ?? "")
      ? response
      : HttpServerResponse.setHeader(response, "vary", vary === undefined ? "cookie" : `${vary}, cookie`)
  )
})

const authenticated = (secret: Redacted.Redacted) =>
  authenticating(sha256(Redacted.value(secret)), authenticateSession(secret))

/** Returns the session of the request's cookie; null without one. A session that has ended is refused. */
const browserSession = Effect.gen(function* () {
  const secret = yield* cookieSecret
  if (secret === undefined) return null
  yield* varyByCookie
  const signedIn = yield* authenticated(secret)
  const exchange = yield* CurrentExchange
  exchange.token = signedIn.session.id
  exchange.user = signedIn.principal.user
  const session: BrowserSession = { ...signedIn, secret }
  return session
})

const hasBearer = Effect.map(
  HttpServerRequest.HttpServerRequest,
  ({ headers }) => headers["authorization"] !== undefined
)

/** Returns who the request is from, whatever it may do; null if it says nothing of that. */
export const identified = Effect.gen(function* () {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  if (yield* hasBearer) return yield* callerOf(headers)
  return (yield* browserSession)?.principal ?? null
})

/** Says whether a request with a cookie comes from a page of the hub that the session was shown. */
const isOwn = Effect.fnUntraced(function* ({ secret }: BrowserSession, token: string | undefined) {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const url = yield* browserUrl
  return url !== undefined && isFromOwnPage(headers, url) && isCsrfToken(secret, token)
})

/**
 * Returns the caller of the REST API; null without a token and a session. A cookie alone, which browsers send by
 * themselves, authenticates nothing that changes something.
 */
export const visitor = Effect.gen(function* () {
  const { headers, method } = yield* HttpServerRequest.HttpServerRequest
  if (yield* hasBearer) return yield* callerOf(headers)
  const session = yield* browserSession
  if (session === null) return null
  if (safeMethods.has(method) || (yield* isOwn(session, headers[csrfHeader]))) return session.principal
  return yield* new Unauthenticated({
    reason:
      "a session changes something only from a page of this hub, with the page's token in X-CSRF-Token; " +
      "send a bearer token instead"
  })
})

/** Returns the caller of the REST API. Fails with `Unauthenticated` if the request has neither token nor session. */
export const knownVisitor = Effect.fnUntraced(function* (purpose: string) {
  return (yield* visitor) ?? (yield* new Unauthenticated({ reason: `${purpose} needs a token` }))
})

/** Who looks at a page. */
export type PageVisitor =
  | { readonly _tag: "SignedIn"; readonly principal: Principal; readonly session: Session; readonly csrf: string }
  /** `hasEnded`: the browser brought a session that goes on no more. */
  | { readonly _tag: "SignedOut"; readonly principal: null; readonly hasEnded: boolean }

/**
 * Returns who looks at a page, with the token for the forms on it. A session that has ended is none, so that what is
 * public is read all the same. An Authorization header says nothing to pages.
 */
export const pageVisitor = browserSession.pipe(
  Effect.map((session): PageVisitor =>
    session === null
      ? { _tag: "SignedOut", principal: null, hasEnded: false }
      : { _tag: "SignedIn", principal: session.principal, session: session.session, csrf: csrfToken(session.secret) }
  ),
  Effect.catchTag("Unauthenticated", () =>
    Effect.succeed<PageVisitor>({ _tag: "SignedOut", principal: null, hasEnded: true })
  )
)

/**
 * Returns who looks on, after the answer began: the same visitor. Fails with `Unauthenticated` if the session ended
 * since.
 */
export const lookingOn = ({ principal }: PageVisitor) =>
  Effect.gen(function* () {
    const secret = principal === null ? undefined : yield* cookieSecret
    return secret === undefined ? null : (yield* authenticated(secret)).principal
  })

/** Reads a form of a page, and who sent it. Refuses one without a session, and one that is from another page. */
export const submitted = Effect.fnUntraced(function* (bytesMax?: number) {
  const session = yield* browserSession
  if (session === null) {
    const reason = "sending this form needs you to be signed in; sign in, and send it again from its page"
    return yield* new Unauthenticated({ reason })
  }
  const form = yield* readForm(bytesMax)
  if (!(yield* isOwn(session, form.get(csrfField)))) {
    const reason = "this form is not from a page of your session; load the page again, and send it from there"
    return yield* new Forbidden({ reason })
  }
  return { form, principal: session.principal, session: session.session }
})
