/** Downloads that clients make past the hub. */
import { assert } from "@effect/vitest"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Duration, Effect } from "effect"
import { blob, keyOf, newRepository } from "../StoreSamples.ts"
import { blobAndPack, needs, assertBytes, contentOf, type Capabilities, type Suite } from "./support.ts"

export const downloads = (it: Suite, can: Capabilities) => {
  needs(it, can.signUrls, "the store signs no URLs").effect(
    "a client downloads blobs and packs with one plain GET, whole or a range",
    () =>
      Effect.gen(function* () {
        const store = yield* ObjectStore
        const { presignGet } = (yield* Effect.fromOption(store.signed)).downloads
        const repository = newRepository()
        const get = Effect.fnUntraced(function* (url: string, headers: Record<string, string> = {}) {
          return yield* Effect.promise(async () => {
            const answer = await fetch(url, { headers })
            return { status: answer.status, bytes: new Uint8Array(await answer.arrayBuffer()) }
          })
        })
        for (const object of [...(yield* blobAndPack(100_000)), ...(yield* blobAndPack(1000))]) {
          yield* store.put(repository, object)
          const url = yield* presignGet(keyOf(repository, object), Duration.minutes(5))
          const whole = yield* get(url)
          assert.strictEqual(whole.status, 200)
          assertBytes(whole.bytes, contentOf(object))
          const part = yield* get(url, { range: "bytes=10-19" })
          assert.strictEqual(part.status, 206)
          assertBytes(part.bytes, contentOf(object).subarray(10, 20))
        }
        const nowhere = yield* presignGet(keyOf(repository, blob("never put")), Duration.minutes(5))
        assert.strictEqual((yield* get(nowhere)).status, 404)
      })
  )
}
