/** All routes of the hub and their endpoints. */
import type { Roots } from "@musehub/domain/invariant/Roots"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { apiRoutes, pathParameterLengthMax } from "./api/apiRoutes.ts"
import { syncPullRoute, syncPushRoute } from "./api/sync.ts"
import { documentationRoutes } from "./documentation.ts"
import { acceptedEncoding, answer } from "./Encoding.ts"
import { noteRoute } from "./exchange/Exchange.ts"
import { transfer } from "./limits/transfer.ts"
import { metricsRoute } from "./operations/metrics.ts"
import { ready } from "./operations/ready.ts"
import { type ProblemPage, router } from "./protocol/unrouted.ts"
import { refuse } from "./refuse.ts"
import { respond, respondInJson } from "./respond.ts"
import { fetch, negotiate } from "./wire/fetch.ts"
import { largeBlobs, object } from "./wire/objects.ts"
import { push } from "./wire/push.ts"
import { refs } from "./wire/refs.ts"
import * as releases from "./wire/releases.ts"
import { tags } from "./wire/tags.ts"
import { filter, presign, pushObjects } from "./wire/uploads.ts"

/** `GET /health`: 200 while the process serves; uses neither store nor index. */
const health = Effect.map(HttpServerRequest.HttpServerRequest, ({ headers }) =>
  answer(acceptedEncoding(headers), { status: "ok" })
)

/** What programs ask. */
const endpoints = Layer.mergeAll(
  HttpRouter.add("GET", "/health", respond(health)),
  HttpRouter.add("GET", "/ready", respond(ready)),
  metricsRoute,
  apiRoutes,
  documentationRoutes,
  HttpRouter.add("POST", "/api/v1/repos/:repoId/push", respondInJson(transfer(syncPushRoute))),
  HttpRouter.add("POST", "/api/v1/repos/:repoId/pull", respondInJson(transfer(syncPullRoute))),
  HttpRouter.add("GET", "/:owner/:slug/refs", respond(refs)),
  HttpRouter.add("POST", "/:owner/:slug/filter-objects", respond(filter)),
  HttpRouter.add("POST", "/:owner/:slug/presign", respond(presign)),
  HttpRouter.add("POST", "/:owner/:slug/push/objects", respond(transfer(pushObjects))),
  HttpRouter.add("POST", "/:owner/:slug/push", respond(transfer(push))),
  HttpRouter.add("POST", "/:owner/:slug/negotiate", respond(negotiate)),
  HttpRouter.add("POST", "/:owner/:slug/fetch", respond(transfer(fetch))),
  HttpRouter.add("POST", "/:owner/:slug/large-blobs", respond(largeBlobs)),
  HttpRouter.add("GET", "/:owner/:slug/objects/:type/:id", respond(object)),
  HttpRouter.add("POST", "/:owner/:slug/tags", respond(tags)),
  HttpRouter.add("POST", "/:owner/:slug/releases", respond(releases.publish)),
  HttpRouter.add("GET", "/:owner/:slug/releases", respond(releases.list)),
  HttpRouter.add("DELETE", "/:owner/:slug/releases/:tag", respond(releases.retract))
)

/** Pages for people, which another package makes of what the endpoints use. */
export interface Pages {
  readonly routes: Layer.Layer<never, never, Layer.Services<typeof endpoints> | Roots>
  /** The page of an address that no route takes. */
  readonly unknown: ProblemPage
}

/** All routes, those of the pages among them. */
export const routesWith = ({ routes, unknown }: Pages) =>
  Layer.merge(endpoints, routes).pipe(
    Layer.provide(noteRoute),
    Layer.provide(router({ urlLengthMax: pathParameterLengthMax, page: unknown }))
  )

/** No pages, for a hub that only programs ask. */
export const withoutPages: Pages = { routes: Layer.empty, unknown: (problem) => refuse(problem) }
