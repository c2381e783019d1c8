/** An object store keeps the contract behind caches: in memory, in memory and on disk, and on disk alone. */
import { layer as cacheLayer } from "@musehub/adapter-cache/CachedObjectStore"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { Effect, Layer } from "effect"
import { newFolder } from "../cache/support.ts"
import { objectStoreContract } from "@musehub/contract/objectStoreContract"

const refreshAgeMillis = 100
const can = { conditionalWrites: true, signUrls: false, refreshAgeMillis }
const inner = MemoryObjectStore.layer({ refreshAge: refreshAgeMillis })
const mebibyte = 1024 * 1024

const behind = (memoryBytesMax: number, diskBytesMax: number) =>
  Layer.unwrap(
    Effect.map(newFolder, (directory) =>
      Layer.provide(cacheLayer({ memoryBytesMax, disk: { directory, bytesMax: diskBytesMax } }), inner)
    )
  )

objectStoreContract("cache in memory", Layer.provide(cacheLayer({ memoryBytesMax: 64 * mebibyte }), inner), can)

objectStoreContract("cache in memory and on disk", behind(64 * mebibyte, 512 * mebibyte), can)

objectStoreContract("cache on disk", behind(0, 512 * mebibyte), can)

// So small that nearly everything is evicted again.
objectStoreContract("cache that holds almost nothing", behind(20_000, 200_000), can)
