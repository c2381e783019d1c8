/** How the adapters in memory offer themselves to the hub: `memory:` for each port. */
import { ConfigurationRefused, type ObjectStorePlugin } from "@musehub/domain/port/Plugin"
import { Effect, Layer } from "effect"
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
