/**
 * Access over the wire: a private repository looks to others like one that does not exist, an invalid token is refused
 * even where none is needed, and the content of one repository cannot be found out through another.
 */
import { assert } from "@effect/vitest"
import { RepositoryId } from "@musehub/domain/object/Id"
import { revokeToken } from "@musehub/domain/usecase/people/tokens"
import { Effect } from "effect"
import { blobId, commitTo, growing } from "../muse/history.ts"
import { tokenFor } from "../hub/Hub.ts"
import type { Answer } from "../hub/Http.ts"
import { bundleFor, fetchFrom, pushAll, pushBody, pushBranch, uploadBlobs } from "../muse/LocalRepository.ts"
import { call, createRepository, filterObjects, heads, post, postJson, refs, type Target } from "../muse/MuseClient.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { describeOnStages, Stage } from "../hub/Stage.ts"
import { type Sendable, textOf, textsOf } from "../muse/Value.ts"

/** Every endpoint, with a request that would succeed. */
const requests = (tip: string, body: Sendable): ReadonlyArray<readonly [string, string, Sendable | undefined]> => [
  ["GET", "refs", undefined],
  ["POST", "fetch", { want: [tip], have: [] }],
  ["POST", "negotiate", { want: [tip], have: [tip] }],
  ["POST", "large-blobs", { want: [tip], have: [], bytes_min: 1 }],
  ["GET", `objects/commit/${tip}`, undefined],
  ["POST", "filter-objects", { object_ids: [blobId("x")] }],
  ["POST", "presign", { object_ids: [blobId("x")], direction: "put" }],
  ["POST", "push/objects", { objects: [{ object_id: blobId("x"), content: new TextEncoder().encode("x") }] }],
  ["POST", "push", body]
]

/** Endpoints of a public repository that answer every caller. */
const open = (path: string) => /^(refs|fetch|negotiate|large-blobs|objects\/.*)$/.test(path)
/** Endpoints that answer every caller with a token and read access. */
const readable = (path: string) => open(path) || path === "filter-objects"

const scene = (visibility: "public" | "private") =>
  Effect.gen(function* () {
    const target = yield* (yield* Stage).repository({ visibility })
    const local = growing()
    const tip = commitTo(local, "main", { "secret.txt": `secret of ${target.repository}` })
    yield* pushAll(target, local)
    const body = pushBody(local, bundleFor(local, tip, []), "other")
    const ask = ([method, path, value]: ReturnType<typeof requests>[number], token: string | undefined) =>
      value === undefined ? call({ ...target, token }, method, path) : post({ ...target, token }, path, value)
    return { target, local, tip, endpoints: requests(tip, body), ask }
  })

/** An answer without the name that was asked for. */
const sayings = (answer: Answer, target: Target) =>
  `${answer.status} ${new TextDecoder("latin1").decode(answer.body).replaceAll(target.repository, "")}`

describeOnStages("access", (it) => {
  it.effect("to a private repository is refused as if it did not exist", () =>
    Effect.gen(function* () {
      const { ada, bob, hub } = yield* Stage
      const { endpoints, ask, target } = yield* scene("private")
      // As long as the other name, since msgpack encodes the length of a text.
      const nowhere: Target = { ...target, repository: `ada/${"x".repeat(target.repository.length - "ada/".length)}` }
      for (const endpoint of endpoints) {
        const [method, path, value] = endpoint
        for (const token of [undefined, bob]) {
          const answer = yield* ask(endpoint, token)
          const expected = token === undefined && !open(path) ? 401 : 404
          assertProblem(answer, expected, /./, `${path} ${expected}`)
          const there = { ...nowhere, token }
          const elsewhere = yield* value === undefined ? call(there, method, path) : post(there, path, value)
          assert.strictEqual(sayings(answer, target), sayings(elsewhere, there), path)
        }
        assert.strictEqual((yield* ask(endpoint, ada)).status, 200, path)
      }
      assert.isAbove((yield* heads({ ...target, url: hub.url })).size, 1)
    })
  )

  it.effect("with an invalid token is refused, even where none is needed", () =>
    Effect.gen(function* () {
      const { hub, bob } = yield* Stage
      const { endpoints, ask } = yield* scene("public")
      const expired = yield* tokenFor(hub, "ada", { lifetimeMillis: 1 })
      const revoked = yield* tokenFor(hub, "ada")
      yield* Effect.provideContext(Effect.orDie(revokeToken(blobId(revoked).slice(0, 12))), hub.services)
      yield* Effect.sleep("5 millis")
      for (const endpoint of endpoints) {
        for (const token of ["muse_wrong", expired, revoked, `${bob}x`, "two words"]) {
          const answer = yield* ask(endpoint, token)
          assertProblem(answer, 401, /token/, endpoint[1])
          assert.match(answer.headers["www-authenticate"] ?? "", /^Bearer/)
        }
      }
    })
  )

  it.effect("to a public repository lets every caller read and its owner write", () =>
    Effect.gen(function* () {
      const { ada, bob } = yield* Stage
      const { endpoints, ask } = yield* scene("public")
      for (const endpoint of endpoints) {
        const [, path] = endpoint
        const anonymous = yield* ask(endpoint, undefined)
        const stranger = yield* ask(endpoint, bob)
        if (open(path)) assert.strictEqual(anonymous.status, 200, path)
        else assertProblem(anonymous, 401, /needs a token/, path)
        if (readable(path)) assert.strictEqual(stranger.status, 200, path)
        else assertProblem(stranger, 403, /bob has no write access/, path)
        assert.strictEqual((yield* ask(endpoint, ada)).status, 200, path)
      }
    })
  )

  it.effect("is limited to the token's scope and repository", () =>
    Effect.gen(function* () {
      const { hub } = yield* Stage
      const { endpoints, ask, target } = yield* scene("private")
      const other = yield* scene("private")
      const repository = RepositoryId.make((yield* refs(target)).id)
      const reader = yield* tokenFor(hub, "ada", { scope: "read" })
      const limited = yield* tokenFor(hub, "ada", { repository })
      for (const endpoint of endpoints) {
        const [, path] = endpoint
        const read = yield* ask(endpoint, reader)
        if (readable(path)) assert.strictEqual(read.status, 200, path)
        else assertProblem(read, 403, /only read scope/, path)
        assert.strictEqual((yield* ask(endpoint, limited)).status, 200, path)
        assertProblem(yield* other.ask(endpoint, limited), 404, /./, path)
      }
      for (const token of [reader, limited]) {
        const api: Target = { url: hub.url, repository: "api/v1", token }
        assertProblem(yield* postJson(api, "repos", { owner: "ada", name: "more" }), 403, /cannot create/)
      }
    })
  )

  it.effect("reveals no blobs of another repository, neither by filter-objects nor by a push that names them", () =>
    Effect.gen(function* () {
      const { hub, bob } = yield* Stage
      const { local, tip, target } = yield* scene("private")
      const [secret = ""] = local.blobs.keys()
      const mine = yield* createRepository(hub.url, bob, `bob/${target.repository.slice(4)}`)
      assert.deepStrictEqual(yield* filterObjects(mine, [secret]), [secret])
      const bundle = bundleFor(local, tip, [])
      const problem = assertProblem(yield* post(mine, "push", pushBody(local, bundle, "main")), 422, /blob.* missing/)
      assert.deepStrictEqual(textsOf(problem, "missing"), [secret])
      assertProblem(
        yield* post(mine, "push", pushBody(local, { ...bundle, snapshots: [] }, "main")),
        422,
        /snapshot.* missing/
      )
      assertProblem(yield* post(mine, "fetch", { want: [tip], have: [] }), 404, /not in this repository/)
      yield* uploadBlobs(mine, local, bundle.blobs)
      assert.strictEqual((yield* pushBranch(mine, local, "main")).answer.status, 200)
    })
  )

  it.effect("by a token for one repository copies nothing from its user's other private ones", () =>
    Effect.gen(function* () {
      const { hub } = yield* Stage
      const { local, tip, target } = yield* scene("private")
      const bundle = bundleFor(local, tip, [])
      const body = pushBody(local, bundle, "main")
      const other = yield* (yield* Stage).repository()
      const repository = RepositoryId.make((yield* refs(other)).id)
      const limited = yield* tokenFor(hub, "ada", { repository })
      const problem = assertProblem(yield* post({ ...other, token: limited }, "push", body), 422, /blob.* missing/)
      assert.deepStrictEqual(textsOf(problem, "missing"), bundle.blobs)
      assert.strictEqual((yield* post(other, "push", body)).status, 200, `borrowed from ${target.repository}`)
      const [lent] = (yield* fetchFrom(other, [tip])).blobs.keys()
      assert.strictEqual(lent, bundle.blobs[0])
    })
  )

  it.effect("to names: no user takes an existing name, or creates a repository under another user's", () =>
    Effect.gen(function* () {
      const { hub, ada, bob } = yield* Stage
      const { target } = yield* scene("private")
      const [owner = "", name = ""] = target.repository.split("/")
      const api = (token: string | undefined): Target => ({ url: hub.url, repository: "api/v1", token })
      const wanted = { owner, name: name.toUpperCase(), initialize: false }
      const taken = assertProblem(yield* postJson(api(ada), "repos", wanted), 409, /already a repository/)
      assert.match(textOf(taken, "type"), /taken/)
      assertProblem(yield* postJson(api(bob), "repos", wanted), 403, /cannot create repositories of ada/)
      assertProblem(yield* postJson(api(undefined), "repos", wanted), 401, /needs a token/)
      for (const bad of ["api", "../x", "A", "-a", "x".repeat(65)]) {
        assertProblem(yield* postJson(api(ada), "repos", { ...wanted, owner: bad }), 400, /owner/, bad)
      }
      assertProblem(
        yield* postJson(api(ada), "repos", { ...wanted, name: "bad-branch", defaultBranch: "a..b" }),
        422,
        /two dots/
      )
    })
  )
})
