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
import { type Form, readForm } from "./Form.ts"

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

/** Says whether a request comes from a page of the hub, at an address where browsers sign in. */
const isFromHere = Effect.gen(function* () {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const url = yield* browserUrl
  return url !== undefined && isFromOwnPage(headers, url)
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
  if (safeMethods.has(method)) return session.principal
  if ((yield* isFromHere) && isCsrfToken(session.secret, headers[csrfHeader])) return session.principal
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

export interface VisitorSignedIn {
  readonly _tag: "SignedIn"
  readonly principal: Principal
  readonly session: Session
  /** The token for the forms of the session's pages. */
  readonly csrf: string
}

export interface VisitorSignedOut {
  readonly _tag: "SignedOut"
  readonly principal: null
}

export const signedOut: VisitorSignedOut = { _tag: "SignedOut", principal: null }

/** Who looks at a page. */
export type PageVisitor = VisitorSignedIn | VisitorSignedOut

const visitorOf = ({ principal, secret, session }: BrowserSession): VisitorSignedIn => ({
  _tag: "SignedIn",
  principal,
  session,
  csrf: csrfToken(secret)
})

/**
 * Returns who looks at a page, with the token for the forms on it. A session that has ended is none, so that what is
 * public is read all the same. An Authorization header says nothing to pages.
 */
export const pageVisitor = browserSession.pipe(
  Effect.map((session): PageVisitor => (session === null ? signedOut : visitorOf(session))),
  Effect.catchTag("Unauthenticated", () => Effect.succeed<PageVisitor>(signedOut))
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

/** The session of a form's sender, or why there is none. */
const sender = browserSession.pipe(
  Effect.map((session) => {
    if (session !== null) return session
    return new Unauthenticated({ reason: "sending this form needs you to be signed in" })
  }),
  Effect.catchTag("Unauthenticated", (ended) => Effect.succeed(ended))
)

/** A form, and who sent it. Nothing may be done with one that is refused. */
export type Received =
  | { readonly _tag: "Sent"; readonly form: Form; readonly visitor: VisitorSignedIn }
  | {
      readonly _tag: "Refused"
      readonly form: Form
      readonly visitor: PageVisitor
      readonly refusal: Forbidden | Unauthenticated
    }

/**
 * Reads a form of a page, and who sent it. One that the hub's own page sent after its session ended, or another began,
 * is returned with its refusal, so that what was typed can be shown again. One of another site is refused unread, and
 * one without a session is read up to 64 KiB, since anybody can send it.
 */
export const received = Effect.fnUntraced(function* (bytesMax?: number) {
  const session = yield* sender
  if (!(yield* isFromHere)) {
    const reason = "this form is from another site; load the page again, and send it from there"
    return yield* session instanceof Unauthenticated ? session : new Forbidden({ reason })
  }
  if (session instanceof Unauthenticated) {
    const unsent: Received = { _tag: "Refused", form: yield* readForm(), visitor: signedOut, refusal: session }
    return unsent
  }
  const form = yield* readForm(bytesMax)
  const visitor = visitorOf(session)
  const reason = "this form is from a page of another session, so nothing was done; look at it, and send it again"
  const sent: Received = isCsrfToken(session.secret, form.get(csrfField))
    ? { _tag: "Sent", form, visitor }
    : { _tag: "Refused", form, visitor, refusal: new Forbidden({ reason }) }
  return sent
})
