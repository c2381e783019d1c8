/** The settings of the caches: defaults, units, refusals, and which caches they put in front of the store. */
import { cachedLayer } from "@musehub/cli/Composition"
import { readCache } from "@musehub/cli/config/Configuration"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { assert, describe, it } from "@effect/vitest"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { ConfigProvider, Context, Effect, Layer, Option } from "effect"
import { blob, keyOf, newRepository } from "@musehub/contract/StoreSamples"
import { callCount } from "../support/countingStore.ts"
import { interposedLayer } from "../support/interposedStore.ts"
import { filesIn, newFolder } from "./support.ts"

const environment = (env: Readonly<Record<string, string>>) =>
  Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env, preserveEmptyStrings: true })))

describe("the settings of the caches", () => {
  it.effect("have the documented defaults", () =>
    Effect.map(readCache().pipe(environment({})), (cache) =>
      assert.deepStrictEqual(cache, {
        memoryBytesMax: 64 * 1024 ** 2,
        directory: Option.none(),
        diskBytesMax: 10 * 1024 ** 3
      })
    )
  )

  it.effect("take sizes with their units", () =>
    Effect.gen(function* () {
      const sizes = { "0": 0, "512B": 512, "1.5 GiB": 1.5 * 1024 ** 3, "10GB": 10e9, "64 mebibytes": 64 * 1024 ** 2 }
      for (const [text, bytes] of Object.entries(sizes)) {
        const cache = yield* readCache().pipe(environment({ MUSEHUB_CACHE_MEMORY: text, MUSEHUB_CACHE_DISK: text }))
        assert.deepStrictEqual([cache.memoryBytesMax, cache.diskBytesMax], [bytes, bytes], text)
      }
    })
  )

  for (const name of ["MUSEHUB_CACHE_MEMORY", "MUSEHUB_CACHE_DISK"]) {
    it.effect(`${name} is refused in one line when it is not a size`, () =>
      Effect.gen(function* () {
        for (const text of ["", "64", "-1MiB", "64 Mib", "0.3B", "1YiB", "lots", `${"9".repeat(40)}B`, "1e3B"]) {
          const error = yield* Effect.flip(readCache().pipe(environment({ [name]: text })))
          assert.strictEqual(error._tag, "ConfigurationRefused", text)
          assert.strictEqual(error.setting, name)
          assert.include(error.reason, "64MiB")
          assert.notInclude(error.reason, "\n")
        }
      })
    )
  }

  it.effect("MUSEHUB_CACHE_DIR names a folder", () =>
    Effect.gen(function* () {
      const cache = yield* readCache().pipe(environment({ MUSEHUB_CACHE_DIR: "/var/cache/muse hub" }))
      assert.deepStrictEqual(cache.directory, Option.some("/var/cache/muse hub"))
      for (const text of ["", "a\0b"]) {
        const error = yield* Effect.flip(readCache().pipe(environment({ MUSEHUB_CACHE_DIR: text })))
        assert.strictEqual(error.setting, "MUSEHUB_CACHE_DIR")
      }
    })
  )

  it.live("decide what is in front of the store: nothing, memory, a folder", () =>
    Effect.gen(function* () {
      const directory = yield* newFolder
      const table = [
        [{ MUSEHUB_CACHE_MEMORY: "0" }, 2, 0],
        [{ MUSEHUB_CACHE_MEMORY: "0", MUSEHUB_CACHE_DIR: directory, MUSEHUB_CACHE_DISK: "0" }, 2, 0],
        [{}, 0, 0],
        [{ MUSEHUB_CACHE_MEMORY: "0", MUSEHUB_CACHE_DIR: directory }, 0, 1]
      ] as const
      for (const [env, reads, files] of table) {
        const cache = yield* readCache().pipe(environment(env))
        const count = callCount()
        const counted = interposedLayer(MemoryObjectStore.layer(), count.interpose)
        const store = Context.get(yield* Layer.build(Layer.provide(cachedLayer(cache), counted)), ObjectStore)
        const repository = newRepository()
        yield* store.put(repository, blob("a"))
        yield* store.get(keyOf(repository, blob("a")))
        yield* store.get(keyOf(repository, blob("a")))
        assert.strictEqual(count.of("get").length, reads)
        assert.strictEqual((yield* filesIn(directory)).length, files)
      }
    })
  )
})
