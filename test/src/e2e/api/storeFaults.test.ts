/** What a client learns when the store or the index fails: whether to come back, and nothing of what is inside. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndexStore from "@musehub/adapter-memory/MemoryIndexStore"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { IndexStore } from "@musehub/domain/port/IndexStore"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Context, Effect, Layer } from "effect"
import { type Fault, injecting, type Rule, scripted } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import type { Answer } from "../hub/Http.ts"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { assertProblem } from "../hub/Problem.ts"
import { call, createRepository, type Target } from "../muse/MuseClient.ts"

/** A hub with a repository, whose store fails as `script` says. */
const spoilable = Effect.gen(function* () {
  const storage = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndexStore.layer)))
  let faults = scripted([])
  const spoilt = interposed(
    Context.get(storage, ObjectStore),
    injecting((storeCall) => faults(storeCall))
  )
  const hub = yield* startHub(
    Context.make(ObjectStore, spoilt).pipe(Context.add(IndexStore, Context.get(storage, IndexStore)))
  )
  const target = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs")
  const script = (rules: ReadonlyArray<Rule>) => {
    faults = scripted(rules)
  }
  return { hub, script, target }
})

const documents = (fault: Fault): ReadonlyArray<Rule> => [{ operation: "readDocument", fault }]

/** The same question to the wire, in both encodings, and to the REST API. */
const answersOf = Effect.fnUntraced(function* (target: Target) {
  const rest: Target = { ...target, repository: `api/v1/repos/${target.repository}` }
  return {
    msgpack: yield* call(target, "GET", "refs"),
    json: yield* call(target, "GET", "refs", undefined, { accept: "application/json" }),
    rest: yield* call(rest, "GET", "branches")
  } satisfies { readonly [encoding: string]: Answer }
})

describe("an answer out of a store that fails", () => {
  it.live("says when to come back after a fault that may pass, and not after one that waits for an operator", () =>
    Effect.gen(function* () {
      const { script, target } = yield* spoilable
      script(documents({ failBefore: true }))
      for (const [name, answer] of Object.entries(yield* answersOf(target))) {
        assertProblem(answer, 503, /object store/, name)
        assert.match(answer.headers["retry-after"] ?? "", /^[1-9]\d*$/, name)
      }
      script(documents({ refuse: true }))
      for (const [name, answer] of Object.entries(yield* answersOf(target))) {
        assertProblem(answer, 500, /object store/, name)
        assert.notProperty(answer.headers, "retry-after", name)
      }
    })
  )
})
