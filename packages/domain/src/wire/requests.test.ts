/** Tests the requests of the wire: fields in any order, optional fields, and errors that name the wrong field. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { blobBeforeIdBytesMax, haveBlobsMax, haveIdsMax, negotiatedIdsMax, pushObjectsMax } from "./Limits.ts"
import { arrayHeader, binHeader, type Encodable, encode, mapHeader, str } from "@musehub/msgpack/Encoder"
import { Reader } from "@musehub/msgpack/Reader"
import type { MsgpackMap, MsgpackRefused } from "@musehub/msgpack/Value"
import { readPush } from "./pushBundle.ts"
import { type ArrivingObject, readPushObjects } from "./pushObjects.ts"
import { readFilterObjects, readLargeBlobs, readPresign, readNegotiate, readWantHave } from "./requests.ts"
import { RequestRefused } from "./RequestRefused.ts"

const a = "a".repeat(64)
const b = "b".repeat(64)
const reader = (value: Encodable) => Reader.fromBytes(encode(value))

const messageOf = <A>(read: Effect.Effect<A, RequestRefused | MsgpackRefused>) =>
  Effect.map(Effect.flip(read), (error) => error.message)

describe("lists of ids", () => {
  it.effect("come in any order, with unknown fields between", () =>
    Effect.gen(function* () {
      const request = yield* readWantHave(reader({ depth: { x: [1] }, have: [b, a], future: null, want: [a] }))
      assert.deepStrictEqual(request, { want: [a], have: [b, a], haveBlobs: [] } as unknown as typeof request)
    })
  )

  it.effect("are empty when missing or nil", () =>
    Effect.gen(function* () {
      const nothing = { want: [], have: [], haveBlobs: [] }
      assert.deepStrictEqual(yield* readWantHave(reader({})), nothing)
      assert.deepStrictEqual(yield* readWantHave(reader({ want: null, have: [], have_blobs: null })), nothing)
      assert.deepStrictEqual(yield* readFilterObjects(reader({ object_ids: null })), { objectIds: [] })
    })
  )

  it.effect("leave out made-up ids only in have, where they are unknown anyway", () =>
    Effect.gen(function* () {
      const { have } = yield* readWantHave(reader({ have: ["init-01234567", a, "f".repeat(32)] }))
      assert.deepStrictEqual(have, [a] as unknown as typeof have)
      assert.match(yield* messageOf(readWantHave(reader({ have: [a, 7] }))), /have\[1\] must be a string of 64/)
      assert.match(yield* messageOf(readWantHave(reader({ want: ["init-01234567"] }))), /want\[0\].*"init-01234567"/)
    })
  )

  it.effect("may name up to a hundred thousand blobs for a fetch to leave out", () =>
    Effect.gen(function* () {
      const { haveBlobs } = yield* readWantHave(reader({ want: [a], have_blobs: [b] }))
      assert.deepStrictEqual(haveBlobs, [b] as unknown as typeof haveBlobs)
      assert.match(yield* messageOf(readWantHave(reader({ have_blobs: ["x"] }))), /have_blobs\[0\] must be 64/)
      const tooMany = Reader.fromBytes(
        Buffer.concat([mapHeader(1), str("have_blobs"), arrayHeader(haveBlobsMax + 1), encode(a)])
      )
      const refused = yield* Effect.flip(readWantHave(tooMany))
      assert.isTrue(refused instanceof RequestRefused && refused.kind === "limit")
    })
  )

  it.effect("come with the size from which a blob is large, 8 MiB by default", () =>
    Effect.gen(function* () {
      const sizeIn = (fields: { readonly [name: string]: Encodable }) =>
        Effect.map(readLargeBlobs(reader(fields)), ({ bytesMin }) => bytesMin)
      assert.strictEqual(yield* sizeIn({}), 8 * 1024 * 1024)
      assert.strictEqual(yield* sizeIn({ bytes_min: null }), 8 * 1024 * 1024)
      for (const size of [0, 1, 127, 65_536, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
        assert.strictEqual(yield* sizeIn({ want: [a], bytes_min: size }), size)
      }
      const refused: ReadonlyArray<readonly [size: Encodable, sentence: RegExp]> = [
        [-1, /bytes_min must be from 0/],
        [2n ** 53n, /bytes_min must be from 0/],
        [2n ** 64n - 1n, /bytes_min must be from 0/],
        ["8", /bytes_min must be an integer, not a string/],
        [true, /bytes_min must be an integer, not a boolean/]
      ]
      for (const [size, sentence] of refused) {
        assert.match(yield* messageOf(readLargeBlobs(reader({ bytes_min: size }))), sentence)
      }
      const { have, want } = yield* readLargeBlobs(reader({ have: [b, "init-01234567"], want: [a] }))
      assert.deepStrictEqual([want, have], [[a], [b]] as unknown as [typeof want, typeof have])
    })
  )

  it.effect("name the wrong field", () =>
    Effect.gen(function* () {
      const filter = (value: Encodable) => messageOf(readFilterObjects(reader(value)))
      assert.strictEqual(yield* filter({ object_ids: "x" }), "the field object_ids must be an array, not a string")
      assert.match(yield* filter({ object_ids: [a, b, "XY"] }), /^the field object_ids\[2\] must be 64 .* not "XY"$/)
      assert.match(yield* filter({ object_ids: [a.toUpperCase()] }), /object_ids\[0\]/)
      assert.match(yield* filter({ object_ids: [`${a}\n`] }), /object_ids\[0\]/)
      assert.match(yield* filter({ object_ids: [[a]] }), /object_ids\[0\]/)
      assert.match(yield* filter([]), /^the request must be a map, not an array$/)
      assert.match(yield* messageOf(readPresign(reader({ direction: "up" }))), /direction must be "put" or "get"/)
      assert.match(yield* messageOf(readPresign(reader({ object_ids: [] }))), /direction must be/)
      assert.match(
        yield* messageOf(readPresign(reader({ direction: 1 }))),
        /direction must be a string, not an integer/
      )
      assert.strictEqual((yield* readPresign(reader({ direction: "get" }))).direction, "get")
    })
  )

  it.effect("are limited by their header", () =>
    Effect.gen(function* () {
      const bytes = Buffer.concat([mapHeader(1), str("have"), arrayHeader(haveIdsMax + 1)])
      const stream = Stream.concat(Stream.make(bytes), Stream.never)
      const error = yield* Effect.flip(Effect.scoped(Effect.flatMap(Reader.fromStream(stream), readWantHave)))
      assert.instanceOf(error, RequestRefused)
      assert.strictEqual(error.kind, "limit")
      assert.strictEqual(error.message, `the field have has more than ${haveIdsMax} elements`)
    })
  )

  it.effect("to negotiate name fewer commits than a fetch", () =>
    Effect.gen(function* () {
      const bytes = Buffer.concat([mapHeader(1), str("have"), arrayHeader(negotiatedIdsMax + 1)])
      const stream = Stream.concat(Stream.make(bytes), Stream.never)
      const error = yield* Effect.flip(Effect.scoped(Effect.flatMap(Reader.fromStream(stream), readNegotiate)))
      assert.instanceOf(error, RequestRefused)
      assert.strictEqual(error.kind, "limit")
      assert.isBelow(negotiatedIdsMax, haveIdsMax)
    })
  )

  it.effect("are refused if bytes follow them or a field is repeated", () =>
    Effect.gen(function* () {
      const once = encode({ want: [a] })
      const trailing = Reader.fromBytes(Buffer.concat([once, once]))
      assert.match(yield* messageOf(readWantHave(trailing)), /bytes follow/)
      const twice = Reader.fromBytes(Buffer.concat([mapHeader(2), once.subarray(1), once.subarray(1)]))
      assert.match(yield* messageOf(readWantHave(twice)), /"want" twice/)
      assert.match(yield* messageOf(readWantHave(Reader.fromBytes(new Uint8Array(0)))), /ends in the middle/)
    })
  )
})

const objectsOf = (of: Reader) => {
  const objects: Array<ArrivingObject<never>> = []
  return Effect.as(
    readPushObjects(of, (object) => Effect.sync(() => objects.push(object))),
    objects
  )
}

describe("push/objects", () => {
  const content = new Uint8Array([1, 2, 3])

  it.effect("hands objects on, whichever key comes first", () =>
    Effect.gen(function* () {
      const list = [
        { object_id: a, content },
        { content, extra: [{}], object_id: b },
        { object_id: a, content: new Uint8Array(0) }
      ]
      assert.deepStrictEqual(yield* objectsOf(reader({ version: 2, objects: list })), [
        { objectId: a, size: 3, content },
        { objectId: b, size: 3, content },
        { objectId: a, size: 0, content: new Uint8Array(0) }
      ] as unknown as Array<ArrivingObject<never>>)
      assert.deepStrictEqual(yield* objectsOf(reader({})), [])
    })
  )

  it.effect("names the wrong object", () =>
    Effect.gen(function* () {
      const message = (...objects: ReadonlyArray<Encodable>) => messageOf(objectsOf(reader({ objects })))
      const good = { object_id: a, content }
      assert.strictEqual(yield* message(good, { content }), "the field objects[1].object_id is missing")
      assert.strictEqual(yield* message({ object_id: a }), "the field objects[0].content is missing")
      assert.strictEqual(yield* message({ ...good, content: "AAEC" }), "the field objects[0].content must be binary")
      assert.strictEqual(yield* message({ ...good, content: null }), "the field objects[0].content must be binary")
      assert.match(yield* message({ ...good, object_id: "../../etc" }), /objects\[0\]\.object_id must be 64/)
      assert.match(yield* message(good, 5), /objects\[1\] must be a map, not an integer/)
      const many = Array.from({ length: pushObjectsMax + 1 }, () => null)
      assert.match(yield* messageOf(objectsOf(reader({ objects: many }))), /objects has more than/)
    })
  )

  it.effect("streams large content if the id came before it", () =>
    Effect.gen(function* () {
      const size = blobBeforeIdBytesMax + 1
      const large = Stream.concat(Stream.make(binHeader(size)), Stream.make(new Uint8Array(size).fill(5)))
      const id = Stream.make(Buffer.concat([str("object_id"), str(a)]))
      const key = Stream.make(str("content"))
      const head = Stream.make(Buffer.concat([mapHeader(1), str("objects"), arrayHeader(1), mapHeader(2)]))
      const read = (...parts: ReadonlyArray<Stream.Stream<Uint8Array>>) =>
        Effect.gen(function* () {
          let seen = 0
          const of = yield* Reader.fromStream(Stream.concat(head, Stream.flatten(Stream.fromIterable(parts))))
          const count = yield* readPushObjects(of, (object) => {
            assert.strictEqual(object.size, size)
            assert(!(object.content instanceof Uint8Array))
            return Stream.runForEach(object.content, (chunk) => Effect.sync(() => (seen += chunk.byteLength)))
          })
          return { count, seen }
        }).pipe(Effect.scoped)
      assert.deepStrictEqual(yield* read(id, key, large), { count: 1, seen: size })
      const error = yield* Effect.flip(read(key, large, id))
      assert.match(error.message, /objects\[0\]\.content comes before object_id and is larger/)
      assert.strictEqual(error.kind, "limit")
    })
  )

  it.effect("ends with the first failure of the handler", () =>
    Effect.gen(function* () {
      let calls = 0
      const list = Array.from({ length: 3 }, () => ({ object_id: a, content }))
      const read = readPushObjects(reader({ objects: list }), () => {
        calls += 1
        return Effect.fail("no space" as const)
      })
      assert.strictEqual(yield* Effect.flip(read), "no space")
      assert.strictEqual(calls, 1)
    })
  )
})

const pushOf = (of: Reader) => {
  const commits: Array<MsgpackMap> = []
  const snapshots: Array<MsgpackMap> = []
  const objects: Array<ArrivingObject<never>> = []
  return Effect.map(
    readPush(of, {
      commits: (records) => Effect.sync(() => commits.push(...records)),
      snapshots: (records) => Effect.sync(() => snapshots.push(...records)),
      objects: (object) => Effect.sync(() => objects.push(object))
    }),
    (request) => ({ ...request, commits, snapshots, objects })
  )
}

const pushMessage = (value: Encodable) => messageOf(pushOf(reader(value)))

describe("push", () => {
  const commit = { commit_id: a, structured_delta: { n: 2n ** 60n } }
  const snapshot = { snapshot_id: b, manifest: { ["__proto__"]: a, constructor: b, "a/b": a } }

  it.effect("reads its parts in any order", () =>
    Effect.gen(function* () {
      const bundle = {
        snapshots: [snapshot, snapshot],
        tags: [],
        objects: [{ object_id: a, content: new Uint8Array(1) }],
        commits: [commit]
      }
      for (const value of [
        { bundle, branch: "main", force: true },
        { force: true, later: { bundle: 1 }, branch: "main", bundle }
      ]) {
        const push = yield* pushOf(reader(value))
        assert.strictEqual(push.branch, "main")
        assert.isTrue(push.force)
        assert.deepStrictEqual(
          push.commits[0],
          new Map<string, unknown>([
            ["commit_id", a],
            ["structured_delta", new Map([["n", 2n ** 60n]])]
          ]) as unknown as MsgpackMap
        )
        assert.strictEqual(push.snapshots.length, 2)
        const manifest = push.snapshots[1]?.get("manifest")
        assert.deepStrictEqual(
          [...(manifest as unknown as Map<string, string>)],
          [
            ["__proto__", a],
            ["constructor", b],
            ["a/b", a]
          ]
        )
        assert.strictEqual(push.objects[0]?.size, 1)
      }
    })
  )

  it.effect("treats missing optional fields as empty", () =>
    Effect.gen(function* () {
      const nothing = { branch: "x", force: false, commits: [], snapshots: [], objects: [] }
      assert.deepStrictEqual(yield* pushOf(reader({ branch: "x" })), nothing)
      assert.deepStrictEqual(yield* pushOf(reader({ branch: "x", bundle: null, force: null })), nothing)
      const nils = { commits: null, snapshots: null, objects: null }
      assert.deepStrictEqual(yield* pushOf(reader({ branch: "x", bundle: nils })), nothing)
    })
  )

  it.effect("names the wrong field", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* pushMessage({ bundle: {} }), "the field branch is missing")
      assert.match(yield* pushMessage({ branch: null }), /branch must be a string, not nil/)
      assert.match(yield* pushMessage({ branch: "x", force: 1 }), /force must be a boolean, not an integer/)
      assert.match(yield* pushMessage({ branch: "x", bundle: [] }), /bundle must be a map/)
      assert.match(yield* pushMessage({ branch: "x", bundle: { commits: {} } }), /bundle\.commits must be an array/)
      assert.match(
        yield* pushMessage({ branch: "x", bundle: { commits: [commit, 3] } }),
        /bundle\.commits\[1\] must be a map/
      )
      assert.match(
        yield* pushMessage({ branch: "x", bundle: { objects: [{}] } }),
        /bundle\.objects\[0\]\.object_id is missing/
      )
    })
  )
})
