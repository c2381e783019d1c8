/**
 * Single objects over HTTP: the stored bytes, in parts and under conditions (RFC 9110), for callers with read access,
 * and nothing that no root ever reached.
 */
import { wholeIndexOf, portsOf } from "@musehub/contract/wholeIndex"
import { assert, it } from "@effect/vitest"
import type { ObjectName } from "@musehub/domain/invariant/packs/Packs"
import { RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Context, Effect, Stream } from "effect"
import { bytesOf } from "@musehub/contract/StoreSamples"
import { storedBytesOf } from "../../domain/support/hubSamples.ts"
import { describeInMemory, freshStorage } from "../hub/backends.ts"
import { goldenRepository } from "../muse/goldenRepositories.ts"
import { blobId, commitTo, growing } from "../muse/history.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { type HeaderList, valueIn } from "../hub/Http.ts"
import { indexControl, interposedIndex } from "../hub/interposedIndex.ts"
import { bundleFor, emptyBlobId, pushAll, pushBody, pushBranch, uploadBlobs } from "../muse/LocalRepository.ts"
import { call, createRepository, filterObjects, ok, post, refs, type Target } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnStages, Stage } from "../hub/Stage.ts"
import { textOf, textsOf } from "../muse/Value.ts"

/** Several chunks of every store. */
const size = 700_001
const large = bytesOf(size, 11)
const largeId = blobId(large)

const scene = Effect.fnUntraced(function* (visibility: "public" | "private" = "public") {
  const target = yield* (yield* Stage).repository({ visibility })
  const local = growing()
  const tip = commitTo(local, "main", { "large.bin": large, "page.html": "<script>alert(1)</script>", empty: "" })
  yield* pushAll(target, local)
  const snapshot = textOf(local.commits.get(tip) ?? new Map(), "snapshot_id")
  return { target, local, tip, snapshot }
})

const get = (target: Target, path: string, headers: HeaderList = [], method = "GET") =>
  call(target, method, `objects/${path}`, undefined, { headers })

const sameBytes = (actual: Uint8Array, expected: Uint8Array, message: string) => {
  assert.strictEqual(actual.byteLength, expected.byteLength, message)
  assert.strictEqual(blobId(actual), blobId(expected), message)
}

describeOnStages("an object by its id", (it) => {
  it.effect("is the stored bytes of any type, under the hash of these bytes, forever", () =>
    Effect.gen(function* () {
      const { hub } = yield* Stage
      const { snapshot, target, tip } = yield* scene()
      const store = Context.get(hub.services, ObjectStore)
      const repository = (yield* refs(target)).id
      const anonymous = { ...target, token: undefined }
      for (const [type, id] of [
        ["blob", largeId],
        ["blob", blobId("<script>alert(1)</script>")],
        ["snapshot", snapshot],
        ["commit", tip]
      ] as const) {
        const stored = yield* storedBytesOf(store, RepositoryId.make(repository), { type, id } as ObjectName)
        const answer = yield* get(anonymous, `${type}/${id}`)
        assert.strictEqual(answer.status, 200)
        sameBytes(answer.body, stored, type)
        assert.deepInclude(answer.headers, {
          "content-type": "application/octet-stream",
          "content-length": String(stored.byteLength),
          etag: `"${blobId(stored)}"`,
          "cache-control": "public, max-age=31536000, immutable",
          "accept-ranges": "bytes",
          "x-content-type-options": "nosniff",
          "content-disposition": "attachment"
        })
        const head = yield* get(anonymous, `${type}/${id}`, [["Range", "bytes=0-0"]], "HEAD")
        assert.deepStrictEqual([head.status, head.body.byteLength], [200, 0])
        // Of the connection, or of this request alone.
        const own = new Set(["connection", "date", "keep-alive", "ratelimit", "transfer-encoding", "x-request-id"])
        const said = Object.fromEntries(Object.entries(head.headers).filter(([name]) => !own.has(name)))
        assert.deepInclude(answer.headers, said)
      }
    })
  )

  it.effect("includes the empty blob, though it has no part", () =>
    Effect.gen(function* () {
      const { target } = yield* scene()
      const answer = yield* get(target, `blob/${emptyBlobId}`)
      assert.deepStrictEqual([answer.status, answer.body.byteLength], [200, 0])
      assert.strictEqual(answer.headers.etag, `"${emptyBlobId}"`)
      assert.strictEqual((yield* get(target, `blob/${emptyBlobId}`, [["Range", "bytes=-5"]])).status, 200)
      const refused = yield* get(target, `blob/${emptyBlobId}`, [["Range", "bytes=0-"]])
      assertProblem(refused, 416, /none of the 0 bytes/)
      assert.strictEqual(refused.headers["content-range"], "bytes */0")
      // A snapshot of the same id is another object, and was never pushed.
      assertProblem(yield* get(target, `snapshot/${emptyBlobId}`), 404, /snapshot\(s\) are not in this repository/)
    })
  )

  const parts: ReadonlyArray<readonly [range: string, start: number, end: number]> = [
    ["bytes=0-0", 0, 1],
    ["bytes=0-9", 0, 10],
    ["bytes=1-", 1, size],
    ["bytes=0-", 0, size],
    ["bytes=262143-262144", 262_143, 262_145],
    ["bytes=262144-524287", 262_144, 524_288],
    [`bytes=${size - 1}-`, size - 1, size],
    [`bytes=${size - 1}-${size - 1}`, size - 1, size],
    [`bytes=5-${size}`, 5, size],
    ["bytes=5-99999999999999999999999999", 5, size],
    ["bytes=-1", size - 1, size],
    ["bytes=-5000", size - 5000, size],
    [`bytes=-${size}`, 0, size],
    [`bytes=-${size + 1}`, 0, size],
    ["BYTES=3-4", 3, 5],
    ["bytes= 3-4 ", 3, 5]
  ]
  it.effect("comes in the requested part", () =>
    Effect.gen(function* () {
      const { target } = yield* scene()
      for (const [range, start, end] of parts) {
        const answer = yield* get(target, `blob/${largeId}`, [["Range", range]])
        assert.strictEqual(answer.status, 206, range)
        sameBytes(answer.body, large.subarray(start, end), range)
        assert.deepInclude(
          answer.headers,
          {
            "content-range": `bytes ${start}-${end - 1}/${size}`,
            "content-length": String(end - start),
            etag: `"${largeId}"`,
            "cache-control": "public, max-age=31536000, immutable"
          },
          range
        )
      }
    })
  )

  const whole = ["bytes=0-1,5-6", "bytes=5-4", "bytes=-", "bytes=a-b", "bytes=0-1;", "items=0-1", "bytes", "bytes=+1-2"]
  it.effect("comes whole when the range is invalid, or there are several", () =>
    Effect.gen(function* () {
      const { target } = yield* scene()
      for (const range of whole) {
        const answer = yield* get(target, `blob/${largeId}`, [["Range", range]])
        assert.strictEqual(answer.status, 200, range)
        sameBytes(answer.body, large, range)
      }
    })
  )

  const none = [`bytes=${size}-`, `bytes=${size}-${size}`, "bytes=9999999999999999999999-", "bytes=-0"]
  it.effect("is refused when the range has no byte of it, with the size", () =>
    Effect.gen(function* () {
      const { target } = yield* scene()
      for (const range of none) {
        const answer = yield* get(target, `blob/${largeId}`, [["Range", range]])
        const problem = assertProblem(answer, 416, /none of the 700001 bytes/, range)
        assert.strictEqual(textOf(problem, "type"), "urn:musehub:problem:range-unsatisfiable")
        assert.strictEqual(answer.headers["content-range"], `bytes */${size}`)
        assert.strictEqual(answer.headers["cache-control"], "no-store")
      }
    })
  )

  it.effect("comes in parts that add up to the whole, for commits and snapshots too", () =>
    Effect.gen(function* () {
      const { snapshot, target, tip } = yield* scene()
      for (const path of [`commit/${tip}`, `snapshot/${snapshot}`]) {
        const { body, headers } = yield* get(target, path)
        const middle = Math.floor(body.byteLength / 2)
        const first = yield* get(target, path, [["Range", `bytes=0-${middle - 1}`]])
        const second = yield* get(target, path, [
          ["Range", `bytes=${middle}-`],
          ["If-Range", headers.etag ?? ""]
        ])
        assert.deepStrictEqual([first.status, second.status], [206, 206])
        sameBytes(Buffer.concat([first.body, second.body]), body, path)
      }
    })
  )

  it.effect("is not sent again to a client that has it, and in parts only to a client with the same one", () =>
    Effect.gen(function* () {
      const { target } = yield* scene()
      const etag = `"${largeId}"`
      const other = `"${blobId("other")}"`
      const rows: ReadonlyArray<readonly [status: number, headers: HeaderList]> = [
        [304, [["If-None-Match", etag]]],
        [304, [["If-None-Match", `W/${etag}`]]],
        [304, [["If-None-Match", `${other}, ${etag}`]]],
        [304, [["If-None-Match", "*"]]],
        [200, [["If-None-Match", other]]],
        // The condition on the whole comes before the range.
        [
          304,
          [
            ["If-None-Match", etag],
            ["Range", "bytes=0-1"]
          ]
        ],
        [
          304,
          [
            ["If-None-Match", etag],
            ["Range", `bytes=${size}-`]
          ]
        ],
        [
          206,
          [
            ["If-None-Match", other],
            ["Range", "bytes=0-1"]
          ]
        ],
        [
          206,
          [
            ["If-Range", etag],
            ["Range", "bytes=0-1"]
          ]
        ],
        [
          200,
          [
            ["If-Range", other],
            ["Range", "bytes=0-1"]
          ]
        ],
        [
          200,
          [
            ["If-Range", `W/${etag}`],
            ["Range", "bytes=0-1"]
          ]
        ],
        [
          200,
          [
            ["If-Range", "Sun, 22 Nov 2026 15:08:10 GMT"],
            ["Range", "bytes=0-1"]
          ]
        ],
        [
          200,
          [
            ["If-Range", other],
            ["Range", `bytes=${size}-`]
          ]
        ]
      ]
      for (const [status, headers] of rows) {
        const answer = yield* get(target, `blob/${largeId}`, headers)
        const message = JSON.stringify(headers)
        assert.strictEqual(answer.status, status, message)
        assert.strictEqual(answer.headers.etag, etag, message)
        assert.strictEqual(answer.headers["cache-control"], "public, max-age=31536000, immutable", message)
        assert.strictEqual(answer.body.byteLength, { 200: size, 206: 2, 304: 0 }[status], message)
      }
      assert.strictEqual((yield* get(target, `blob/${largeId}`, [["If-None-Match", etag]], "HEAD")).status, 304)
    })
  )

  it.effect("of a private repository is for callers with read access, and for no shared cache", () =>
    Effect.gen(function* () {
      const { bob } = yield* Stage
      const { snapshot, target, tip } = yield* scene("private")
      for (const path of [`blob/${largeId}`, `snapshot/${snapshot}`, `commit/${tip}`, `blob/${emptyBlobId}`]) {
        for (const token of [undefined, bob]) {
          for (const method of ["GET", "HEAD"]) {
            const answer = yield* get({ ...target, token }, path, [["If-None-Match", "*"]], method)
            assert.strictEqual(answer.status, 404, path)
            assert.strictEqual(answer.headers["cache-control"], "no-store", path)
            assert.isUndefined(answer.headers.etag, path)
          }
        }
        const { headers, status } = yield* get(target, path)
        assert.deepStrictEqual([status, headers["cache-control"]], [200, "private, max-age=31536000, immutable"], path)
      }
      assertProblem(yield* get({ ...target, token: "muse_wrong" }, `blob/${largeId}`), 401, /token/)
    })
  )

  it.effect("is not found if it was never pushed, has another type, or has an invalid id", () =>
    Effect.gen(function* () {
      const { snapshot, target, tip } = yield* scene()
      const elsewhere = yield* (yield* Stage).repository()
      const paths = [
        `blob/${blobId("never pushed")}`,
        `blob/${tip}`,
        `commit/${largeId}`,
        `commit/${snapshot}`,
        `snapshot/${tip}`,
        `blob/${largeId.toUpperCase()}`,
        `blob/${largeId}0`,
        "blob/main",
        "blob/..%2f..%2froot",
        `blob/${"x".repeat(5000)}`,
        `root/${largeId}`,
        `blobs/${largeId}`
      ]
      for (const path of paths) {
        const answer = yield* get(target, path)
        const problem = assertProblem(answer, 404, /1 .+\(s\) are not in this repository/, path)
        assert.strictEqual(textOf(problem, "type"), "urn:musehub:problem:object-unknown")
        assert.isBelow(answer.body.byteLength, 1000, path)
        assert.strictEqual(answer.headers["cache-control"], "no-store", path)
      }
      assertProblem(yield* get(elsewhere, `blob/${largeId}`), 404, /blob\(s\) are not in this repository/)
    })
  )

  it.effect("that a refused push left behind is not found", () =>
    Effect.gen(function* () {
      const { target } = yield* scene()
      const unrelated = growing()
      const tip = commitTo(unrelated, "main", { secret: `a secret of ${target.repository}` })
      const { answer, bundle } = yield* pushBranch(target, unrelated, "main")
      assert.strictEqual(answer.status, 409)
      const [blob = ""] = bundle.blobs
      const [snapshot = ""] = bundle.snapshots
      for (const path of [`blob/${blob}`, `snapshot/${snapshot}`, `commit/${tip}`]) {
        for (const method of ["GET", "HEAD"]) {
          assert.strictEqual((yield* get(target, path, [["If-None-Match", "*"]], method)).status, 404, path)
        }
      }
      const asked = yield* post(target, "presign", { object_ids: [blob], direction: "get" })
      assert.deepStrictEqual(textsOf(assertProblem(asked, 404, /not in this repository/), "missing"), [blob])
      // Once a root reaches them they are found.
      const forced = yield* post(target, "push", pushBody(unrelated, bundleFor(unrelated, tip, []), "main", true))
      assert.strictEqual(forced.status, 200)
      for (const path of [`blob/${blob}`, `snapshot/${snapshot}`, `commit/${tip}`]) {
        assert.strictEqual((yield* get(target, path)).status, 200, path)
      }
    })
  )

  it.effect("that waits for a push is not found", () =>
    Effect.gen(function* () {
      const { target } = yield* scene()
      const local = growing()
      commitTo(local, "main", { waiting: `waiting for a push to ${target.repository}` })
      const [id = ""] = local.blobs.keys()
      yield* uploadBlobs(target, local, [id])
      assert.deepStrictEqual(yield* filterObjects(target, [id]), [id])
      assertProblem(yield* get(target, `blob/${id}`), 404, /not in this repository/)
    })
  )
})

describeInMemory("an object by its id", (backend) => {
  const pushed = Effect.fnUntraced(function* (url: string, token: string) {
    const target = yield* createRepository(url, token, "ada/objects")
    const local = growing()
    const tip = commitTo(local, "main", { large })
    yield* pushAll(target, local)
    return { target, tip }
  })

  it.live(
    "is read from the store while the index is away, unless a refused push left it or the caller may not read",
    () =>
      Effect.gen(function* () {
        const storage = yield* freshStorage(backend)
        const control = indexControl()
        const index = interposedIndex(wholeIndexOf(storage), control.interpose)
        const hub = yield* startHub(Context.merge(storage, portsOf(index)))
        const token = yield* tokenFor(hub, "ada")
        const { target, tip } = yield* pushed(hub.url, token)
        const secret = yield* createRepository(hub.url, token, "ada/secret", { visibility: "private" })
        yield* pushAll(secret, goldenRepository("linear"))
        const unrelated = growing()
        commitTo(unrelated, "main", { refused: "left by a refused push" })
        assert.strictEqual((yield* pushBranch(target, unrelated, "main")).answer.status, 409)
        const anonymous = { ...target, token: undefined }
        const paths = [`blob/${largeId}`, `commit/${tip}`, `blob/${emptyBlobId}`]
        const before = yield* Effect.forEach(paths, (path) => get(anonymous, path))
        const secretPath = `commit/${goldenRepository("linear").heads.get("main")}`
        assert.strictEqual((yield* get(secret, secretPath)).status, 200)

        control.fail(() => true)
        for (const [place, path] of paths.entries()) {
          const answer = yield* get(anonymous, path)
          assert.strictEqual(answer.status, 200, path)
          sameBytes(answer.body, before[place]?.body ?? new Uint8Array(), path)
          for (const name of ["etag", "content-length", "cache-control"]) {
            assert.strictEqual(answer.headers[name], before[place]?.headers[name], `${path}: ${name}`)
          }
        }
        const part = yield* get(anonymous, `commit/${tip}`, [["Range", "bytes=0-5"]])
        assert.deepStrictEqual([part.status, Buffer.from(part.body).toString()], [206, "commit"])
        for (const path of [
          `blob/${blobId("left by a refused push")}`,
          `commit/${unrelated.heads.get("main")}`,
          `blob/${blobId("never pushed")}`
        ]) {
          assertProblem(yield* get(anonymous, path), 404, /not in this repository/, path)
        }
        assert.strictEqual((yield* get(secret, secretPath)).status, 200)
        const hidden = { ...secret, token: undefined }
        assertProblem(yield* get(hidden, secretPath), 404, /no repository/)
        // This store signs nothing.
        const asked = yield* post(target, "presign", { object_ids: [largeId], direction: "get" })
        assert.deepStrictEqual([asked.status, textsOf(valueIn(asked), "inline")], [200, [largeId]])
        assert.strictEqual((yield* post(anonymous, "large-blobs", { want: [tip] })).status, 200)
      })
  )

  it.live("with damaged bytes breaks off before its end, so that no cache keeps it", () =>
    Effect.gen(function* () {
      const storage = yield* freshStorage(backend)
      const store = Context.get(storage, ObjectStore)
      let damaged = false
      const spoilt = ObjectStore.of({
        ...store,
        stream: (key, range) =>
          Stream.map(store.stream(key, range), (chunk) => {
            if (damaged) chunk[0] = (chunk[0] ?? 0) ^ 1
            return chunk
          })
      })
      const hub = yield* startHub(Context.add(storage, ObjectStore, spoilt))
      const { target } = yield* pushed(hub.url, yield* tokenFor(hub, "ada"))
      const download = Effect.promise(async () => {
        const answer = await fetch(`${target.url}/${target.repository}/objects/blob/${largeId}`)
        let seen = 0
        let cut = false
        try {
          for await (const chunk of answer.body ?? []) seen += chunk.byteLength
        } catch {
          cut = true
        }
        return { seen, cut }
      })
      assert.deepStrictEqual(yield* download, { seen: size, cut: false })
      damaged = true
      const { cut, seen } = yield* download
      assert.isTrue(cut)
      assert.isBelow(seen, size)
    })
  )

  it.live("can be presigned by a caller with a token and read access, which reports each missing one", () =>
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const { target } = yield* pushed(hub.url, yield* tokenFor(hub, "ada"))
      const reader = { ...target, token: yield* tokenFor(hub, "bob", { scope: "read" }) }
      const ask = (by: Target, ids: ReadonlyArray<string>) => post(by, "presign", { object_ids: ids, direction: "get" })
      // This store signs nothing.
      const answer = yield* ok(ask(reader, [largeId, emptyBlobId]))
      assert.deepStrictEqual(textsOf(answer, "inline"), [largeId, emptyBlobId])
      assertProblem(yield* ask({ ...target, token: undefined }, [largeId]), 401, /presign needs a token/)
      const strangers = Array.from({ length: 150 }, (_, n) => blobId(`stranger ${n}`))
      const problem = assertProblem(yield* ask(reader, [largeId, ...strangers]), 404, /^150 blob\(s\) are not/)
      assert.deepStrictEqual(textsOf(problem, "missing"), strangers.slice(0, 100))
      assert.strictEqual(problem.get("total"), 150)
      assertProblem(yield* post(reader, "presign", { object_ids: [], direction: "put" }), 403, /no write access/)
    })
  )
})
