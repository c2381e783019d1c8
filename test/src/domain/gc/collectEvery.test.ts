/** Garbage that hubs collect by themselves: one of several, each time, and what they refuse. */
import { assert, describe, it } from "@effect/vitest"
import { blobOf } from "@musehub/domain/object/Blob"
import { collectEvery } from "@musehub/domain/usecase/operations/gc/collectEvery"
import { uploadBlobs } from "@musehub/domain/usecase/push/uploadBlobs"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Duration, Effect, Fiber, Logger, References } from "effect"
import { TestClock } from "effect/testing"
import { interposed } from "../../support/interposedStore.ts"
import { at, newRepository, opened, pushSteps, startHub, step, storedIds } from "../support/hubSamples.ts"
import { assertSound, largeText } from "../verify/verified.ts"
import { agingHub, days } from "./collected.ts"

const untidyHub = Effect.gen(function* () {
  const { hub, pass } = yield* agingHub
  const repository = yield* newRepository(hub)
  const first = step("first", { a: "one", big: `${largeText}${largeText}` })
  yield* pushSteps(hub, repository, "main", [first])
  const leave = Effect.fnUntraced(function* (text: string) {
    const { content, id, size } = blobOf(new TextEncoder().encode(`${largeText} ${text}`))
    const open = yield* opened(hub, repository)
    yield* at(hub)(uploadBlobs(open, (take) => take({ id, size, content: content as Uint8Array })))
    yield* pass(15 * days)
  })
  const large = Effect.map(storedIds(hub.store, repository.id), ({ blob }) => blob.length)
  return { hub, large, leave }
})

describe("garbage that hubs collect by themselves", () => {
  it.effect("is collected by one of them each time, with the refusals of the commands in the log", () =>
    Effect.gen(function* () {
      const { hub, large, leave } = yield* untidyHub
      const plans = { count: 0 }
      const store = interposed(hub.store, (call, effect) => {
        if (call.operation === "listRepositories") plans.count += 1
        return effect
      })
      const lines: Array<string> = []
      const log = Logger.make(({ message }) => void lines.push(String(message)))
      const hubs = [yield* startHub({ store, index: hub.index }), yield* startHub({ store, index: hub.index })]
      const before = yield* large
      yield* leave("unused")
      const running = yield* Effect.forEach(hubs, (each) =>
        Effect.forkChild(
          at(each)(collectEvery(Duration.hours(6))).pipe(
            Effect.provide(Logger.layer([log])),
            Effect.provideService(References.MinimumLogLevel, "Info")
          )
        )
      )
      /** Lets the hubs work until they have logged so much. */
      const untilLogged = Effect.fnUntraced(function* (count: number) {
        while (lines.length < count) {
          yield* Effect.promise(() => new Promise<void>(setImmediate))
          yield* TestClock.adjust("10 millis")
        }
      })
      yield* untilLogged(1)
      assert.deepStrictEqual([plans.count, yield* large], [1, before])
      assert.include(lines[0], "garbage was collected: 0 packs, 1 large blobs")
      yield* leave("unused too")
      for (let hour = 0; hour < 5; hour += 1) yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual([plans.count, yield* large], [1, before + 1], "not yet")
      yield* TestClock.adjust("1 hour")
      yield* untilLogged(2)
      assert.deepStrictEqual([plans.count, yield* large], [2, before])
      yield* hub.store.documents.delete({ kind: "hub", collection: "probe", name: DocumentName.make("latest") })
      yield* leave("unused again")
      for (let hour = 0; hour < 7; hour += 1) yield* TestClock.adjust("1 hour")
      yield* untilLogged(3)
      assert.include(lines[2], "garbage was not collected: ProbeMissing: ")
      assert.strictEqual(yield* large, before + 1)
      yield* Effect.forEach(running, Fiber.interrupt)
      yield* assertSound(hub)
    })
  )
})
