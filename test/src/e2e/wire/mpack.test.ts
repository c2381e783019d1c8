/**
 * Fetch and push as mpack streams over HTTP: objects arrive byte for byte as they are stored, and a push is accepted
 * whole or not at all.
 */
import { assert, it } from "@effect/vitest"
import { elementAt, expected } from "@musehub/domain/base/expected"
import type { ObjectName } from "@musehub/domain/invariant/packs/Packs"
import { type ObjectType, RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { holdsNothing, type MpackHolds } from "@musehub/domain/wire/mpack/History"
import { mpackMediaType, type MpackPush } from "@musehub/domain/wire/mpack/Format"
import { readMpack } from "@musehub/domain/wire/mpack/readMpack"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Context, Effect, Stream } from "effect"
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib"
import { type Step, step } from "../../domain/support/hubSamples.ts"
import { packsOver } from "../../domain/support/rootSamples.ts"
import { audit } from "../muse/audit.ts"
import { describeBackends, freshStorage } from "../hub/backends.ts"
import { goldenNames, goldenRepository } from "../muse/goldenRepositories.ts"
import { type Hub, startHub, tokenFor } from "../hub/Hub.ts"
import { type Answer, valueIn } from "../hub/Http.ts"
import { fetchFrom, pushAll } from "../muse/LocalRepository.ts"
import { call, createRepository, heads, refs, type Target } from "../muse/MuseClient.ts"
import { mergeAll } from "../muse/mergeAll.ts"
import { mpackOf } from "../muse/mpackOf.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { textOf, toMsgpack } from "../muse/Value.ts"

const fetchMpack = (
  target: Target,
  want: Iterable<string>,
  have: Iterable<string> = [],
  headers: ReadonlyArray<readonly [string, string]> = []
) => call(target, "POST", "fetch", toMsgpack({ want: [...want], have: [...have] }), { accept: mpackMediaType, headers })

/** Everything in an answer, decoded strictly, by name. */
const decoded = Effect.fnUntraced(function* (bytes: Uint8Array, holds: MpackHolds = holdsNothing) {
  const { header, objects } = yield* readMpack(Stream.succeed(bytes), { holds })
  const found = new Map<string, { readonly type: ObjectType; readonly id: string; readonly bytes: Uint8Array }>()
  yield* Stream.runForEach(
    objects,
    Effect.fnUntraced(function* (object) {
      const { type, id } = object
      const content = object.type === "blob" ? object.content : object.bytes
      const whole = content instanceof Uint8Array ? content : Buffer.concat(yield* Stream.runCollect(content))
      found.set(`${type} ${id}`, { type, id, bytes: new Uint8Array(whole) })
    })
  )
  return { header, found }
}, Effect.scoped)

const pushStream = Effect.fnUntraced(function* (repository: string, steps: ReadonlyArray<Step>, push: MpackPush) {
  const { header, objects } = mpackOf(RepositoryId.make(repository), steps, push)
  return Buffer.concat(yield* Stream.runCollect(writeMpack(header, objects)))
})

const send = (target: Target, bytes: Uint8Array): Effect.Effect<Answer> =>
  call(target, "POST", "push", bytes, { contentType: mpackMediaType })

const a = step("a", { "song.txt": "one\n", "empty.txt": "" })
const b = step("b", { "song.txt": "two\n", "empty.txt": "" }, [a], { reviewed_by: ["bob"], test_runs: 3 })
const c = step("c", { "song.txt": "three\n", "folder/new.bin": "\u0000\u0001" }, [b])
const forward = (head: Step): MpackPush => ({ branch: "main", force: false, head: head.commit.id })

const empty = Effect.fnUntraced(function* (hub: Hub, name = "ada/song") {
  const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), name)
  return { target, id: (yield* refs(target)).id }
})

describeBackends("mpack", (backend) => {
  it.live("sends every object of every golden repository as it is stored", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const store = Context.get(hub.services, ObjectStore)
      for (const name of goldenNames) {
        const { target, id } = yield* empty(hub, `ada/${name}`)
        yield* pushAll(target, goldenRepository(name))
        const tips = [...(yield* heads(target)).values()]
        const answer = yield* fetchMpack({ ...target, token: undefined }, tips)
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(answer.headers["content-type"], mpackMediaType)
        const { header, found } = yield* decoded(answer.body)
        assert.strictEqual<string>(header.repository, id)
        assert.deepStrictEqual(new Map<string, string>(header.heads), new Map(yield* heads(target)))
        const audited = yield* Effect.provideContext(audit(id), hub.services)
        const objects = [...found.values()]
        const packs = yield* packsOver(store)
        const places = yield* packs.find(
          header.repository,
          objects.map(({ id: name, type }) => ({ type, id: name }) as ObjectName)
        )
        const stored = yield* packs.read(places.map((place) => expected(place, "the place of an object")))
        for (const [position, { bytes, id: name, type }] of objects.entries()) {
          const packed = yield* Effect.fromResult(elementAt(stored, position))
          assert.deepStrictEqual(bytes, new Uint8Array(packed), `${type} ${name}`)
        }
        const names = [
          ...[...audited.blobs].map((each) => `blob ${each}`),
          ...[...audited.snapshots].map((each) => `snapshot ${each}`),
          ...[...audited.commits].map((each) => `commit ${each}`)
        ]
        assert.sameMembers([...found.keys()], names, `${name}: all of it, and nothing twice`)
        yield* Effect.provideContext(mergeAll(header.repository), hub.services)
        const again = yield* decoded((yield* fetchMpack({ ...target, token: undefined }, tips)).body)
        assert.deepStrictEqual(again, { header, found }, `${name}: the same from merged packs`)
        const dictionaries = yield* fetchFrom(target, (yield* heads(target)).values())
        assert.strictEqual(dictionaries.commits.size, header.commits)
        assert.strictEqual(dictionaries.blobs.size, header.blobs)
      }
    })
  )

  it.live("accepts a push, and sends only what a client lacks", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const { target, id } = yield* empty(hub)
      assert.strictEqual((yield* send(target, yield* pushStream(id, [a, b], forward(b)))).status, 200)
      const lease = { ...forward(c), expect: b.commit.id }
      const pushed = yield* send(target, yield* pushStream(id, [c], lease))
      assert.strictEqual(textOf(valueIn(pushed), "remote_head"), c.commit.id)
      const whole = yield* decoded((yield* fetchMpack(target, [c.commit.id])).body)
      assert.deepInclude(whole.header, { commits: 3, snapshots: 3, blobs: 5 })
      const answer = yield* fetchMpack(target, [c.commit.id], [b.commit.id])
      const had: MpackHolds = ({ commits, blobs }) =>
        Effect.succeed({
          commits: new Set(commits.filter((each) => each === b.commit.id)),
          snapshots: new Set(),
          blobs: new Set(blobs.filter((each) => b.blobs.some((blob) => blob.id === each)))
        })
      const lacked = yield* decoded(answer.body, had)
      assert.deepInclude(lacked.header, { commits: 1, snapshots: 1, blobs: 2 })
      yield* Effect.provideContext(audit(id), hub.services)
    })
  )

  it.live("accepts a push whose stream is compressed", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const { target, id } = yield* empty(hub)
      for (const [encoding, encode, steps, head] of [
        ["gzip", gzipSync, [a, b], b],
        ["zstd", zstdCompressSync, [c], c]
      ] as const) {
        const pushed = yield* call(target, "POST", "push", encode(yield* pushStream(id, steps, forward(head))), {
          contentType: mpackMediaType,
          headers: [["Content-Encoding", encoding]]
        })
        assert.strictEqual(textOf(valueIn(pushed), "remote_head"), head.commit.id, encoding)
      }
      yield* Effect.provideContext(audit(id), hub.services)
    })
  )

  it.live("compresses for clients that accept it, and never the dictionary form", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const { target, id } = yield* empty(hub)
      yield* send(target, yield* pushStream(id, [a, b, c], forward(c)))
      const plain = yield* fetchMpack(target, [c.commit.id])
      for (const [accept, coding, open] of [
        ["gzip", "gzip", gunzipSync],
        ["gzip;q=0.5, zstd", "zstd", zstdDecompressSync]
      ] as const) {
        const body = toMsgpack({ want: [c.commit.id], have: [] })
        const answer = yield* call(target, "POST", "fetch", body, {
          accept: mpackMediaType,
          acceptEncoding: accept
        })
        assert.strictEqual(answer.headers["content-encoding"], coding)
        assert.deepStrictEqual(new Uint8Array(open(answer.body)), plain.body)
        assert.strictEqual(answer.headers["vary"], "accept, accept-encoding")
        for (const dictionary of ["application/x-msgpack", "application/json"]) {
          const { headers } = yield* call(target, "POST", "fetch", body, { accept: dictionary, acceptEncoding: accept })
          assert.deepInclude(headers, { "content-type": dictionary })
          assert.notProperty(headers, "content-encoding")
        }
      }
    })
  )

  it.live("refuses a stream at its first fault, and shows nothing of it", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const { target, id } = yield* empty(hub)
      const stream = yield* pushStream(id, [a, b], forward(b))
      const flipped = (at: number) => stream.map((byte, place) => (place === at ? byte ^ 1 : byte))
      const faults: ReadonlyArray<readonly [string, Uint8Array, number, RegExp]> = [
        ["cut short", stream.subarray(0, stream.byteLength - 10), 400, /at byte \d+/],
        ["cut in the middle", stream.subarray(0, Math.floor(stream.byteLength / 2)), 400, /at byte \d+/],
        ["a byte of the trailer", flipped(stream.byteLength - 5), 400, /at byte \d+/],
        ["a byte in the middle", flipped(Math.floor(stream.byteLength / 2)), 400, /at byte \d+/],
        ["bytes after the trailer", Buffer.concat([stream, Buffer.from([0xc0])]), 400, /follow the trailer/],
        ["nothing", new Uint8Array(), 400, /at byte 0/],
        [
          "another version",
          Buffer.concat([Buffer.from([0x81, 0xa7]), Buffer.from("version"), Buffer.from([2])]),
          415,
          /supported: 1/
        ],
        ["a gap", yield* pushStream(id, [b], forward(b)), 400, /needs/],
        [
          "another repository",
          yield* pushStream("00000000-0000-4000-8000-000000000000", [a], forward(a)),
          422,
          /is for/
        ]
      ]
      for (const [name, bytes, status, sentence] of faults) {
        assertProblem(yield* send(target, bytes), status, sentence, name)
        assert.strictEqual((yield* heads(target)).size, 0, name)
        assertProblem(yield* fetchMpack(target, [a.commit.id]), 404, /not in this repository/, name)
      }
      assert.strictEqual((yield* send(target, stream)).status, 200, "the same stream is accepted when it is whole")
      yield* Effect.provideContext(audit(id), hub.services)
    })
  )

  it.live("applies the same rules to branches as the dictionary form", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const { target, id } = yield* empty(hub)
      yield* send(target, yield* pushStream(id, [a, b], forward(b)))
      const other = step("other", { "song.txt": "other" }, [a])
      assertProblem(
        yield* send(target, yield* pushStream(id, [other], forward(other))),
        409,
        /pull, or push with force/
      )
      const stale = { ...forward(other), force: true, expect: a.commit.id }
      assertProblem(yield* send(target, yield* pushStream(id, [other], stale)), 409, /as expected/)
      const taken = { ...forward(other), force: true, expect: b.commit.id }
      assert.strictEqual((yield* send(target, yield* pushStream(id, [other], taken))).status, 200)
      assertProblem(yield* send({ ...target, token: undefined }, new Uint8Array()), 401, /token/)
      const back: MpackPush = { branch: "old", expect: null, force: false, head: b.commit.id }
      assert.strictEqual(
        (yield* send(target, yield* pushStream(id, [], back))).status,
        200,
        "a known head needs no object"
      )
      assert.strictEqual((yield* heads(target)).get("old"), b.commit.id)
      yield* Effect.provideContext(audit(id), hub.services)
    })
  )
})
