import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { blobApart, blobOf } from "../Blob.ts"

describe("a large file of a commit", () => {
  it.effect("is hashed while the event loop turns", () =>
    Effect.gen(function* () {
      const content = new Uint8Array(8 * 1024 * 1024).fill(7)
      let turned = false
      setImmediate(() => {
        turned = true
      })
      const blob = yield* blobApart(content)
      assert.isTrue(turned)
      assert.strictEqual(blob.id, blobOf(content).id)
    })
  )
})
