/**
 * `/login` and `/logout`. A link is looked at with GET and used up with POST, so that programs that preview links use
 * none up. Neither the link nor its answers lead anywhere else: no referrer, no frame, no cache.
 */
import { sha256 } from "@musehub/domain/object/Digest"
import { Forbidden } from "@musehub/domain/usecase/access/policy"
import { lookAtLink, signIn } from "@musehub/domain/usecase/people/signIn/links"
import { endSession } from "@musehub/domain/usecase/people/signIn/sessions"
import { authenticating } from "@musehub/http/limits/authenticating"
import type { Failure } from "@musehub/http/problem/failures"
import { problemMediaType, statuses } from "@musehub/http/problem/Problem"
import { respondWith } from "@musehub/http/respond"
import { browserUrl, forgetCookie, keepCookie } from "@musehub/http/signIn/cookie"
import { isFromOwnPage } from "@musehub/http/signIn/csrf"
import { readForm } from "@musehub/http/signIn/Form"
import { localPath } from "@musehub/http/signIn/localPath"
import { pageVisitor, received } from "@musehub/http/signIn/visitor"
import { Effect, Layer, Redacted } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { h } from "../html/h.ts"
import { CurrentVisitor, type PageContent, problemPage, rendered } from "../page/page.ts"
import { Confirm, Help, Refused, SignOut } from "./bodies.ts"

const headers = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY"
}

const html = (content: PageContent, status = 200) => rendered(content, status, headers)

const seeOther = (location: string) => HttpServerResponse.empty({ status: 303, headers: { ...headers, location } })

/** Answers what was refused with a page that says what to do now. */
const refusedAs =
  (title: string) =>
  ({ kind, message }: { readonly kind: "forbidden"; readonly message: string }) =>
    html({ title, body: h(Refused, { title, message }) }, statuses[kind])

/** Returns the URL at which the browser has the hub. Refuses one that could not keep a cookie safe. */
const safeUrl = Effect.flatMap(browserUrl, (url) =>
  url === undefined
    ? new Forbidden({
        reason:
          "Browsers sign in over https, or at localhost, so that nobody on the way can read along. If this address " +
          "has https, the hub does not know: set MUSEHUB_PUBLIC_URL, or name the proxy in MUSEHUB_TRUSTED_PROXIES."
      })
    : Effect.succeed(url)
)

/** Returns a path of the hub as browsers have it, below the base path of the public URL. */
const below = (url: URL, path: string): string => url.pathname.replace(/\/+$/, "") + path

const notSignedIn = "You are not signed in"

/** `GET /login`: asks for the press of a button, and leaves the link unused. */
const look = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const query = new URLSearchParams(request.url.split("?", 2)[1])
  const code = query.get("code")
  yield* safeUrl
  if (code === null) {
    const visitor = yield* pageVisitor
    if (visitor._tag === "SignedOut") return yield* html({ title: "Sign in", body: h(Help, null) })
    const { user } = visitor.principal
    return yield* Effect.provideService(
      html({ title: "Sign out", body: h(SignOut, { user }) }),
      CurrentVisitor,
      visitor
    )
  }
  const user = yield* authenticating(sha256(code), lookAtLink(Redacted.make(code)))
  return yield* html({ title: "Sign in", body: h(Confirm, { user, code, next: localPath(query.get("next")) }) })
}).pipe(Effect.catchTag(["Forbidden", "LinkRefused"], refusedAs(notSignedIn)))

/** Ends the session that the browser had before, of which it will keep nothing. */
const endFormer = Effect.gen(function* () {
  const former = yield* pageVisitor
  if (former._tag === "SignedIn") yield* endSession(former.principal.user, former.session.id)
}).pipe(Effect.catch((error) => Effect.logWarning("the former session of a browser goes on", error)))

/** `POST /login`: uses the link up and gives the browser a session of its own. */
const use = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const url = yield* safeUrl
  const form = yield* readForm()
  if (!isFromOwnPage(request.headers, url)) {
    return yield* new Forbidden({ reason: "this form is from another site; open the link again, and sign in there" })
  }
  const code = form.get("code") ?? ""
  const begun = yield* authenticating(sha256(code), signIn(Redacted.make(code), request.headers["user-agent"] ?? ""))
  yield* endFormer
  return seeOther(below(url, localPath(form.get("next")))).pipe(keepCookie(url, begun.secret, begun.session.expiresAt))
}).pipe(Effect.catchTag(["Forbidden", "LinkRefused"], refusedAs(notSignedIn)))

/** `POST /logout`: ends the session, at every hub. A browser whose session has ended forgets it. */
const leave = Effect.gen(function* () {
  const url = yield* safeUrl
  const sent = yield* received()
  if (sent._tag === "Refused") return yield* sent.refusal
  const { principal, session } = sent.visitor
  yield* Effect.catchTag(endSession(principal.user, session.id), "SessionUnknown", () => Effect.void)
  return forgetCookie(url)(seeOther(below(url, "/"))).pipe(HttpServerResponse.setHeader("clear-site-data", '"cache"'))
}).pipe(
  Effect.catchTag("Unauthenticated", () =>
    Effect.map(browserUrl, (url) => {
      const answer = seeOther(url === undefined ? "/" : below(url, "/"))
      return url === undefined ? answer : forgetCookie(url)(answer)
    })
  ),
  Effect.catchTag("Forbidden", refusedAs("You are still signed in"))
)

/** Answers with a page whatever happens, and keeps the secret in the address from the pages that it leads to. */
const answered = <E extends Failure, R>(endpoint: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>) =>
  respondWith(
    endpoint,
    (problem) => Effect.map(problemPage(problem), HttpServerResponse.setHeaders(headers)),
    problemMediaType
  )

export const loginRoutes = Layer.mergeAll(
  HttpRouter.add("GET", "/login", answered(look)),
  HttpRouter.add("POST", "/login", answered(use)),
  HttpRouter.add("POST", "/logout", answered(leave))
)
