/**
 * Strangers ask every endpoint about a repository before it exists, and again when it is there, private, with something
 * under each name in the questions. No byte of any answer may differ, but the date and the id of the request.
 */
import { assert, it } from "@effect/vitest"
import { RepositoryId } from "@musehub/domain/object/Id"
import { Effect } from "effect"
import { describeInMemory, freshStorage } from "../hub/backends.ts"
import type { Answer } from "../hub/Http.ts"
import { type Hub, startHub, tokenFor } from "../hub/Hub.ts"
import { blobId, commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { call, createRepository, refs, type Target } from "../muse/MuseClient.ts"
import { type Sendable, toJson } from "../muse/Value.ts"
import { endpoints, type Question, questionsAbout } from "./questions.ts"

/** Asks with a token, or without one; everything is sent and asked for in JSON. */
const ask = (
  url: string,
  token: string | undefined,
  { body, method, path }: Omit<Question, "endpoint">,
  key?: string
): Effect.Effect<Answer> =>
  call(
    { url, repository: "", token },
    method,
    path.slice(1),
    body === undefined ? undefined : new TextEncoder().encode(toJson(body)),
    {
      accept: "application/json",
      contentType: "application/json",
      headers: key === undefined ? [] : [["Idempotency-Key", key]]
    }
  )

/** Everything that a caller gets of an answer, without the date and the id of the request. */
const seen = ({ body, headers, status }: Answer): string => {
  const { date: _date, "x-request-id": requestId = "", ...kept } = headers
  const text = new TextDecoder("latin1").decode(body)
  return JSON.stringify({ status, headers: kept, text })
    .replaceAll(String(requestId), "the id of the request")
    .replaceAll(/muse_[\w-]{43}/g, "a new secret")
    .replaceAll(/(?<=expiresAt..:..)[\d:.TZ-]+/g, "soon")
}

const secret = "ada/secret"
const former = "ada/former"
const absentId = "7f3d0a52-41c6-4c8e-9d39-5a0b1d1f2e6a"

const local = growing()
const first = commitTo(local, "main", { "a.txt": "a secret\n" })
local.heads.set("side", first)
const head = commitTo(local, "side", { "a.txt": "a secret\n", "b.txt": "b\n" })
const blob = blobId("a secret\n")

const rest = Effect.fnUntraced(function* (
  { repository, token, url }: Target,
  method: string,
  path: string,
  body?: Sendable
) {
  const { status } = yield* ask(url, token, { method, path: `/api/v1/repos/${repository}${path}`, body })
  assert.isBelow(status, 300, `${method} ${path}`)
})

const create = "POST /api/v1/repos"

/** The endpoints that keep answers under an `Idempotency-Key`, as the OpenAPI document says. */
const repeatableEndpoints = (url: string) =>
  Effect.promise(async () => {
    const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as {
      readonly paths: {
        readonly [path: string]: {
          readonly [method: string]: { readonly parameters?: ReadonlyArray<{ name: string }> }
        }
      }
    }
    return Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { parameters = [] }]) => parameters.some(({ name }) => name === "Idempotency-Key"))
        .map(([method]) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`)
    )
  })

/** Creates the repository under its former name, with something under each name that the questions use. */
const created = Effect.fnUntraced(function* (hub: Hub, ada: string) {
  const old = yield* createRepository(hub.url, ada, former, { visibility: "private" })
  yield* pushAll(old, local)
  yield* rest(old, "PATCH", "", { name: "secret" })
  const target: Target = { ...old, repository: secret }
  yield* rest(target, "POST", "/tags", { tag: "t", commitId: head })
  yield* rest(target, "POST", "/releases", { tag: "v1.0.0", commitId: head })
  yield* rest(target, "POST", "/proposals", { title: "t", body: "", fromBranch: "side", toBranch: "main" })
  for (const user of ["reader", "former"]) yield* rest(target, "PUT", `/collaborators/${user}`, { role: "admin" })
  return target
})

describeInMemory("strangers", (backend) => {
  const stage = Effect.gen(function* () {
    const hub = yield* startHub(yield* freshStorage(backend))
    const ada = yield* tokenFor(hub, "ada")
    for (const user of ["reader", "zoe"]) yield* tokenFor(hub, user)
    const open = yield* createRepository(hub.url, ada, "ada/open")
    yield* createRepository(hub.url, yield* tokenFor(hub, "zoe"), "zoe/open")
    const callers: ReadonlyArray<readonly [string, string | undefined]> = [
      ["anonymous", undefined],
      ["a stranger", yield* tokenFor(hub, "stranger")],
      ["a former collaborator", yield* tokenFor(hub, "former")],
      [
        "the owner with a token for another repository",
        yield* tokenFor(hub, "ada", { repository: RepositoryId.make((yield* refs(open)).id) })
      ]
    ]
    return { hub, ada, callers }
  })

  const about = (id: string) => [secret, former].flatMap((name) => questionsAbout({ name, id, commit: head, blob }))

  it.live("are told of a private repository what they are told of none, at every endpoint, by name and by id", () =>
    Effect.gen(function* () {
      const { ada, callers, hub } = yield* stage
      const answers = Effect.fnUntraced(function* (id: string) {
        const withoutId = (text: string) => text.replaceAll(id, "the id").replaceAll(id.toUpperCase(), "THE ID")
        const answerTo = Effect.fnUntraced(function* (caller: string, token: string | undefined, question: Question) {
          const { body, method, path } = question
          const asked = `${caller}: ${method} ${path} ${body === undefined ? "" : toJson(body)}`
          return [withoutId(asked), withoutId(seen(yield* ask(hub.url, token, question)))] as const
        })
        const all = callers.flatMap(([caller, token]) => about(id).map((question) => answerTo(caller, token, question)))
        return new Map(yield* Effect.all(all, { concurrency: 8 }))
      })
      const missing = yield* answers(absentId)
      const target = yield* created(hub, ada)
      yield* rest(target, "DELETE", "/collaborators/former")
      for (const name of ["ada/aaa", "ada/zzz", "bob/only"]) {
        const owner = yield* tokenFor(hub, name.slice(0, 3))
        yield* createRepository(hub.url, owner, name, { visibility: "private" })
      }
      const hidden = yield* answers((yield* refs(target)).id)
      assert.sameMembers([...hidden.keys()], [...missing.keys()])
      for (const [asked, answer] of missing) assert.strictEqual(hidden.get(asked), answer, asked)
    })
  )

  it.live("get no answer that was kept for them under a key, once the token or the role does not allow the call", () =>
    Effect.gen(function* () {
      const { ada, callers, hub } = yield* stage
      const former = yield* tokenFor(hub, "former")
      const target = yield* created(hub, ada)
      const subject = { name: secret, id: (yield* refs(target)).id, commit: head, blob }
      const repeatable = new Set(yield* repeatableEndpoints(hub.url))
      const calls = questionsAbout(subject)
        .filter(({ endpoint }) => repeatable.has(endpoint))
        .map((call) => (call.endpoint === create ? { ...call, body: { owner: "ada", name: "another" } } : call))
      assert.lengthOf(calls, repeatable.size)

      /** Makes a call under its key. */
      const repeat = (token: string, call: Question) => ask(hub.url, token, call, call.path)
      /** Makes every call under its key, and returns those that were answered, with their answers. */
      const made = (token: string) =>
        Effect.map(
          Effect.forEach(calls, (call) => Effect.map(repeat(token, call), (answer) => ({ call, answer }))),
          (all) => all.filter(({ answer: { status } }) => status < 300)
        )
      const byAda = yield* made(ada)
      assert.isAbove(byAda.length, 8)
      for (const { answer, call } of byAda) {
        const again = yield* repeat(ada, call)
        assert.strictEqual(again.headers["idempotency-replayed"], "true", call.path)
        assert.deepStrictEqual(again.body, answer.body, call.path)
      }
      const [, elsewhere] = callers.find(([name]) => name.startsWith("the owner")) ?? []
      for (const lesser of [elsewhere ?? "", yield* tokenFor(hub, "ada", { scope: "read" })]) {
        for (const { call } of byAda) {
          const refused = seen(yield* repeat(lesser, call))
          assert.strictEqual(refused, seen(yield* ask(hub.url, lesser, call)), call.path)
          assert.match(refused, /"status":40[34]/, call.path)
        }
      }

      const byFormer = yield* made(former)
      assert.isAbove(byFormer.length, 4)
      yield* rest(target, "DELETE", "/collaborators/former")
      for (const { call } of byFormer) {
        const refused = seen(yield* repeat(former, call))
        assert.strictEqual(refused, seen(yield* ask(hub.url, former, call)), call.path)
        assert.match(refused, /"status":404/, call.path)
      }
    })
  )

  it("ask every endpoint", () => {
    const asked = new Set(about(absentId).map(({ endpoint }) => endpoint))
    assert.isAbove(endpoints.length, 70)
    for (const { method, path } of endpoints) assert.include(asked, `${method} ${path}`)
  })
})
