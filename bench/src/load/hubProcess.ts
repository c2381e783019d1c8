/**
 * A hub in a process of its own, over the store and the index that MUSEHUB_OBJECT_STORE and MUSEHUB_INDEX name: the same layers
 * as `musehub serve`, without its probe and first-start hints. Prints one line of JSON, `{url, token}`, and ends with
 * its standard input.
 */
import { NodeRuntime } from "@effect/platform-node"
import { plugin as files } from "@musehub/adapter-filesystem/plugin"
import { indexStorePlugin as memoryIndex, objectStorePlugin as memoryStore } from "@musehub/adapter-memory/plugin"
import { embeddedPlugin, postgresPlugin } from "@musehub/adapter-postgres/plugin"
import { plugin as s3 } from "@musehub/adapter-s3/plugin"
import { layer as roots } from "@musehub/domain/invariant/Roots"
import { UserName } from "@musehub/domain/repository/Names"
import { createToken } from "@musehub/domain/usecase/tokens"
import { HubAddress, serve } from "@musehub/http/serve"
import { Effect, Layer, Redacted } from "effect"

const chosen = <P extends { readonly scheme: string }>(plugins: ReadonlyArray<P>, variable: string) => {
  const url = process.env[variable] ?? ""
  const plugin = plugins.find(({ scheme }) => url.startsWith(`${scheme}:`))
  if (plugin === undefined) throw new Error(`${variable} names no adapter: ${url.split(":", 1)[0]}`)
  return { plugin, url }
}

const store = chosen([files, s3, memoryStore], "MUSEHUB_OBJECT_STORE")
const index = chosen([embeddedPlugin, postgresPlugin, memoryIndex], "MUSEHUB_INDEX")

const storage = roots("store").pipe(
  Layer.provideMerge(index.plugin.layer(index.url)),
  Layer.provideMerge(store.plugin.layer(store.url))
)

const inputEnds = Effect.callback<void>((resume) => {
  process.stdin.on("close", () => resume(Effect.void)).resume()
})

const main = Effect.gen(function* () {
  const { secret } = yield* createToken({
    user: UserName.make("bench"),
    scope: "admin",
    repository: null,
    lifetimeMillis: null
  })
  const { url } = yield* HubAddress
  process.stdout.write(`${JSON.stringify({ url, token: Redacted.value(secret) })}\n`)
  yield* inputEnds
})

main.pipe(
  Effect.provide(serve({ host: "127.0.0.1", port: 0 }).pipe(Layer.provideMerge(storage))),
  NodeRuntime.runMain
)
