/** The mark of a collection: runs that are slow, overtaken or stopped, and hubs that saw a pack before it went. */
import { assert, describe, it } from "@effect/vitest"
import { expected } from "@musehub/domain/base/expected"
import { sha256 } from "@musehub/domain/object/Digest"
import { storeConcurrency } from "@musehub/domain/port/storeConcurrency"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { Packing } from "@musehub/domain/usecase/packs/Packing"
import { push } from "@musehub/domain/usecase/push/push"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { Clock, Context, Deferred, Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { interposed, type StoreCall } from "../../support/interposedStore.ts"
import { at, clone, newRepository, opened, pushSteps, startHub, step, type Step } from "../support/hubSamples.ts"
import { rootOf } from "../repository/refs/recordSamples.ts"
import { assertSound } from "../verify/verified.ts"
import { agingHub, applied, days, planned } from "./collected.ts"

const isPack = ({ operation, path }: StoreCall, wanted: StoreCall["operation"]): boolean =>
  operation === wanted && path.includes("/packs/")

/** A hub that was sent the blobs of some steps long ago, each in a pack of its own that no root names, and a plan. */
const aheadHub = Effect.fnUntraced(function* (count: number) {
  const { hub, pass } = yield* agingHub
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [step("base", { base: "base" })])
  const steps = Array.from({ length: count }, (_, number) => step(`step ${number}`, { a: `sent ahead ${number}` }))
  const send = Effect.fnUntraced(function* (by: typeof hub, { blobs }: Step) {
    const open = yield* opened(by, repository)
    yield* at(by)(uploadBlobs(open, (take) => Effect.forEach(blobs, take, { discard: true })))
  })
  for (const each of steps) yield* send(hub, each)
  yield* pass(15 * days)
  const { plan } = yield* planned(hub, { isSure: true })
  assert.strictEqual(plan.entries.length, count)
  /** Pushes a step whose blobs were sent. */
  const pushSent = Effect.fnUntraced(function* (by: typeof hub, { commit, snapshot }: Step) {
    const open = yield* opened(by, repository)
    const bundle = { branch: "sent", force: true, commits: [commit.record], snapshots: [snapshot] }
    return yield* at(by)(push(open, bundle))
  })
  const first = expected(steps[0], "the first step")
  return { hub, repository, first, plan, send, pushSent }
})

/** A hub whose collection was stopped before its first delete. */
const stoppedHub = Effect.gen(function* () {
  const ahead = yield* aheadHub(1)
  const store = interposed(ahead.hub.store, (call, effect) =>
    isPack(call, "delete") ? Effect.die("the process ends") : effect
  )
  yield* Effect.exit(applied({ store, index: ahead.hub.index }, ahead.plan))
  return ahead
})

describe("the mark of a collection", () => {
  it.effect(
    "is looked at soon before each delete, so that a slow run deletes nothing after another one has ended",
    () =>
      Effect.gen(function* () {
        const { hub, plan } = yield* aheadHub(4 * storeConcurrency)
        const sent: Array<number> = []
        const store = interposed(hub.store, (call, effect) =>
          isPack(call, "delete")
            ? Effect.gen(function* () {
                sent.push(yield* Clock.currentTimeMillis)
                yield* Effect.sleep("9 seconds")
                return yield* effect
              })
            : effect
        )
        const slow = yield* Effect.forkChild(applied({ store, index: hub.index }, plan))
        while (sent.length === 0) yield* TestClock.adjust("1 second")
        const fast = yield* Effect.forkChild(
          Effect.andThen(
            applied(hub, plan),
            Effect.sync(() => sent.push(-1))
          )
        )
        while (slow.pollUnsafe() === undefined || fast.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
        yield* Fiber.join(slow)
        yield* Fiber.join(fast)
        assert.strictEqual(sent.at(-1), -1, "the last delete was sent before the other run ended")
        assert.isBelow(sent.length, 2 * storeConcurrency)
        yield* assertSound(hub)
      })
  )

  it.effect(
    "is taken over by another run of its plan as soon as it is made, and what runs have left goes with it",
    () =>
      Effect.gen(function* () {
        const { hub, plan, repository } = yield* aheadHub(2)
        const left = { kind: "condemned", repository: repository.id, sha256: sha256("left") } as const
        yield* hub.store.documents.write(left, new TextEncoder().encode("left"), { _tag: "Any" })
        let isOvertaken = false
        const store = interposed(hub.store, ({ operation, path }, call) =>
          isOvertaken || operation !== "documents.write" || !path.endsWith("/root")
            ? call
            : Effect.tap(call, () => {
                isOvertaken = true
                return Effect.orDie(Effect.scoped(applied(hub, plan)))
              })
        )
        const overtaken = yield* Effect.forkChild(applied({ store, index: hub.index }, plan))
        while (overtaken.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
        const { collected } = yield* Fiber.join(overtaken)
        assert.isTrue(isOvertaken)
        assert.deepStrictEqual([collected.packs, collected.left], [0, 2])
        assert.lengthOf((yield* planned(hub, { isSure: true })).plan.entries, 0)
        const lists = yield* hub.store.documents.list({ kind: "condemned", repository: repository.id }, { limit: 9 })
        assert.deepStrictEqual(lists.items, [])
        yield* assertSound(hub)
      })
  )

  it.effect(
    "leaves no list of a run that was stopped once it had taken the mark away, when the plan is applied again",
    () =>
      Effect.gen(function* () {
        const { hub, plan, repository } = yield* aheadHub(1)
        const stopping = interposed(hub.store, ({ operation, path }, effect) =>
          operation === "documents.delete" && path.includes("/condemned/") ? Effect.die("the process ends") : effect
        )
        yield* Effect.exit(applied({ store: stopping, index: hub.index }, plan))
        const lists = Effect.map(
          hub.store.documents.list({ kind: "condemned", repository: repository.id }, { limit: 9 }),
          ({ items }) => items
        )
        assert.lengthOf(yield* lists, 1)
        assert.isNull((yield* rootOf(hub, repository)).condemned)
        yield* applied(hub, plan)
        assert.lengthOf(yield* lists, 0)
        assert.isNull((yield* rootOf(hub, repository)).condemned)
        yield* assertSound(hub)
      })
  )

  it.effect("is not believed to be older than a pack that was put while it was deleted", () =>
    Effect.gen(function* () {
      const { first, hub, plan, pushSent, repository, send } = yield* aheadHub(1)
      const [isPut, isGone] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      // The answer of the put comes late.
      const late = interposed(hub.store, (call, effect) =>
        isPack(call, "put")
          ? Effect.tap(effect, () => Effect.andThen(Deferred.succeed(isPut, undefined), Deferred.await(isGone)))
          : effect
      )
      const other = yield* startHub({ store: late, index: hub.index })
      let sending: Fiber.Fiber<void, unknown> | undefined
      const store = interposed(hub.store, (call, effect) =>
        isPack(call, "delete")
          ? Effect.gen(function* () {
              sending = yield* Effect.forkDetach(Effect.orDie(send(other, first)))
              yield* Deferred.await(isPut)
              return yield* effect
            })
          : effect
      )
      const { collected } = yield* applied({ store, index: hub.index }, plan)
      assert.strictEqual(collected.packs, 1)
      // The other hub sees the root after the collection before it hears of its put.
      yield* opened(other, repository)
      yield* Deferred.succeed(isGone, undefined)
      yield* Fiber.join(expected(sending, "what sends"))
      const refused = yield* Effect.flip(pushSent(other, first))
      assert.strictEqual(refused._tag, "ObjectsMissing")
      yield* assertSound(hub)
      yield* pushSteps(other, repository, "sent", [first])
      yield* clone(hub, repository, [first.commit.id])
    })
  )

  it.effect("of a run that was stopped is taken away by the next merge of packs, after an hour", () =>
    Effect.gen(function* () {
      const { first, hub, pushSent, repository } = yield* stoppedHub
      const requested: Array<string> = []
      const request = (id: string) => Effect.sync(() => void requested.push(id))
      const asking = { ...hub, services: Context.add(hub.services, Packing, { request }) }
      const refused = yield* Effect.flip(pushSent(asking, first))
      assert.strictEqual(refused._tag, "RootContended")
      assert.deepStrictEqual(requested, [repository.id], "the push asks for a merge")
      yield* at(hub)(mergePacks(repository.id))
      assert.strictEqual((yield* Effect.flip(pushSent(hub, first)))._tag, "RootContended", "it may be at work")
      // The clock of the store is 15 days ahead here.
      yield* TestClock.adjust(15 * days + 2 * 60 * 60 * 1000)
      const merging = yield* Effect.forkChild(at(hub)(mergePacks(repository.id)))
      while (merging.pollUnsafe() === undefined) yield* TestClock.adjust("5 seconds")
      yield* pushSteps(hub, repository, "sent", [first])
      yield* clone(hub, repository, [first.commit.id])
      yield* assertSound(hub)
    })
  )
})
