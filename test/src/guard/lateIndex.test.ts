/** An index that opens later than the hub starts, on a clock of the test's own. */
import { assert, describe, it } from "@effect/vitest"
import { layer as lateIndex } from "@musehub/adapter-guard/lateIndex"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import { FormatTooNew } from "@musehub/domain/port/FormatTooNew"
import type { Index } from "@musehub/domain/port/index/Index"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { PeopleIndex } from "@musehub/domain/port/index/PeopleIndex"
import { RepositoryIndex } from "@musehub/domain/port/index/RepositoryIndex"
import { Fault, Refused } from "@musehub/domain/port/UnavailableReason"
import { Context, Duration, Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"

const deadlines = {
  silenceMax: Duration.seconds(5),
  briefMax: Duration.seconds(1),
  callMax: Duration.seconds(40)
}

const away = new IndexUnavailable({ operation: "connecting", reason: new Fault({ cause: new Error("ECONNREFUSED") }) })
const refused = new IndexUnavailable({ operation: "connecting", reason: new Refused({ cause: new Error("password") }) })
const tooNew = new FormatTooNew({ service: "index", location: "postgres://db", found: 9, known: 1 })

/** Opens an index that ends its first attempts with these errors, and counts the attempts. */
const opening = Effect.fnUntraced(function* (failures: ReadonlyArray<IndexUnavailable | FormatTooNew>) {
  let attempts = 0
  const said: Array<string> = []
  const once: Layer.Layer<Index, IndexUnavailable | FormatTooNew> = Layer.unwrap(
    Effect.suspend(() => {
      const failure = failures[attempts]
      attempts += 1
      return failure === undefined ? Effect.succeed(MemoryIndex.layer) : Effect.fail(failure)
    })
  )
  const logger = Logger.make(({ message }) => void said.push(String(message)))
  const opened = yield* Effect.result(
    Layer.build(Layer.provide(lateIndex(once, deadlines), Logger.layer([logger], { mergeWithExisting: false })))
  )
  return { opened, attempts: () => attempts, said }
})

const users = (services: Context.Context<Index>) => Context.get(services, PeopleIndex).users({ limit: 1 })

describe("an index that is not there at the start", () => {
  it.effect("fails each call at once and is opened as soon as it comes", () =>
    Effect.gen(function* () {
      const { attempts, opened, said } = yield* opening([away, away, refused])
      assert(opened._tag === "Success")
      assert.match(said.join(), /serving from the object store until the index opens/)
      const { message } = (yield* Effect.flip(users(opened.success))).reason.cause as Error
      assert.match(message, /not open yet/)
      assert.match(Context.get(opened.success, RepositoryIndex).location, /unavailable/)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(attempts(), 4)
      assert.deepStrictEqual((yield* users(opened.success)).items, [])
      assert.strictEqual(Context.get(opened.success, RepositoryIndex).location, "memory:")
    })
  )

  it.effect("is an error if the reason does not pass", () =>
    Effect.gen(function* () {
      for (const failure of [refused, tooNew]) {
        const { opened } = yield* opening([failure])
        assert(opened._tag === "Failure")
        assert.strictEqual(opened.failure, failure)
      }
    })
  )

  it.effect("stays closed, and the log says so, if it turns out to be of a newer hub", () =>
    Effect.gen(function* () {
      const { attempts, opened, said } = yield* opening([away, tooNew])
      assert(opened._tag === "Success")
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(attempts(), 2)
      assert.match(said.join(), /stays closed until the hub is started again.*format 9/)
      assert.instanceOf(yield* Effect.flip(users(opened.success)), IndexUnavailable)
    })
  )
})
