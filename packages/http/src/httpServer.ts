/**
 * The HTTP server over a store, an index and the roots. Closing its scope stops accepting and lets requests in flight
 * finish.
 */
import type { Fence } from "@musehub/domain/invariant/Fence"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import type { Roots } from "@musehub/domain/invariant/Roots"
import type { Index } from "@musehub/domain/port/index/Index"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Context, Duration, Effect, Layer } from "effect"
import { HttpRouter, HttpServer, type HttpServerError } from "effect/http"
import { createServer } from "node:http"
import { pathParameterLengthMax } from "./api/apiRoutes.ts"
import { routes } from "./routes.ts"

/** Where the hub listens. */
export class HubAddress extends Context.Service<HubAddress, { readonly url: string }>()("@musehub/http/HubAddress") {}

export interface ServeOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
}

/** Requests in flight have this long to finish after the signal to stop. */
const shutdownSeconds = 30
/** A push over a slow line may take its time; what bounds it is the size of its body and the client's own timeout. */
const requestMillisMax = 6 * 60 * 60 * 1000
/** Headers must come at once. */
const headersMillisMax = 60_000

const address = Layer.effect(
  HubAddress,
  Effect.map(HttpServer.HttpServer, (server) => ({ url: HttpServer.formatAddress(server.address) }))
)

/** Serves until its scope closes. */
export const httpServer = (
  options: ServeOptions
): Layer.Layer<HubAddress, HttpServerError.ServeError, ObjectStore | Index | Fence | Roots> =>
  Layer.merge(
    HttpRouter.serve(routes, {
      disableLogger: true,
      disableListenLog: true,
      routerConfig: { maxParamLength: pathParameterLengthMax }
    }),
    address
  ).pipe(
    Layer.provide(
      NodeHttpServer.layer(
        () =>
          createServer({
            requestTimeout: requestMillisMax,
            headersTimeout: headersMillisMax,
            keepAliveTimeout: 75_000
          }),
        { host: options.host, port: options.port, gracefulShutdownTimeout: Duration.seconds(shutdownSeconds) }
      )
    )
  )
