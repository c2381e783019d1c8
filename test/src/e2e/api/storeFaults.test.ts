/** What a client learns when the store or the index fails: whether to come back, and nothing internal. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { sha256 } from "@musehub/domain/object/Digest"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { type DocumentKey, documentPath } from "@musehub/domain/port/StoreKey"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Context, Effect, Layer, Logger } from "effect"
import { type Fault, injecting, type Rule, scripted } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { apiClient } from "../hub/apiClient.ts"
import type { Answer } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { assertProblem } from "../hub/assertProblem.ts"
import { call, createRepository, type Target } from "../muse/MuseClient.ts"
import { textOf } from "../muse/Value.ts"

/** A hub with a repository, whose store fails as `script` says; `logged` collects its log since then. */
const spoilable = Effect.gen(function* () {
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  let faults = scripted([])
  const spoilt = interposed(
    Context.get(storage, ObjectStore),
    injecting((storeCall) => faults(storeCall))
  )
  const logged: Array<string> = []
  const hub = yield* startHub(Context.add(storage, ObjectStore, spoilt), [
    Logger.map(Logger.formatLogFmt, (line) => void logged.push(line))
  ])
  const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
  const script = (rules: ReadonlyArray<Rule>) => {
    faults = scripted(rules)
  }
  return { hub, logged, script, target }
})

const documents = (fault: Fault): ReadonlyArray<Rule> => [{ operation: "documents.read", fault }]

/** The same request to the wire, for both encodings, and to the REST API. */
const answersOf = Effect.fnUntraced(function* (target: Target) {
  const rest: Target = { ...target, repository: `api/v1/repos/${target.repository}` }
  return {
    msgpack: yield* call(target, "GET", "refs"),
    json: yield* call(target, "GET", "refs", undefined, { accept: "application/json" }),
    rest: yield* call(rest, "GET", "branches")
  } satisfies { readonly [encoding: string]: Answer }
})

describe("an answer from a store that fails", () => {
  it.live("is a problem in JSON, whatever is asked for, and of the REST API as its contract declares it", () =>
    Effect.gen(function* () {
      const { script, target } = yield* spoilable
      script(documents({ failBefore: true }))
      for (const [name, answer] of Object.entries(yield* answersOf(target))) {
        assert.strictEqual(answer.headers["content-type"], "application/problem+json", name)
      }
      const nobody = yield* apiClient(target.url)
      const declared = yield* Effect.flip(nobody.branches.list({ params: { owner: "ada", slug: "songs" }, query: {} }))
      assert.deepInclude(declared, { status: 503, type: "urn:musehub:problem:store-unavailable" })
    })
  )

  it.live("says when to come back after a transient fault, and not after one that needs an operator", () =>
    Effect.gen(function* () {
      const { script, target } = yield* spoilable
      script(documents({ failBefore: true }))
      for (const [name, answer] of Object.entries(yield* answersOf(target))) {
        assertProblem(answer, 503, /^the object store does not answer as it should; try again in a few seconds$/, name)
        assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d*$/, name)
      }
      script(documents({ refuse: true }))
      for (const [name, answer] of Object.entries(yield* answersOf(target))) {
        assertProblem(answer, 500, /object store/, name)
        assert.notProperty(answer.headers, "retry-after", name)
      }
    })
  )

  // The index does not have this token, so the hub looks for it in the store.
  const token = "muse_secret"
  const key: DocumentKey = { kind: "hub", collection: "tokens", name: DocumentName.make(sha256(token)) }
  const path = documentPath(key)

  const assertKeptInside = Effect.fnUntraced(function* (target: Target, logged: ReadonlyArray<string>) {
    for (const [name, answer] of Object.entries(yield* answersOf({ ...target, token }))) {
      const problem = assertProblem(answer, answer.status, /^the (object store|store) /, name)
      assert.isAtLeast(answer.status, 500, name)
      const text = new TextDecoder().decode(answer.body)
      for (const secret of [path, key.name, "hub/", "tokens", "injected", token]) assert.notInclude(text, secret, name)
      const requestId = textOf(problem, "requestId")
      const lines = logged.filter((line) => line.includes(requestId))
      assert.lengthOf(lines, 1, name)
      assert.include(lines[0], path, name)
      assert.notInclude(lines[0], token, name)
    }
  })

  for (const fault of [{ failBefore: true }, { refuse: true }] satisfies ReadonlyArray<Fault>) {
    it.live(`names neither the key nor the service's message; the log does (${Object.keys(fault).join()})`, () =>
      Effect.gen(function* () {
        const { logged, script, target } = yield* spoilable
        script([{ operation: "documents.read", path: /^hub\/tokens\//, fault }])
        yield* assertKeptInside(target, logged)
        assert.match(logged.join("\n"), /injected: /)
      })
    )
  }

  it.live("does not name the key of a damaged object", () =>
    Effect.gen(function* () {
      const { hub, logged, target } = yield* spoilable
      const store = Context.get(hub.services, ObjectStore)
      yield* store.documents.write(key, new TextEncoder().encode("no token"), { _tag: "Absent" })
      yield* assertKeptInside(target, logged)
    })
  )
})
