/**
 * The msgpack layer compared with every recorded request of the real client, and with `@msgpack/msgpack` in both
 * directions.
 */
import { assert, describe, it } from "@effect/vitest"
import { decode as referenceDecode, encode as referenceEncode } from "@msgpack/msgpack"
import { sha256 } from "@musehub/domain/object/Digest"
import { jsonReader } from "@musehub/domain/wire/json"
import { encode } from "@musehub/msgpack/Encoder"
import { decode, Reader } from "@musehub/msgpack/Reader"
import { randomValue, seeded } from "@musehub/msgpack/testing"
import type { MsgpackMap, MsgpackValue } from "@musehub/msgpack/Value"
import { readPush } from "@musehub/domain/wire/pushBundle"
import { type ArrivingObject, readPushObjects } from "@musehub/domain/wire/pushObjects"
import { readFilterObjects, readPresign, readWantHave } from "@musehub/domain/wire/requests"
import { Effect, Result } from "effect"
import { readdirSync, readFileSync } from "node:fs"

const wire = new URL("../../vectors/wire/", import.meta.url)

interface Recorded {
  readonly name: string
  readonly path: string
  readonly body: Uint8Array
  readonly encoding: string
  /** The body in readable form: bytes as `{$bytes, sha256}`, long parts left out with a mark. */
  readonly readable: unknown
}

interface Exchange {
  readonly path: string
  readonly request: {
    readonly body_file?: string
    readonly decoded?: { readonly encoding: string; readonly value: unknown }
  }
}

const recorded: ReadonlyArray<Recorded> = readdirSync(wire, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".req.bin"))
  .map((name) => {
    const json = readFileSync(new URL(name.replace(/\.req\.bin$/, ".json"), wire), "utf8")
    const { path, request } = JSON.parse(json) as Exchange
    const { encoding, value } = request.decoded ?? { encoding: "raw", value: undefined }
    return { name, path, body: new Uint8Array(readFileSync(new URL(name, wire))), encoding, readable: value }
  })
const msgpack = recorded.filter(({ encoding }) => encoding === "msgpack")
const sentTo = (path: string) => msgpack.filter((request) => request.path.endsWith(path))

type Readable = { readonly [key: string]: unknown }
const isReadable = (value: unknown): value is Readable =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** Compares with the readable form, where `$left_out` stands for the number of elements or entries that it names. */
const assertMeans = (value: MsgpackValue, readable: unknown, at: string): void => {
  if (value instanceof Uint8Array) {
    assert(isReadable(readable), at)
    assert.strictEqual(value.byteLength, readable["$bytes"], at)
    assert.strictEqual(sha256(value) as string, readable["sha256"], at)
  } else if (Array.isArray(value)) {
    assert(Array.isArray(readable), at)
    const last: unknown = readable.at(-1)
    const cut = isReadable(last) && typeof last["$left_out"] === "number" ? last["$left_out"] : undefined
    const shown = cut === undefined ? readable : readable.slice(0, -1)
    assert.strictEqual(value.length, shown.length + (cut ?? 0), at)
    for (const [index, element] of shown.entries())
      assertMeans(value[index] as MsgpackValue, element, `${at}[${index}]`)
  } else if (value instanceof Map) {
    assert(isReadable(readable), at)
    const { $left_out: cut, ...shown } = readable
    const own = new Map(Object.entries(readable)).size - (cut === undefined ? 0 : 1)
    assert.strictEqual(value.size, own + (typeof cut === "number" ? cut : 0), at)
    for (const [key, member] of Object.entries(shown)) {
      assert.isTrue(value.has(key), `${at}.${key}`)
      assertMeans(value.get(key) as MsgpackValue, member, `${at}.${key}`)
    }
  } else if (typeof value === "string") {
    const cut = /^([^]*)\.\.\. \((\d+) characters, see the \.bin file\)$/.exec(String(readable))
    if (cut === null) assert.strictEqual(value, readable, at)
    else {
      assert.isTrue(value.startsWith(cut[1] ?? ""), at)
      assert.strictEqual([...value].length, Number(cut[2]), at)
    }
  } else assert.strictEqual(value, readable, at)
}

/** Bytes are the only values that plain JSON data lacks. */
const plain = (value: MsgpackValue): unknown => {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [key, plain(member)]))
  return Array.isArray(value) ? value.map(plain) : value
}

const decoded = (bytes: Uint8Array) => Result.getOrThrow(decode(bytes))

/** The hub of the recordings made up ids that no content gives: clients have them, but cannot request them here. */
const proper = (id: string) => /^[0-9a-f]{64}$/.test(id)

describe("recorded requests", () => {
  it("exist", () => {
    assert.isAtLeast(msgpack.length, 130)
    assert.isTrue(msgpack.some(({ body }) => Buffer.from(body).includes("__proto__")))
  })

  it("decode to what the recording says", () => {
    let compared = 0
    for (const { name, body, readable } of msgpack) {
      assertMeans(decoded(body), readable, name)
      compared += 1
    }
    assert.strictEqual(compared, msgpack.length)
  })

  it("encode back to the same bytes", () => {
    for (const { name, body } of msgpack) {
      const again = encode(decoded(body))
      // A client may spell a float32 or a long header; the recorded one never does.
      assert.isTrue(Buffer.from(again).equals(body), name)
    }
  })

  it("decode as @msgpack/msgpack decodes them, where it can", () => {
    let refused = 0
    for (const { name, body } of msgpack) {
      const second = Result.try({ try: () => referenceDecode(body), catch: String })
      if (Result.isFailure(second)) {
        assert.match(second.failure, /__proto__/)
        refused += 1
      } else assert.deepStrictEqual(plain(decoded(body)), second.success, name)
    }
    assert.isAbove(refused, 0)
  })

  it.effect("filter-objects, presign, negotiate and fetch", () =>
    Effect.gen(function* () {
      for (const { body } of sentTo("/filter-objects")) {
        const request = yield* readFilterObjects(Reader.fromBytes(body))
        assert.deepStrictEqual(request.objectIds, plain((decoded(body) as MsgpackMap).get("object_ids") ?? null))
      }
      for (const { body } of sentTo("/presign")) {
        const request = yield* readPresign(Reader.fromBytes(body))
        assert.strictEqual(request.direction, "put")
        assert.deepStrictEqual(request.objectIds, plain((decoded(body) as MsgpackMap).get("object_ids") ?? null))
      }
      for (const { body } of [...sentTo("/negotiate"), ...sentTo("/fetch")]) {
        const sent = plain(decoded(body)) as Readonly<Record<"want" | "have", ReadonlyArray<string>>>
        const request = yield* Effect.result(readWantHave(Reader.fromBytes(body)))
        assert.strictEqual(Result.isSuccess(request), sent.want.every(proper))
        if (Result.isFailure(request)) assert.match(request.failure.message, /want\[0\]/)
        else
          assert.deepStrictEqual(
            { ...request.success },
            { want: sent.want, have: sent.have.filter(proper), haveBlobs: [] }
          )
      }
    })
  )

  it.effect("push/objects", () =>
    Effect.gen(function* () {
      for (const { name, body } of sentTo("/push/objects")) {
        const objects: Array<ArrivingObject<never>> = []
        const count = yield* readPushObjects(Reader.fromBytes(body), (object) =>
          Effect.sync(() => objects.push(object))
        )
        assert.strictEqual(count, objects.length)
        assert.isAbove(count, 0)
        for (const { objectId, size, content } of objects) {
          assert(content instanceof Uint8Array)
          assert.strictEqual(size, content.byteLength)
          assert.strictEqual(sha256(content) as string, objectId, name)
        }
      }
    })
  )

  it.effect("push, as msgpack and as JSON", () =>
    Effect.gen(function* () {
      const pushes = sentTo("/push")
      assert.isAbove(pushes.length, 25)
      for (const { name, body } of pushes) {
        const whole = decoded(body) as MsgpackMap
        const bundle = whole.get("bundle") as MsgpackMap
        const json = Buffer.from(JSON.stringify(plain(whole)))
        for (const reader of [Reader.fromBytes(body), yield* jsonReader(json)]) {
          const commits: Array<MsgpackMap> = []
          const snapshots: Array<MsgpackMap> = []
          const { branch, force } = yield* readPush(reader, {
            commits: (records) => Effect.sync(() => commits.push(...records)),
            snapshots: (records) => Effect.sync(() => snapshots.push(...records)),
            objects: () => Effect.die("recorded bundles hold no objects")
          })
          assert.strictEqual(branch, whole.get("branch"), name)
          assert.strictEqual(force, whole.get("force"), name)
          // JSON objects move keys that look like integers to the front, so order is not compared.
          assert.deepStrictEqual(commits.map(plain), (bundle.get("commits") as ReadonlyArray<MsgpackValue>).map(plain))
          assert.deepStrictEqual(
            snapshots.map(plain),
            (bundle.get("snapshots") as ReadonlyArray<MsgpackValue>).map(plain)
          )
        }
      }
    })
  )
})

describe("@msgpack/msgpack", () => {
  it("reads what the encoder writes, and writes what the decoder reads", () => {
    const random = seeded(17)
    let compared = 0
    for (let run = 0; run < 1500; run++) {
      const value = randomValue(random, 3)
      const bytes = encode(value)
      const second = Result.try({ try: () => referenceDecode(bytes, { useBigInt64: true }), catch: String })
      if (Result.isFailure(second)) {
        assert.match(second.failure, /__proto__/)
        continue
      }
      // It strips U+FEFF from the start of long strings.
      if (Buffer.from(bytes).includes("\uFEFF")) continue
      compared += 1
      // It returns every 64-bit integer as bigint, and the decoder only those that need it.
      assert.deepStrictEqual(plain(second.success as MsgpackValue), widened(plain(value)))
      assert.deepStrictEqual(decoded(referenceEncode(second.success, { useBigInt64: true })), value)
    }
    assert.isAbove(compared, 1000)
  })
})

const widened = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(widened)
  if (value instanceof Uint8Array) return value
  if (isReadable(value)) return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, widened(member)]))
  const wide =
    Number.isSafeInteger(value) &&
    !Object.is(value, -0) &&
    ((value as number) > 2 ** 32 - 1 || (value as number) < -(2 ** 31))
  return wide ? BigInt(value as number) : value
}
