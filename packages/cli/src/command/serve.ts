/**
 * `musehub serve`: probes the store, serves until it is stopped, and then finishes the requests in flight: the server
 * closes first, the index last. Refuses a store that cannot keep history safe.
 */
import { RepositoryIndex } from "@musehub/domain/port/index/RepositoryIndex"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { FairScheduler } from "@musehub/http/fairness/FairScheduler"
import { collectEvery } from "@musehub/domain/usecase/operations/gc/collectEvery"
import { Context, Effect, Layer, Option, Redacted, Scheduler } from "effect"
import { Command, Flag } from "effect/cli"
import {
  cacheDirectorySetting,
  cacheDiskSetting,
  cacheMemorySetting,
  firstTokenFileSetting,
  firstUserSetting,
  gcEverySetting,
  hostSetting,
  legacyDatabaseSetting,
  legacyObjectsSetting,
  packAfterSetting,
  portSetting,
  readCache,
  readLegacy,
  readListen
} from "../config/Configuration.ts"
import { corsOriginsSetting } from "../config/cors.ts"
import { indexDeadlineSetting } from "../config/deadlines.ts"
import { sayFolder } from "../config/folders.ts"
import { publicUrlSetting, readProxies, trustedProxiesSetting } from "../config/proxy.ts"
import { readSetting, sourceOf } from "../config/Setting.ts"
import { derivingLayer, packingLayer, servedLayer, servingLayer } from "../Composition.ts"
import { note } from "../exit.ts"
import { ListenFailed } from "../errors.ts"
import { hint, print } from "../output.ts"
import { musehub, storageConfiguration } from "./musehub.ts"
import { banner } from "./serve/banner.ts"
import { readOperation } from "./serve/operation.ts"
import { firstStart } from "./serve/firstStart.ts"
import { requireFit } from "./serve/requireFit.ts"

const input = {
  host: Flag.String(hostSetting.flag.slice(2)).pipe(
    Flag.withMetavar("HOST"),
    Flag.withDescription(`Address to listen on (${hostSetting.variable}; default ${hostSetting.fallback})`),
    Flag.optional
  ),
  port: Flag.String(portSetting.flag.slice(2)).pipe(
    Flag.withMetavar("PORT"),
    Flag.withDescription(
      `Port to listen on; 0 takes any free one (${portSetting.variable}; default ${portSetting.fallback})`
    ),
    Flag.optional
  ),
  user: Flag.String(firstUserSetting.flag.slice(2)).pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription(
      `Name of the user that the first start creates (${firstUserSetting.variable}; default: the system's user)`
    ),
    Flag.optional
  )
}

const serving = Effect.fn("serve")(function* (flags: Command.Command.Config.Infer<typeof input>) {
  const { json } = yield* musehub
  const storage = yield* storageConfiguration
  const listen = yield* readListen(flags)
  const address = `${sourceOf(hostSetting, flags.host)}, ${sourceOf(portSetting, flags.port)}`
  const corsOrigins = (yield* readSetting(corsOriginsSetting, Option.none())).value
  const operation = yield* readOperation
  const proxies = yield* readProxies
  const cache = yield* readCache()
  const legacy = yield* readLegacy()
  const packAfter = (yield* readSetting(packAfterSetting, Option.none())).value
  const gcEvery = (yield* readSetting(gcEverySetting, Option.none())).value
  const user = (yield* readSetting(firstUserSetting, flags.user)).value
  const firstTokenFile = yield* readSetting(firstTokenFileSetting, Option.none())
  yield* Effect.scoped(
    Effect.gen(function* () {
      yield* requireFit(storage)
      const store = yield* ObjectStore
      const index = yield* RepositoryIndex
      const http = yield* Effect.promise(() => import("@musehub/http/httpServer"))
      const { pages } = yield* Effect.promise(() => import("@musehub/web/pages"))
      const { url } = Context.get(
        yield* Layer.build(
          http
            .httpServer({ ...listen, corsOrigins, proxies }, pages)
            .pipe(
              Layer.provide(operation),
              Layer.provide(packingLayer(packAfter)),
              Layer.provide(derivingLayer),
              Layer.provide(servedLayer(cache, legacy))
            )
        ).pipe(Effect.catchTag("ServeError", (cause) => new ListenFailed({ setting: address, cause }))),
        http.HubAddress
      )
      // Over the store itself, past the caches.
      if (Option.isSome(gcEvery)) yield* Effect.forkScoped(collectEvery(gcEvery.value))
      yield* sayFolder(storage.objectStore)
      yield* sayFolder(storage.index)
      yield* note({ stopIsSuccess: true })
      yield* Effect.addFinalizer(() => hint("stopping: finishing the requests in flight"))
      // Only after the port is bound: a token that is created and never shown would be lost.
      const first = yield* firstStart(user, { isTerminal: process.stdout.isTTY, file: firstTokenFile })
      yield* print(
        json,
        {
          url,
          ...(proxies.publicUrl === undefined ? {} : { publicUrl: proxies.publicUrl }),
          ...Option.match(first, {
            onNone: () => ({}),
            onSome: ({ token, user: created }) => ({
              user: created,
              ...(token._tag === "Shown" ? { token: Redacted.value(token.secret) } : { tokenFile: token.path })
            })
          })
        },
        banner({
          url,
          publicUrl: proxies.publicUrl,
          objectStore: store.location,
          index: index.location,
          storage,
          first
        })
      )
      return yield* Effect.never
    })
  ).pipe(Effect.provide(servingLayer(storage)), Effect.provideService(Scheduler.Scheduler, new FairScheduler()))
})

export const serve = Command.make("serve", input, serving).pipe(
  Command.withDescription(
    "Serve the hub until SIGINT or SIGTERM, then finish the requests in flight and exit with 0. At start the " +
      "object store is probed, behind the fence that MUSEHUB_FENCE names, and refused if it is unfit. The first " +
      "start on an empty store creates a user and a token, and shows the token on a terminal; where the output is " +
      `none, the token is in the file ${firstTokenFileSetting.variable} (default ` +
      `${firstTokenFileSetting.fallback}), for the hub's user alone. An index that is unavailable is ` +
      "taken in when it comes; until then, and while it answers nothing for " +
      `${indexDeadlineSetting.fallback} (${indexDeadlineSetting.variable}), reads go on from the object store and ` +
      "writes are refused. Objects that were read are cached in " +
      `memory, up to ${cacheMemorySetting.variable} (default ${cacheMemorySetting.fallback}; 0: none), and in ` +
      `the folder ${cacheDirectorySetting.variable}, if set, up to ${cacheDiskSetting.variable} ` +
      `(default ${cacheDiskSetting.fallback}). Small objects are packed, so that clones read fewer and larger ` +
      `objects, ${packAfterSetting.fallback} after a push (${packAfterSetting.variable}; never: only by ` +
      `\`musehub repo pack\`). Garbage is collected as often as ${gcEverySetting.variable} says (default ` +
      `${gcEverySetting.fallback}), by one hub of those on a store. Until a legacy hub is backfilled, ` +
      "objects that exist only as rows of its database " +
      `are built from them: ${legacyDatabaseSetting.variable} is its postgres:// URL and ` +
      `${legacyObjectsSetting.variable} its folder of objects; both are only read. Pages of the origins in ` +
      `${corsOriginsSetting.variable} (default: none) may call the hub from a browser. Logs, metrics and limits: ` +
      "docs/operations.md. Behind a proxy, " +
      `${publicUrlSetting.variable} is the URL under which clients know the hub, and ` +
      `${trustedProxiesSetting.variable} are the proxies whose X-Forwarded headers are believed ` +
      "(docs/deployment.md). With --json: one line with url, publicUrl if set, and on the first start user and " +
      "tokenFile (token, on a terminal)."
  ),
  Command.withShortDescription("Serve the hub until it is stopped"),
  Command.withExamples([
    { command: "musehub serve", description: "Serve with the defaults, on http://127.0.0.1:10003" },
    { command: "musehub serve --port 0 --json", description: "On any free port, for a script" }
  ])
)
