/**
 * Large blobs past the hub (docs/mpack.md): a client asks which ones a fetch would bring, reads them from the store
 * where it signs URLs and from the hub in parts where it does not, and fetches the rest as a stream without them.
 */
import { assert, it } from "@effect/vitest"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { holdsNothing, type MpackHolds } from "@musehub/domain/wire/mpack/History"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { readMpack } from "@musehub/domain/wire/mpack/readMpack"
import { Context, Effect, Stream } from "effect"
import { bytesOf } from "@musehub/contract/StoreSamples"
import { callCount } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { describeBackends, describeInMemory, freshStorage } from "../hub/backends.ts"
import { blobId, commitTo, growing } from "../muse/history.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { type HeaderList, send } from "../hub/Http.ts"
import { emptyBlobId, pushAll } from "../muse/LocalRepository.ts"
import { call, createRepository, ok, post, postJson, type Target } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import {
  type Fields,
  fieldsOf,
  recordsOf,
  type Sendable,
  textOf,
  textsOf,
  toMsgpack,
  type Value
} from "../muse/Value.ts"

const megabyte = 1_000_000
const contents = { huge: bytesOf(3 * megabyte, 21), large: bytesOf(megabyte, 22), newer: bytesOf(2 * megabyte, 23) }
const ids = { huge: blobId(contents.huge), large: blobId(contents.large), newer: blobId(contents.newer) }

/** Two commits: the first brings in two large blobs, the second one more. */
const history = () => {
  const local = growing()
  const { huge, large, newer } = contents
  const first = commitTo(local, "main", { huge, large, small: "small", empty: "" })
  const second = commitTo(local, "main", { huge, large, newer, small: "smaller" })
  return { local, first, second }
}

const listed = (target: Target, wanted: Sendable): Effect.Effect<ReadonlyArray<Fields>> =>
  Effect.map(ok(post(target, "large-blobs", wanted)), (value) => recordsOf(value, "blobs"))

const named = (blobs: ReadonlyArray<Fields>): ReadonlyArray<readonly [Value | undefined, Value | undefined]> =>
  blobs.map((blob) => [blob.get("id"), blob.get("size")])

const get = (url: string, headers: HeaderList = []) =>
  Effect.orDie(send({ method: "GET", url, headers: [["Host", new URL(url).host], ...headers] }))

/** A download that is cut once, and resumes where it stopped. */
const download = Effect.fnUntraced(function* (url: string, size: number) {
  const middle = Math.floor(size / 2)
  const first = yield* get(url, [["Range", `bytes=0-${middle - 1}`]])
  const rest = yield* get(url, [["Range", `bytes=${middle}-`]])
  assert.deepStrictEqual([first.status, rest.status], [206, 206])
  return Buffer.concat([first.body, rest.body])
})

const fetchMpack = (target: Target, wanted: Sendable) =>
  call(target, "POST", "fetch", toMsgpack(wanted), { accept: mpackMediaType })

const decoded = Effect.fnUntraced(function* (bytes: Uint8Array, holds: MpackHolds) {
  const { header, objects } = yield* readMpack(Stream.succeed(bytes), { holds })
  const found = new Set<string>()
  yield* Stream.runForEach(
    objects,
    Effect.fnUntraced(function* (object) {
      if (object.type === "blob" && !(object.content instanceof Uint8Array)) yield* Stream.runDrain(object.content)
      found.add(object.id)
    })
  )
  return { header, found }
}, Effect.scoped)

/** A receiver that has these blobs and nothing else. */
const holding =
  (had: ReadonlyMap<string, Uint8Array>): MpackHolds =>
  ({ blobs }) =>
    Effect.succeed({
      commits: new Set(),
      snapshots: new Set(),
      blobs: new Set(blobs.filter((id) => had.has(id)))
    })

describeBackends("large blobs", (backend) => {
  it.live("bypass the hub, and the stream has the rest", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/large")
      const { first, local, second } = history()
      yield* pushAll(target, local)
      const anonymous = { ...target, token: undefined }

      const blobs = yield* listed(anonymous, { want: [second], have: [], bytes_min: megabyte })
      assert.deepStrictEqual(named(blobs), [
        [ids.huge, 3 * megabyte],
        [ids.newer, 2 * megabyte],
        [ids.large, megabyte]
      ])
      const had = new Map<string, Uint8Array>()
      for (const blob of blobs) {
        const [id, url] = [textOf(blob, "id"), blob.get("url")]
        if (backend.presigns) assert.isFalse(String(url).startsWith(hub.url))
        else assert.isNull(url)
        const place = typeof url === "string" ? url : `${hub.url}/${target.repository}/objects/blob/${id}`
        const bytes = yield* download(place, Number(blob.get("size")))
        assert.strictEqual(blobId(bytes), id)
        had.set(id, bytes)
      }

      const wanted = { want: [second], have: [], have_blobs: [...had.keys()] }
      const answer = yield* fetchMpack(anonymous, wanted)
      assert.strictEqual(answer.status, 200)
      assert.isBelow(answer.body.byteLength, 100_000)
      const { found, header } = yield* decoded(answer.body, holding(had))
      assert.deepStrictEqual([header.commits, header.snapshots, header.blobs], [2, 2, found.size - 4])
      assert.deepStrictEqual(
        new Set([...found, ...had.keys()]),
        new Set([...local.commits.keys(), ...local.snapshots.keys(), ...local.blobs.keys()])
      )
      // A client that claims to have blobs it lacks fails at the first snapshot that needs them.
      const refused = yield* Effect.flip(decoded(answer.body, holdsNothing))
      assert.strictEqual(refused._tag, "MpackRefused")

      // Only what is lacking: the client has the first commit's blobs.
      const pulled = yield* listed(anonymous, { want: [second], have: [first], bytes_min: 1 })
      assert.sameDeepMembers(
        [...named(pulled)],
        [
          [ids.newer, 2 * megabyte],
          [blobId("smaller"), 7]
        ]
      )
    })
  )

  it.live("have URLs for callers with read access that ask by id", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/private", {
        visibility: "private"
      })
      const { local } = history()
      yield* pushAll(target, local)
      const value = yield* ok(
        post(target, "presign", { object_ids: [ids.large, emptyBlobId, ids.huge], direction: "get" })
      )
      const presigned = fieldsOf(value, "presigned")
      // The empty blob may never have been uploaded.
      const inline = textsOf(value, "inline")
      assert.deepStrictEqual(inline, backend.presigns ? [emptyBlobId] : [ids.large, emptyBlobId, ids.huge])
      assert.deepStrictEqual([...presigned.keys()], backend.presigns ? [ids.large, ids.huge] : [])
      for (const [id, url] of presigned) assert.strictEqual(blobId((yield* get(String(url))).body), id)

      const bob = { ...target, token: yield* tokenFor(hub, "bob") }
      assertProblem(yield* post(bob, "presign", { object_ids: [ids.large], direction: "get" }), 404, /no repository/)
      assertProblem(yield* post(bob, "large-blobs", { want: [], have: [] }), 404, /no repository/)
    })
  )
})

describeInMemory("large blobs", (backend) => {
  const setup = Effect.gen(function* () {
    const storage = yield* freshStorage(backend)
    const count = callCount()
    const store = interposed(Context.get(storage, ObjectStore), count.interpose)
    const hub = yield* startHub(Context.add(storage, ObjectStore, store))
    const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/large")
    const { local, second } = history()
    yield* pushAll(target, local)
    count.reset()
    return { count, target, tip: second }
  })

  it.live("are those of 8 MiB by default, and never include the empty one", () =>
    Effect.gen(function* () {
      const { count, target, tip } = yield* setup
      assert.lengthOf(yield* listed(target, { want: [tip] }), 0)
      const all = yield* listed(target, { want: [tip], bytes_min: 0 })
      assert.lengthOf(all, 5)
      assert.notInclude(
        all.map((blob) => blob.get("id")),
        emptyBlobId
      )
      assert.lengthOf(count.of("get", /blobs/), 0)
      assert.lengthOf(count.of("stream"), 0)
      const json = yield* ok(postJson(target, "large-blobs", { want: [tip], bytes_min: 3 * megabyte }))
      assert.deepStrictEqual(named(recordsOf(json, "blobs")), [[ids.huge, 3 * megabyte]])
    })
  )

  it.live("are refused for unknown commits and for wrong requests", () =>
    Effect.gen(function* () {
      const { target, tip } = yield* setup
      const stranger = blobId("stranger")
      assertProblem(yield* post(target, "large-blobs", { want: [stranger] }), 404, /1 wanted commit/)
      assertProblem(yield* post(target, "large-blobs", { want: [tip], bytes_min: -1 }), 400, /bytes_min/)
      assertProblem(yield* post(target, "large-blobs", { want: [tip], bytes_min: 1.5 }), 400, /bytes_min/)
      assertProblem(yield* fetchMpack(target, { want: [tip], have_blobs: ["x"] }), 400, /have_blobs\[0\]/)
      const tooMany = Array.from({ length: 100_001 }, () => ids.huge)
      assertProblem(yield* fetchMpack(target, { want: [tip], have_blobs: tooMany }), 413, /have_blobs/)
    })
  )

  it.live("that a fetch does not bring may be named as present, and change nothing", () =>
    Effect.gen(function* () {
      const { target, tip } = yield* setup
      const plain = yield* fetchMpack(target, { want: [tip] })
      const named = yield* fetchMpack(target, { want: [tip], have_blobs: [blobId("stranger"), blobId("stranger")] })
      assert.deepStrictEqual(named.body, plain.body)
      // The dictionary form ignores this: its client has no other way to get them.
      const dictionary = yield* post(target, "fetch", { want: [tip], have: [], have_blobs: [ids.huge] })
      assert.include(
        recordsOf(yield* ok(Effect.succeed(dictionary)), "objects").map((object) => object.get("object_id")),
        ids.huge
      )
    })
  )
})
