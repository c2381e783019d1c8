/**
 * Answers what no route takes: another method of a known path (405, with those that the path takes), OPTIONS, and
 * unknown paths. The router does not say which routes it has, so they are recorded on their way to it.
 */
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import { Effect, Layer } from "effect"
import { FindMyWay, HttpRouter, HttpServerError, HttpServerRequest, type HttpServerResponse } from "effect/http"
import { endpointUnknown, hostMissing, methodNotAllowed, urlTooLong } from "../problem/protocolProblems.ts"
import { acceptsHtml } from "../Encoding.ts"
import type { Problem } from "../problem/Problem.ts"
import { Proxies } from "../proxy/Proxies.ts"
import { refuse } from "../refuse.ts"
import { guarded } from "../respond.ts"
import { CorsOrigins, optionsAnswer, readable } from "./Cors.ts"

/** The methods that routes have. HEAD is answered as GET. */
const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
export const everyMethod: ReadonlyArray<string> = ["GET", "HEAD", ...methods.slice(1), "OPTIONS"]

/** Returns the methods that a path takes; none if the path is unknown. */
const methodsAt = (known: FindMyWay.Router<true>, url: string): ReadonlyArray<string> => {
  // Asks about the server as a whole (RFC 9110, section 9.3.7).
  if (url === "*") return everyMethod
  const found = methods.filter((method) => known.find(method, url) !== undefined)
  if (found.length === 0) return []
  return everyMethod.filter((method) => method === "OPTIONS" || found.includes(method === "HEAD" ? "GET" : method))
}

/** Makes the page of a problem, for a browser. */
export type ProblemPage = (
  problem: Problem
) => Effect.Effect<HttpServerResponse.HttpServerResponse, never, HttpServerRequest.HttpServerRequest | Proxies>

interface Options {
  readonly urlLengthMax: number
  readonly page: ProblemPage
}

const answerUnrouted = Effect.fnUntraced(function* (known: FindMyWay.Router<true>, { page, urlLengthMax }: Options) {
  const { headers, method, url } = yield* HttpServerRequest.HttpServerRequest
  const allowed = methodsAt(known, url)
  if (allowed.length === 0) {
    const problem = url.length > urlLengthMax ? urlTooLong(urlLengthMax) : endpointUnknown(method, url)
    return yield* acceptsHtml(headers) ? page(problem) : refuse(problem)
  }
  if (method === "OPTIONS") return yield* optionsAnswer(allowed)
  return yield* refuse(methodNotAllowed(method, url, allowed.join(", ")))
})

const isUnrouted = (error: unknown): boolean =>
  error instanceof HttpServerError.HttpServerError && error.reason._tag === "RouteNotFound"

/** Node would refuse this by itself, without a body. */
const isHostMissing = (request: HttpServerRequest.HttpServerRequest): boolean =>
  request.headers["host"] === undefined && NodeHttpServerRequest.toIncomingMessage(request).httpVersion === "1.1"

/**
 * The router of the hub's routes. A catch-all route would not do: it would take HEAD requests, which the router
 * otherwise answers as GET, and not those whose path cannot be decoded.
 */
export const router = (
  options: Options
): Layer.Layer<HttpRouter.HttpRouter, never, HttpRouter.HttpRouter | CorsOrigins | Proxies> =>
  Layer.effect(
    HttpRouter.HttpRouter,
    Effect.gen(function* () {
      const routing = yield* HttpRouter.HttpRouter
      const origins = yield* CorsOrigins
      const proxies = yield* Proxies
      const known = FindMyWay.make<true>({ maxParamLength: options.urlLengthMax })
      yield* routing.addGlobalMiddleware((handler) =>
        Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
          isHostMissing(request)
            ? refuse(hostMissing)
            : Effect.catch(handler, (error) =>
                isUnrouted(error) ? answerUnrouted(known, options) : Effect.fail(error)
              )
        ).pipe(guarded, readable, Effect.provideService(CorsOrigins, origins), Effect.provideService(Proxies, proxies))
      )
      return HttpRouter.HttpRouter.of({
        ...routing,
        add: (method, path, handler, options) => {
          known.on(method, path, true)
          return routing.add(method, path, handler, options)
        },
        addAll: (routes) => {
          for (const { method, path } of routes) known.on(method, path, true)
          return routing.addAll(routes)
        }
      })
    })
  )
