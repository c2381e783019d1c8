/** Makes an answer of what a page shows, and a page of what a request failed with. */
import { cut } from "@musehub/domain/base/text/cut"
import { sha256 } from "@musehub/domain/object/Digest"
import { isOperator } from "@musehub/domain/usecase/access/Operators"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { RepositoryMoved, Unauthenticated } from "@musehub/domain/usecase/access/policy"
import { cached } from "@musehub/http/cached"
import type { Failure } from "@musehub/http/problem/failures"
import { type Problem, problemMediaType } from "@musehub/http/problem/Problem"
import { knownUrl, publicUrl } from "@musehub/http/proxy/Proxies"
import { respondWith } from "@musehub/http/respond"
import { type PageVisitor, pageVisitor, signedOut } from "@musehub/http/signIn/visitor"
import { Clock, Context, Effect } from "effect"
import { HttpMiddleware, HttpServerRequest, HttpServerResponse } from "effect/http"
import { safeMethods } from "@musehub/http/exchange/safeMethods"
import type { ComponentChildren } from "preact"
import type { Parameters } from "../html/address.ts"
import { h } from "../html/h.ts"
import { renderToString } from "preact-render-to-string"
import { CurrentExchange } from "@musehub/http/exchange/Exchange"
import { type Site, SiteContext } from "../html/Site.ts"
import { Layout } from "./Layout.ts"
import { ProblemBody, problemTitle } from "./problem.ts"

/** What a page shows. */
export interface PageContent {
  /** Of the window; the name of the hub is added. */
  readonly title: string
  readonly body: ComponentChildren
  /** What the page waits for beside its repository, as the address of its stream says it. */
  readonly waitsFor?: Parameters
}

const titleLengthMax = 200

/** Pages load what the hub serves and nothing else; no script or style stands in a page. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'"
].join("; ")

const headers = {
  "content-security-policy": contentSecurityPolicy,
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  vary: "Accept, Accept-Encoding, Cookie"
}

/** Returns the path of a URL, without a trailing slash. */
const pathOf = (url: string | undefined): string => (url === undefined ? "" : new URL(url).pathname.replace(/\/$/, ""))

/** Who looks at the page that is made. */
export const CurrentVisitor = Context.Reference<PageVisitor>("@musehub/web/page/CurrentVisitor", {
  defaultValue: () => signedOut
})

/** Whoever looks at the page that is made; null if nobody is signed in. */
export const caller: Effect.Effect<Principal | null> = Effect.map(CurrentVisitor, ({ principal }) => principal)

/** Returns who is signed in, with the session in use. */
export const signedIn = Effect.gen(function* () {
  const visitor = yield* CurrentVisitor
  if (visitor._tag === "SignedOut")
    return yield* new Unauthenticated({ reason: "this page is for those who are signed in" })
  return visitor
})

const siteNow = Effect.gen(function* () {
  const { user } = yield* CurrentExchange
  const visitor = yield* CurrentVisitor
  const site: Site = {
    base: pathOf(yield* knownUrl),
    url: yield* publicUrl,
    user,
    isOperator: yield* isOperator(visitor.principal),
    csrf: visitor._tag === "SignedIn" ? visitor.csrf : null,
    now: yield* Clock.currentTimeMillis
  }
  return site
})

/** Makes the answer of a page. `more` are headers beside those of every page, or in their place. */
export const rendered = ({ body, title }: PageContent, status: number, more: Problem["headers"] = {}) =>
  Effect.map(siteNow, (site) =>
    HttpServerResponse.text(
      `<!doctype html>${renderToString(
        h(SiteContext.Provider, { value: site }, h(Layout, { title: `${cut(title, titleLengthMax)} · MuseHub` }, body))
      )}`,
      { status, contentType: "text/html; charset=utf-8", headers: { ...headers, ...more } }
    )
  )

/** Returns the page of a problem. It is kept nowhere. */
export const problemPage = (problem: Problem) =>
  rendered({ title: problemTitle(problem), body: h(ProblemBody, { problem }) }, problem.status, {
    ...problem.headers,
    "cache-control": "no-store"
  })

/** Answers with another path of the hub, which the browser asks for with GET. */
export const seeOther = Effect.fnUntraced(function* (path: string) {
  const location = pathOf(yield* knownUrl) + path
  return HttpServerResponse.empty({ status: 303, headers: { location, "cache-control": "no-store" } })
})

const moved = Effect.fnUntraced(function* ({ to }: RepositoryMoved) {
  const { method, url } = yield* HttpServerRequest.HttpServerRequest
  const [, rest = ""] = /^\/[^/?]*\/[^/?]*(.*)$/s.exec(url) ?? []
  return HttpServerResponse.empty({
    // A form is sent again as it is, so that nothing typed is lost.
    status: safeMethods.has(method) ? 302 : 307,
    headers: { location: `${pathOf(yield* knownUrl)}/${to}${rest}`, "cache-control": "no-store" }
  })
})

/** Leads a request to the name that a repository has now. */
export const atItsName = <A, E, R>(answer: Effect.Effect<A, E, R>) =>
  Effect.catchIf(
    answer,
    (error) => error instanceof RepositoryMoved,
    (error) => moved(error as RepositoryMoved)
  )

/** Makes the endpoint of a page. It answers 304 to a browser that has the same page. */
export const page = <E extends Failure, R>(content: Effect.Effect<PageContent, E, R>) =>
  respondWith(
    Effect.gen(function* () {
      const answer = yield* rendered(yield* content, 200)
      if (answer.body._tag !== "Uint8Array") return answer
      const etag = `W/"${sha256(answer.body.body)}"`
      const kept = yield* cached({ etag, control: "private, no-cache" }, Effect.succeed(answer))
      return HttpServerResponse.setHeader(kept, "vary", headers.vary)
    }).pipe(Effect.provideServiceEffect(CurrentVisitor, pageVisitor), atItsName),
    problemPage,
    problemMediaType
  ).pipe(HttpMiddleware.compression())
