/**
 * Renamed, transferred, forked and archived repositories over HTTP: redirects of the REST API, what the wire tells a
 * client that has the former name, and what callers learn who may not see the repository.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { assertProblem } from "../hub/assertProblem.ts"
import { type Answer, send, valueIn } from "../hub/Http.ts"
import { describeOnStages, Stage } from "../hub/Stage.ts"
import { assertCloneIs } from "../muse/assertContent.ts"
import { commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { call, createRepository, ok, post, refs, type Target } from "../muse/MuseClient.ts"
import { type Sendable, textOf, toJson } from "../muse/Value.ts"

const json = { accept: "application/json", contentType: "application/json" }

const rest = (target: Target, method: string, path = "", body?: Sendable, key?: string) =>
  call(
    { ...target, repository: "api/v1/repos" },
    method,
    `${target.repository}${path}`,
    body === undefined ? undefined : new TextEncoder().encode(toJson(body)),
    key === undefined ? json : { ...json, headers: [["Idempotency-Key", key]] }
  )

const rename = (target: Target, name: string) =>
  Effect.as(ok(rest(target, "PATCH", "", { name })), { ...target, repository: `ada/${name}` })

const textIn = ({ body }: Answer) => new TextDecoder().decode(body)

const begun = Effect.fnUntraced(function* (visibility: "public" | "private" = "public") {
  const { repository } = yield* Stage
  const target = yield* repository({ visibility })
  const local = growing()
  commitTo(local, "main", { "a.txt": target.repository })
  yield* pushAll(target, local)
  return { target, local }
})

describeOnStages("a renamed repository", (it) => {
  it.effect("is redirected to by the REST API, whatever is asked of it", () =>
    Effect.gen(function* () {
      const { target } = yield* begun()
      const renamed = yield* rename(target, `${target.repository.slice(4)}-renamed`)
      const requests: ReadonlyArray<readonly [string, string, Sendable | undefined]> = [
        ["GET", "", undefined],
        ["GET", "/branches?limit=1", undefined],
        ["POST", "/branches", { name: "new", from: "main" }],
        ["PATCH", "", { description: "d" }],
        ["DELETE", "/branches/a%2Fb", undefined]
      ]
      for (const [method, path, body] of requests) {
        const answer = yield* rest(target, method, path, body)
        assert.strictEqual(answer.status, 308, textIn(answer))
        assert.strictEqual(answer.headers.location, `/api/v1/repos/${renamed.repository}${path}`, `${method} ${path}`)
        assert.strictEqual(textOf(valueIn(answer), "detail"), `${target.repository} is now ${renamed.repository}`)
      }
      const { headers } = yield* rest(target, "GET", "/branches?limit=1")
      const followed = yield* Effect.orDie(
        send({
          method: "GET",
          url: `${target.url}${headers.location}`,
          headers: [
            ["Host", new URL(target.url).host],
            ["Accept", "application/json"]
          ]
        })
      )
      assert.strictEqual(followed.status, 200)
    })
  )

  it.effect("is named on the wire with the command that sets its new address, and is cloned and pushed to there", () =>
    Effect.gen(function* () {
      const { target, local } = yield* begun()
      const renamed = yield* rename(target, `${target.repository.slice(4)}-renamed`)
      const sentence =
        `${target.repository} is now ${renamed.repository}: ` +
        `muse remote set-url origin ${target.url}/${renamed.repository}`
      const answers = [
        yield* call(target, "GET", "refs"),
        yield* post(target, "fetch", { want: [], have: [] }),
        yield* post(target, "push/objects", { objects: [] }),
        yield* post(target, "push", {
          bundle: { commits: [], snapshots: [], objects: [] },
          branch: "main",
          force: false
        })
      ]
      for (const answer of answers) {
        assert.strictEqual(answer.status, 404)
        assert.isTrue(textIn(answer).startsWith(`{"detail":"${sentence}"`), textIn(answer))
      }
      yield* assertCloneIs(renamed, local)
      commitTo(local, "main", { "a.txt": "again" })
      yield* pushAll(renamed, local)
      // The id stays, so clones and tokens of this repository go on.
      yield* createRepository(target.url, target.token ?? "", target.repository)
      assert.deepStrictEqual([...(yield* refs(target)).heads], [])
      assert.strictEqual((yield* refs(renamed)).heads.size, 1)
    })
  )

  it.effect("is as unknown by its former name as any other to callers who may not see it", () =>
    Effect.gen(function* () {
      const { bob } = yield* Stage
      const { target } = yield* begun("private")
      yield* rename(target, `${target.repository.slice(4)}-renamed`)
      const never: Target = { ...target, repository: `ada/${"x".repeat(target.repository.length - 4)}` }
      for (const token of [undefined, bob]) {
        const said = (each: Target, answer: Answer) =>
          `${answer.status} ${answer.headers.location} ${textIn(answer).replaceAll(each.repository, "…")}`
        for (const path of ["", "/branches", "/collaborators"]) {
          const [former, unknown] = [
            yield* rest({ ...target, token }, "GET", path),
            yield* rest({ ...never, token }, "GET", path)
          ]
          assert.strictEqual(said(target, former), said(never, unknown))
          assert.notInclude(textIn(former), "-renamed")
        }
        const [former, unknown] = [
          yield* call({ ...target, token }, "GET", "refs"),
          yield* call({ ...never, token }, "GET", "refs")
        ]
        assert.strictEqual(said(target, former), said(never, unknown))
      }
    })
  )
})

describeOnStages("a transferred repository", (it) => {
  it.effect("is offered, accepted and found under its new owner, and the former name leads there", () =>
    Effect.gen(function* () {
      const { bob } = yield* Stage
      const { target, local } = yield* begun("private")
      const asBob = { ...target, token: bob }
      assertProblem(yield* rest(asBob, "POST", "/transfer/accept"), 404, /there is no repository/)
      assertProblem(yield* rest(target, "POST", "/transfer", { owner: "nobody" }), 404, /there is no user/)
      yield* ok(rest(target, "POST", "/transfer", { owner: "bob" }, `offer ${target.repository}`.replaceAll(" ", "-")))
      const moved = yield* ok(rest(asBob, "POST", "/transfer/accept"))
      assert.strictEqual(textOf(moved, "owner"), "bob")
      const now: Target = { ...asBob, repository: target.repository.replace("ada/", "bob/") }
      assert.strictEqual((yield* refs(now)).heads.size, 1)
      for (const token of [target.token, bob]) {
        const former = yield* rest({ ...target, token }, "GET")
        assert.strictEqual(former.headers.location, `/api/v1/repos/${now.repository}`)
      }
      // The former owner keeps the role write.
      commitTo(local, "main", { "b.txt": "b" })
      yield* pushAll({ ...now, token: target.token }, local)
      assertProblem(
        yield* rest({ ...now, token: target.token }, "POST", "/transfer", { owner: "ada" }),
        403,
        /has no admin access/
      )
      // Accepting again, as after a lost answer, gives the same.
      assert.strictEqual(textOf(yield* ok(rest(now, "POST", "/transfer/accept")), "owner"), "bob")
    })
  )
})

describeOnStages("a forked repository", (it) => {
  it.effect("is made once for an idempotency key, is cloned whole, and stays when the source becomes private", () =>
    Effect.gen(function* () {
      const { bob } = yield* Stage
      const { target, local } = yield* begun()
      const asBob = { ...target, token: bob }
      assertProblem(yield* rest({ ...target, token: undefined }, "POST", "/forks", {}), 401, /needs a token/)
      const key = `fork-${target.repository}`
      const [first, again] = [
        yield* rest(asBob, "POST", "/forks", {}, key),
        yield* rest(asBob, "POST", "/forks", {}, key)
      ]
      assert.deepStrictEqual([first.status, again.status, again.headers["idempotency-replayed"]], [201, 201, "true"])
      assert.strictEqual(textIn(first), textIn(again))
      const { id } = yield* refs(target)
      assert.strictEqual(textOf(valueIn(first), "forkOf"), id)
      assertProblem(yield* rest(asBob, "POST", "/forks", {}), 409, /there is already a repository/)
      yield* ok(rest(target, "PATCH", "", { visibility: "private" }))
      const fork: Target = { ...asBob, repository: target.repository.replace("ada/", "bob/") }
      yield* assertCloneIs({ ...fork, token: undefined }, local)
      assertProblem(
        yield* rest({ ...target, token: bob }, "POST", "/forks", { name: "other" }),
        404,
        /there is no repository/
      )
    })
  )
})

describeOnStages("an archived repository", (it) => {
  it.effect("is cloned, and refuses a push and every other change with 403 and its name", () =>
    Effect.gen(function* () {
      const { target, local } = yield* begun()
      const archived = yield* ok(rest(target, "PUT", "/archive"))
      assert.strictEqual((archived as ReadonlyMap<string, unknown>).get("archived"), true)
      yield* assertCloneIs({ ...target, token: undefined }, local)
      const refusals = [
        yield* post(target, "push/objects", { objects: [] }),
        yield* post(target, "push", {
          bundle: { commits: [], snapshots: [], objects: [] },
          branch: "main",
          force: false
        }),
        yield* rest(target, "POST", "/branches", { name: "new", from: "main" }),
        yield* rest(target, "PATCH", "", { description: "d" }),
        yield* rest(target, "PUT", "/collaborators/bob", { role: "read" })
      ]
      for (const answer of refusals) {
        assert.strictEqual(answer.status, 403)
        assert.include(textIn(answer), `{"detail":"${target.repository} is archived`)
      }
      yield* ok(rest(target, "GET", "/collaborators"))
      yield* ok(rest(target, "DELETE", "/archive"))
      commitTo(local, "main", { "b.txt": "b" })
      yield* pushAll(target, local)
    })
  )
})
