/**
 * The HTTP server over a store, an index and the roots. When its scope closes, it accepts no more connections and lets
 * requests in flight finish.
 */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type { Packs } from "@musehub/domain/invariant/packs/Packs"
import type { Roots } from "@musehub/domain/invariant/Roots"
import type { Index } from "@musehub/domain/port/index/Index"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { layer as documentReader } from "@musehub/domain/reading/document/DocumentReader"
import { layer as snapshotReader } from "@musehub/domain/reading/SnapshotReader"
import { layer as previewsLayer } from "@musehub/domain/usecase/merges/Previews"
import type { KnownTokens } from "@musehub/domain/usecase/people/KnownTokens"
import { layer as knownSignIns } from "@musehub/domain/usecase/people/signIn/KnownSignIns"
import { Context, Duration, Effect, flow, Layer, Scheduler } from "effect"
import { HttpRouter, HttpServer, type HttpServerError } from "effect/http"
import { createServer, type ServerOptions } from "node:http"
import { pathParameterLengthMax } from "./api/apiRoutes.ts"
import { layer as cursors } from "./cursor/Cursors.ts"
import { observed } from "./exchange/observed.ts"
import { noteUnhandled } from "./exchange/noteUnhandled.ts"
import { Beginning } from "./fairness/Beginning.ts"
import { FairScheduler } from "./fairness/FairScheduler.ts"
import { CorsOrigins } from "./protocol/Cors.ts"
import { answeringProtocolErrors } from "./protocol/protocolErrors.ts"
import { type ConnectionLimits, CurrentConnectionLimits } from "./limits/ConnectionLimits.ts"
import { endingEventStreams, eventStreamsLayer } from "./limits/EventStreams.ts"
import { limitConnections } from "./limits/limitConnections.ts"
import { limited } from "./limits/limited.ts"
import { limiterLayer } from "./limits/Limiter.ts"
import { arriving } from "./proxy/arriving.ts"
import { Proxies, type ProxyOptions } from "./proxy/Proxies.ts"
import { type Pages, routesWith, withoutPages } from "./routes.ts"
import { secretParameters } from "./signIn/secretParameters.ts"

/** The address on which the hub listens. */
export class HubAddress extends Context.Service<HubAddress, { readonly url: string }>()("@musehub/http/HubAddress") {}

export interface ServeOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** The origins whose pages may call the hub from a browser: `*` for all, empty for none. */
  readonly corsOrigins: ReadonlyArray<string>
  readonly proxies: ProxyOptions
}

/** The time that requests in flight have to finish after the signal to stop. */
const shutdownSeconds = 30
/**
 * The longest time of a request. A push over a slow line takes long; it is bounded by the size of its body and the
 * client's own timeout.
 */
const requestMillisMax = 6 * 60 * 60 * 1000
/** How often Node looks for requests that are late. */
const checkMillis = 1000

const serverOptions = ({ headersMillisMax }: ConnectionLimits): ServerOptions => ({
  requestTimeout: requestMillisMax,
  headersTimeout: headersMillisMax,
  connectionsCheckingInterval: checkMillis,
  keepAliveTimeout: 75_000,
  // Answered with a problem by `protocol/unrouted.ts`.
  requireHostHeader: false,
  // No endpoint upgrades; a request that offers an upgrade is answered like any other.
  shouldUpgradeCallback: () => false
})

const address = Layer.effect(
  HubAddress,
  Effect.map(HttpServer.HttpServer, (server) => ({ url: HttpServer.formatAddress(server.address) }))
)

const beginnings = Layer.effect(
  Scheduler.Scheduler,
  Effect.map(Scheduler.Scheduler, (scheduler) =>
    scheduler instanceof FairScheduler ? new Beginning(scheduler) : scheduler
  )
)

/**
 * The routes, built without a scheduler: handlers of the REST API run with the services that their layer was built
 * with, which would replace the scheduler of the request by that of its beginning.
 */
const unscheduled = <R>(routes: Layer.Layer<never, never, R>) =>
  Layer.fromBuild((memoMap, scope) =>
    Effect.updateContext(Layer.buildWithMemoMap(routes, memoMap, scope), (services: Context.Context<R>) =>
      Context.omit(Scheduler.Scheduler)(services)
    )
  )

/** Serves until its scope closes. */
export const httpServer = (
  options: ServeOptions,
  pages: Pages = withoutPages
): Layer.Layer<HubAddress, HttpServerError.ServeError, ObjectStore | Index | KnownTokens | Packs | Roots> =>
  Layer.merge(
    // Built after the server, so it ends the streams before the server waits for its answers.
    Layer.provide(
      endingEventStreams,
      HttpRouter.serve(unscheduled(routesWith(pages)), {
        disableLogger: true,
        disableListenLog: true,
        middleware: flow(limited, observed, arriving(options.proxies)),
        routerConfig: { maxParamLength: pathParameterLengthMax }
      }).pipe(Layer.provide(beginnings))
    ),
    address
  ).pipe(
    Layer.provide([
      limiterLayer,
      eventStreamsLayer,
      cursors,
      previewsLayer,
      snapshotReader,
      documentReader,
      knownSignIns
    ]),
    Layer.provide(secretParameters),
    Layer.provide(Layer.succeed(CorsOrigins, options.corsOrigins)),
    Layer.provide(Layer.succeed(Proxies, options.proxies)),
    Layer.provide(
      Layer.unwrap(
        Effect.gen(function* () {
          const limits = yield* CurrentConnectionLimits
          const note = yield* noteUnhandled
          const scheduler = yield* Scheduler.Scheduler
          return NodeHttpServer.layer(
            () => {
              const server = limitConnections(createServer(serverOptions(limits)), limits, options.proxies)
              if (scheduler instanceof FairScheduler) server.on("connection", () => scheduler.connected())
              return answeringProtocolErrors(server, note)
            },
            { host: options.host, port: options.port, gracefulShutdownTimeout: Duration.seconds(shutdownSeconds) }
          )
        })
      )
    )
  )
