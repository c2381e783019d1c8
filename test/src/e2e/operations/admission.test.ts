/**
 * Heavy work over HTTP while all places for it are taken: each endpoint that does some is busy, as the table says, and
 * the others answer. The table has every endpoint; a new one has to be put into it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { CurrentOrigin } from "@musehub/domain/port/Audit"
import { type AdmissionLimits, admitted, layer } from "@musehub/domain/usecase/admission/Admission"
import { accessOf } from "@musehub/http/api/Api"
import { Effect, Layer } from "effect"
import { assertProblem } from "../hub/assertProblem.ts"
import { send, type Answer } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { commitTo, copyOf, growing } from "../muse/history.ts"
import { bundleFor, pushAll, pushBody } from "../muse/LocalRepository.ts"
import { call, createRepository, ok, post, postJson, refs, type Target } from "../muse/MuseClient.ts"
import { toJson, type Sendable } from "../muse/Value.ts"

/** A MIDI file without tracks. */
const silence = "MThd\0\0\0\u0006\0\0\0\0\0\u0060"

const stage = Effect.fnUntraced(function* (limits: Partial<AdmissionLimits> = {}) {
  const admission = yield* Layer.build(
    Layer.fresh(layer({ placesMax: 2, waitingMax: 8, waitMillisMax: 150, ...limits }))
  )
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  const hub = yield* Effect.provideContext(startHub(storage), admission)
  const token = yield* tokenFor(hub, "ada")
  const songs = yield* createRepository(hub.url, token, "ada/songs", { visibility: "public" })
  const local = growing()
  const main = commitTo(local, "main", { "a.txt": "a", "a.mid": silence })
  local.heads.set("topic", main)
  const topic = commitTo(local, "topic", { "a.txt": "a", "a.mid": silence, "b.txt": "b" })
  yield* pushAll(songs, local)
  const rest = (method: string, path: string, body?: Sendable, by: string | undefined = token) =>
    call(
      { url: hub.url, repository: "api/v1", token: by },
      method,
      path,
      body === undefined ? undefined : new TextEncoder().encode(toJson(body)),
      { accept: "application/json", contentType: "application/json" }
    )
  yield* ok(rest("POST", "repos/ada/songs/proposals", { title: "t", fromBranch: "topic", toBranch: "main" }))
  /** Takes a place in the name of a user until the scope closes. */
  const occupy = (user: string) =>
    Effect.forkScoped(
      admitted("plan", Effect.never).pipe(
        Effect.provideService(CurrentOrigin, { requestId: null, address: "203.0.113.1", token: "t", user }),
        Effect.provideContext(admission)
      ),
      { startImmediately: true }
    )
  return { hub, local, main, occupy, rest, songs, token, topic }
})

type Staged = Effect.Success<ReturnType<typeof stage>>
type Request = (staged: Staged) => Effect.Effect<Answer>

const anonymous = ({ url, repository }: Target): Target => ({ url, repository })

/** A push that leaves out history which another repository has. */
const borrowing: Request = ({ hub, local, token, topic }) =>
  Effect.gen(function* () {
    const copy = copyOf(local)
    const head = commitTo(copy, "topic", { "a.txt": "a", "c.txt": "a" })
    const other = yield* createRepository(hub.url, token, `ada/other-${head.slice(0, 8)}`)
    return yield* post(other, "push", pushBody(copy, bundleFor(copy, head, [topic]), "topic"))
  })

/** Endpoints with heavy work, and a request that comes to it. */
const heavy: { readonly [endpoint: string]: Request } = {
  "POST fetch": ({ songs, topic }) => post(anonymous(songs), "fetch", { want: [topic], have: [] }),
  "POST fetch of mpack": ({ songs, topic }) =>
    post(anonymous(songs), "fetch", { want: [topic], have: [] }, { accept: "application/vnd.muse.mpack" }),
  "POST negotiate": ({ main, songs, topic }) => post(anonymous(songs), "negotiate", { want: [topic], have: [main] }),
  "POST large-blobs": ({ songs, topic }) => post(anonymous(songs), "large-blobs", { want: [topic], have: [] }),
  "POST push": borrowing,
  "POST /api/v1/repos/:repoId/pull": ({ hub, songs }) =>
    Effect.flatMap(refs(songs), ({ id }) =>
      postJson({ url: hub.url, repository: "api/v1/repos" }, `${id}/pull`, {
        branch: "topic",
        haveCommits: [],
        haveObjects: []
      })
    ),
  "repositories fork": ({ rest }) => rest("POST", "repos/ada/songs/forks", { name: "copy" }),
  "commits list": ({ rest }) => rest("GET", "repos/ada/songs/commits"),
  "diffs commit": ({ rest, topic }) => rest("GET", `repos/ada/songs/commits/${topic}/diff`),
  "diffs compare": ({ rest }) => rest("GET", "repos/ada/songs/compare?base=main&head=topic"),
  "graph graph": ({ rest }) => rest("GET", "repos/ada/songs/graph"),
  "search search": ({ rest, topic }) => rest("GET", `repos/ada/songs/search?in=content&q=a&ref=${topic}`),
  "history blame": ({ rest, topic }) => rest("GET", `repos/ada/songs/blame?ref=${topic}&path=a.txt`),
  "history path": ({ rest, topic }) => rest("GET", `repos/ada/songs/history?ref=${topic}&path=a.txt`),
  "symbols list": ({ rest, topic }) => rest("GET", `repos/ada/songs/symbols?ref=${topic}`),
  "symbols history": ({ rest, topic }) => rest("GET", `repos/ada/songs/symbols/history?ref=${topic}&address=a`),
  "midi notes": ({ rest, topic }) => rest("GET", `repos/ada/songs/midi?ref=${topic}&path=a.mid`),
  "midi analysis": ({ rest, topic }) => rest("GET", `repos/ada/songs/midi/analysis?ref=${topic}&path=a.mid`),
  "midi diff": ({ rest }) => rest("GET", "repos/ada/songs/midi/diff?base=main&head=topic&path=a.mid"),
  "midi blame": ({ rest, topic }) => rest("GET", `repos/ada/songs/midi/blame?ref=${topic}&path=a.mid`),
  "browse tree": ({ rest, topic }) => rest("GET", `repos/ada/songs/tree?ref=${topic}`),
  "browse blob": ({ rest, topic }) => rest("GET", `repos/ada/songs/blob?ref=${topic}&path=a.txt`),
  "intel intel": ({ rest, topic }) => rest("GET", `repos/ada/songs/intel/languages?ref=${topic}`),
  "browse archive": ({ rest, topic }) => rest("GET", `repos/ada/songs/archive?ref=${topic}`),
  "browse raw": ({ rest, topic }) => rest("GET", `repos/ada/songs/raw?ref=${topic}&path=a.txt`),
  "proposals preview": ({ rest }) => rest("GET", "repos/ada/songs/proposals/1/merge-preview"),
  "proposals merge": ({ rest }) => rest("POST", "repos/ada/songs/proposals/1/merge", { strategy: "squash" })
}

/** Endpoints that walk a history only where a protected branch asks who wrote what is new. */
const heavyAtTimes = ["proposals close", "proposals edit", "proposals review", "proposals show", "proposals reopen"]

/** Endpoints whose work is bounded by a page, a root or the body that was read. */
const light = [
  ...["accept", "archive", "change", "create", "list", "offer", "show", "unarchive", "withdraw"].map(
    (name) => `repositories ${name}`
  ),
  ...["create", "delete", "list", "protect", "reflog", "rename", "restore", "show", "unprotect"].map(
    (name) => `branches ${name}`
  ),
  ...["annotate", "create", "remarks", "show"].map((name) => `commits ${name}`),
  ...["create", "delete", "list"].map((name) => `tags ${name}`),
  ...["create", "delete", "list", "show"].map((name) => `releases ${name}`),
  ...["comment", "list", "open"].map((name) => `proposals ${name}`),
  ...["list", "remove", "set"].map((name) => `collaborators ${name}`),
  ...["createToken", "listTokens", "revokeToken", "show", "whoAmI"].map((name) => `user ${name}`),
  ...["createLink", "end", "list"].map((name) => `sessions ${name}`),
  ...["list", "publish", "show"].map((name) => `domains ${name}`),
  ...["identity", "members"].map((name) => `people ${name}`)
]

describe("heavy work while all places are taken", () => {
  it("is known of every endpoint of the REST API", () => {
    const known = new Set([...Object.keys(heavy), ...heavyAtTimes, ...light])
    assert.deepStrictEqual(
      accessOf()
        .map(({ group, name }) => `${group} ${name}`)
        .filter((endpoint) => !known.has(endpoint)),
      []
    )
  })

  for (const [endpoint, request] of Object.entries(heavy)) {
    it.live(`is 503 with Retry-After at ${endpoint}, and done once there is a place`, () =>
      Effect.gen(function* () {
        const staged = yield* stage()
        yield* Effect.gen(function* () {
          yield* staged.occupy("eve")
          yield* staged.occupy("mallory")
          const refused = yield* request(staged)
          const problem = assertProblem(
            refused,
            503,
            /^the hub is busy with other requests of this kind; send/,
            endpoint
          )
          assert.strictEqual(problem.get("type"), "urn:musehub:problem:hub-busy")
          assert.match(refused.headers["retry-after"] ?? "", /^[1-9]\d*$/)
        }).pipe(Effect.scoped)
        const done = yield* request(staged)
        assert.isBelow(done.status, 300, new TextDecoder().decode(done.body.subarray(0, 400)))
      }).pipe(Effect.scoped)
    )
  }

  it.live("leaves refs, pushes, lists of repositories and /health as they are", () =>
    Effect.gen(function* () {
      const { hub, local, occupy, rest, songs } = yield* stage()
      yield* occupy("eve")
      yield* occupy("mallory")
      yield* refs(anonymous(songs))
      commitTo(local, "main", { "a.txt": "another" })
      yield* pushAll(songs, local)
      assert.strictEqual((yield* rest("GET", "repos")).status, 200)
      const health = yield* send({ method: "GET", url: hub.url, path: "/health", headers: [["Host", "hub"]] })
      assert.strictEqual(health.status, 200)
    }).pipe(Effect.scoped)
  )

  it.live("is counted by kind: what runs, waits, was refused, and how long it waited", () =>
    Effect.gen(function* () {
      const staged = yield* stage()
      const metrics = send({ method: "GET", url: staged.hub.url, path: "/metrics", headers: [["Host", "hub"]] })
      const valueOf = (sample: string) =>
        Effect.map(metrics, ({ body }) => {
          const line = new TextDecoder()
            .decode(body)
            .split("\n")
            .find((each) => each.startsWith(`${sample} `))
          return Number(line?.slice(sample.length) ?? 0)
        })
      const refused = 'musehub_heavy_work_refused_total{kind="negotiate"}'
      const before = yield* valueOf(refused)
      yield* Effect.gen(function* () {
        yield* staged.occupy("eve")
        yield* staged.occupy("mallory")
        assert.isAtLeast(yield* valueOf('musehub_heavy_work_running{kind="plan"}'), 2)
        yield* post(anonymous(staged.songs), "negotiate", { want: [staged.topic], have: [staged.main] })
      }).pipe(Effect.scoped)
      assert.strictEqual((yield* valueOf(refused)) - before, 1)
      yield* ok(post(anonymous(staged.songs), "negotiate", { want: [staged.topic], have: [staged.main] }))
      assert.isAbove(yield* valueOf('musehub_heavy_work_waited_seconds_count{kind="negotiate"}'), 0)
      assert.strictEqual(yield* valueOf('musehub_heavy_work_waiting{kind="negotiate"}'), 0)
    }).pipe(Effect.scoped)
  )
})
