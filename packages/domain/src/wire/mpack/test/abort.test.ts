/** Tests a sender that cannot go on: where it says so, and what the receiver makes of it. */
import { assert, describe, it } from "@effect/vitest"
import { type Encodable, encode } from "@musehub/msgpack/Encoder"
import { randomChunks, seeded } from "@musehub/msgpack/testing"
import { Effect, Stream } from "effect"
import { blobOf } from "../../../object/Blob.ts"
import { type MpackAbort, mpackAbort, mpackHeader } from "../Format.ts"
import { MpackRefused } from "../Refused.ts"
import { type MpackSource, writeMpack } from "../writeMpack.ts"
import { headerOf, outcomeOf, randomHistory, readWhole, refusal, written } from "./testing.ts"

const pieceBytes = 64

const abort: MpackAbort = {
  error: "its stored bytes are damaged",
  object: ["blob", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"],
  retry: false,
  request: "0b6c7a52-93d4-4c0e-8f25-5d8f6a1e2c3b"
}

const blob = (bytes: number) => {
  const content = new Uint8Array(bytes).map((_, index) => (index * 7) & 0xff)
  return { type: "blob", id: blobOf(content).id, size: bytes, content } as const
}

describe("an abort", () => {
  it("is a map of four, in this order", () => {
    const hex = (text: string) => Buffer.from(text).toString("hex")
    const expected = [
      `84a5${hex("error")}a1${hex("x")}`,
      `a6${hex("object")}92a4${hex("blob")}a2${hex("id")}`,
      `a5${hex("retry")}c3`,
      `a7${hex("request")}a0`
    ].join("")
    const bytes = mpackAbort({ error: "x", object: ["blob", "id"], retry: true, request: "" })
    assert.strictEqual(Buffer.from(bytes).toString("hex"), expected)
    const without = mpackAbort({ error: "x", object: null, retry: true, request: "" })
    assert.include(Buffer.from(without).toString("hex"), `${hex("object")}c0`)
  })

  it("in place of an object or of the trailer ends the stream with what the sender said", () => {
    const { header, sources } = randomHistory(seeded(3), 6, 40)
    for (let count = 0; count <= sources.length; count++) {
      const came = sources.slice(0, count)
      const before = written(headerOf(came), came)
      const objects = before.subarray(mpackHeader(headerOf(came)).byteLength)
      // Without the trailer of the shorter stream, which is a map of five.
      const end = objects.lastIndexOf(0x85)
      const bytes = Buffer.concat([mpackHeader(header), objects.subarray(0, end), mpackAbort(abort)])
      const { error, objects: read } = outcomeOf(bytes)
      assert(error instanceof MpackRefused)
      assert.deepInclude(error, { kind: "cut", offset: bytes.byteLength - mpackAbort(abort).byteLength })
      assert.deepStrictEqual(error.abort, abort)
      assert.include(error.message, `could not read ${abort.object?.join(" ")}: ${abort.error}`)
      assert.deepStrictEqual(
        read.map(({ id }) => id),
        came.map(({ id }) => id)
      )
    }
  })

  it.effect("in place of a piece ends the blob, wherever its content fails", () =>
    Effect.gen(function* () {
      const random = seeded(17)
      const [small, large] = [blob(20), blob(300)]
      const header = headerOf([small, large])
      for (let fails = 0; fails < large.size; fails += 13) {
        const content = Stream.fromIterable(randomChunks(random, large.content.subarray(0, fails), 50)).pipe(
          Stream.concat(Stream.fail("unread" as const))
        )
        const sources: ReadonlyArray<MpackSource<"unread">> = [small, { ...large, content }]
        const chunks = yield* writeMpack(header, Stream.fromIterable(sources), { pieceBytes }).pipe(
          Stream.catch(() => Stream.succeed(mpackAbort(abort))),
          Stream.runCollect
        )
        const { error, objects } = yield* readWhole(randomChunks(random, Buffer.concat(chunks), 30), { pieceBytes })
        assert(error instanceof MpackRefused, `after ${fails} bytes`)
        assert.deepStrictEqual([error.kind, error.abort], ["cut", abort], `after ${fails} bytes: ${error.message}`)
        assert.deepStrictEqual(
          objects.map(({ id }) => id),
          [small.id]
        )
      }
    })
  )

  it("in any other form is refused", () => {
    const header = mpackHeader(headerOf([blob(3)]))
    const { error, object, request, retry } = abort
    const forms: ReadonlyArray<Record<string, Encodable>> = [
      { object, error, retry, request },
      { error, object, retry },
      { error, object, retry, request, more: 1 },
      { error: 5, object, retry, request },
      { error, object: ["blob"], retry, request },
      { error, object: "blob", retry, request },
      { error, object, retry: 1, request },
      { error, object, retry, request: null },
      { error: "x".repeat(5000), object, retry, request }
    ]
    for (const form of forms) {
      const refused = refusal(Buffer.concat([header, encode(form)]))
      assert.notStrictEqual(refused.kind, "cut", JSON.stringify(form))
      assert.isUndefined(refused.abort)
    }
  })
})
