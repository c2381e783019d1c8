/**
 * A hub under test: the real server on a free port, over the test's store and index. Several hubs may share one store
 * and one index, each with roots of its own, like several processes.
 */
import { layer as lineExtractor } from "@musehub/adapter-memory/LineExtractor"
import { layer as packsLayer, type Packs } from "@musehub/domain/invariant/packs/Packs"
import { layer as rootsLayer, type Roots } from "@musehub/domain/invariant/Roots"
import type { RepositoryId } from "@musehub/domain/object/Id"
import type { Index } from "@musehub/domain/port/index/Index"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { UserName } from "@musehub/domain/repository/Names"
import type { Scope as TokenScope } from "@musehub/domain/hub/Token"
import { type KnownTokens, layer as knownTokens } from "@musehub/domain/usecase/people/KnownTokens"
import { createToken } from "@musehub/domain/usecase/people/tokens"
import { HubAddress, httpServer, type ServeOptions } from "@musehub/http/httpServer"
import type { Pages } from "@musehub/http/routes"
import { direct } from "@musehub/http/proxy/Proxies"
import { Context, Effect, Layer, Logger, Redacted, References, type Scope } from "effect"

export type Storage = Context.Context<ObjectStore | Index>

export interface Hub {
  /** Without a trailing slash. */
  readonly url: string
  readonly services: Context.Context<ObjectStore | Index | KnownTokens | Packs | Roots>
}

export interface HubOptions extends ServeOptions {
  readonly pages: Pages
}

/**
 * Starts a hub that stops when the scope closes. It logs to the given loggers, and to none by default, since the tests
 * cause refusals and faults on purpose. It makes no spans, as the program without a collector. Symbols are those of
 * files in the language of tests.
 */
export const startHub = (
  storage: Storage,
  loggers: ReadonlyArray<Logger.Logger<unknown, unknown>> = [],
  { pages, ...options }: Partial<HubOptions> = {}
): Effect.Effect<Hub, never, Scope.Scope> =>
  Effect.gen(function* () {
    const roots = Layer.mergeAll(Layer.provideMerge(packsLayer, rootsLayer), knownTokens, lineExtractor).pipe(
      Layer.provideMerge(Layer.succeedContext(storage))
    )
    const services = Context.add(yield* Layer.build(Layer.fresh(roots)), References.TracerEnabled, false)
    const listen = { host: "127.0.0.1", port: 0, corsOrigins: [], proxies: direct }
    const server = httpServer({ ...listen, ...options }, pages).pipe(
      Layer.provide(Layer.succeedContext(services)),
      Layer.provide(Logger.layer(loggers))
    )
    const { url } = Context.get(yield* Layer.build(Layer.fresh(server)), HubAddress)
    return { url: url.replace(/\/$/, ""), services }
  }).pipe(Effect.orDie)

export interface TokenOptions {
  readonly scope?: TokenScope
  readonly repository?: RepositoryId
  readonly lifetimeMillis?: number
}

/** Creates a token, and its user on the first call, and returns the secret. */
export const tokenFor = (hub: Hub, user: string, options: TokenOptions = {}): Effect.Effect<string> =>
  createToken({
    user: UserName.make(user),
    scope: options.scope ?? "admin",
    repository: options.repository ?? null,
    lifetimeMillis: options.lifetimeMillis ?? null
  }).pipe(
    Effect.map(({ secret }) => Redacted.value(secret)),
    Effect.provideContext(hub.services),
    Effect.orDie
  )
