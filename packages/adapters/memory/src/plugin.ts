/** The plugins of the adapters in memory: `memory:` for each port. */
import { ConfigurationRefused, type IndexPlugin, type ObjectStorePlugin } from "@musehub/domain/port/Plugin"
import { Effect, Layer } from "effect"
import * as MemoryIndex from "./MemoryIndex.ts"
import * as MemoryObjectStore from "./MemoryObjectStore.ts"

const usage = "memory:"

export const objectStorePlugin: ObjectStorePlugin = {
  port: "ObjectStore",
  scheme: "memory",
  usage,
  layer: (url) =>
    Layer.unwrap(
      url === usage
        ? Effect.succeed(MemoryObjectStore.layer())
        : Effect.fail(
            new ConfigurationRefused({ setting: "object store URL", reason: `expected ${usage} and nothing after it` })
          )
    )
}

const open = (url: string) =>
  Layer.unwrap(
    url === usage
      ? Effect.succeed(Layer.fresh(MemoryIndex.layer))
      : Effect.fail(
          new ConfigurationRefused({ setting: "index URL", reason: `expected ${usage} and nothing after it` })
        )
  )

export const indexPlugin: IndexPlugin = { port: "Index", scheme: "memory", usage, layer: open, shadow: open }
