/** Requests with much to do that never pause, at the wire endpoints and at those of the REST API. */
import { assert, describe, it } from "@effect/vitest"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { portsOf, wholeIndexOf } from "@musehub/contract/wholeIndex"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { FairScheduler } from "@musehub/http/fairness/FairScheduler"
import { Context, Effect, Layer, Scheduler } from "effect"
import { startHub, tokenFor } from "../hub/Hub.ts"
import { interposedIndex } from "../hub/interposedIndex.ts"
import { commitTo, growing } from "../muse/history.ts"
import { pushAll } from "../muse/LocalRepository.ts"
import { call, createRepository, ok, post, postJson, type Target } from "../muse/MuseClient.ts"

const stepMillis = 1
const stepsOfCall = 60

/** A hub whose calls to the index take many steps of a moment each, once they are slow. */
const stage = Effect.gen(function* () {
  const steps = { taken: 0, areSlow: false }
  const step = Effect.sync(() => {
    const until = performance.now() + stepMillis
    while (performance.now() < until);
    steps.taken += 1
  })
  const slowly = Effect.suspend(() =>
    Effect.forEach(Array.from({ length: steps.areSlow ? stepsOfCall : 0 }), () => step, { discard: true })
  )
  const parts = yield* Layer.build(Layer.fresh(Layer.merge(MemoryObjectStore.layer(), MemoryIndex.layer)))
  const index = interposedIndex(wholeIndexOf(parts), (_, effect) => Effect.andThen(slowly, effect))
  const storage = Context.add(portsOf(index), ObjectStore, Context.get(parts, ObjectStore))
  const hub = yield* Effect.provideService(startHub(storage), Scheduler.Scheduler, new FairScheduler())
  const songs = yield* createRepository(hub.url, yield* tokenFor(hub, "ada"), "ada/songs", { visibility: "public" })
  const local = growing()
  const head = commitTo(local, "main", { "a.txt": "a" })
  yield* pushAll(songs, local)
  return { head, hub, songs, steps }
})

const rest = ({ url, token }: Target, method: string, path: string) =>
  call({ url, repository: "api/v1/repos", token }, method, path, undefined, { accept: "application/json" })

const requests = {
  negotiate: (songs: Target, head: string) => post(songs, "negotiate", { want: [head], have: [] }),
  "GET commits": (songs: Target) => rest(songs, "GET", "ada/songs/commits"),
  "POST forks": ({ url, token }: Target) =>
    postJson({ url, repository: "api/v1/repos", token }, "ada/songs/forks", { name: "copy" })
}

describe("a request that never pauses", () => {
  for (const [name, request] of Object.entries(requests)) {
    it.live(`leaves the event loop to others after a few steps: ${name}`, () =>
      Effect.gen(function* () {
        const { head, songs, steps } = yield* stage
        steps.areSlow = true
        let most = 0
        let before = 0
        const look = () => {
          most = Math.max(most, steps.taken - before)
          before = steps.taken
        }
        const watch = setInterval(look)
        yield* Effect.addFinalizer(() => Effect.sync(() => clearInterval(watch)))
        yield* ok(request(songs, head))
        look()
        assert.isAtLeast(steps.taken, stepsOfCall)
        assert.isAtMost(most, stepsOfCall / 3)
      })
    )
  }
})
