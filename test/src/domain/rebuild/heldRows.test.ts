/** Rows of a long history are recorded while the next ones are made, one batch after another. */
import { assert, describe, it } from "@effect/vitest"
import { RepositoryId, Sha256 } from "@musehub/domain/object/Id"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { RowWriter } from "@musehub/domain/port/index/RowWriter"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { HeldRows } from "@musehub/domain/usecase/recovery/HeldRows"
import { Deferred, Effect, Fiber } from "effect"

const repository = RepositoryId.make("6f8a1b0c-0000-4000-8000-000000000002")
const rows = (digit: string) => ({ dropped: [Sha256.make(digit.repeat(64))] })

/** An index that notes what it is asked to record, and records it once it may. */
const slowIndex = Effect.gen(function* () {
  const may = yield* Deferred.make<void, IndexUnavailable>()
  const asked: Array<string> = []
  const record: RowWriter["Service"]["record"] = ({ dropped }) =>
    Effect.suspend(() => {
      asked.push(dropped.map((id) => id.slice(0, 1)).join(""))
      return Deferred.await(may)
    })
  return { may, asked, writer: RowWriter.of({ record }) }
})

describe("rows that are held", () => {
  it.effect("are recorded while the next ones are made, which wait for them", () =>
    Effect.gen(function* () {
      const { asked, may, writer } = yield* slowIndex
      const held = new HeldRows(repository)
      yield* Effect.gen(function* () {
        yield* held.hold(rows("1"))
        yield* held.recordMeanwhile()
        yield* held.recordMeanwhile()
        yield* Effect.yieldNow
        assert.deepStrictEqual(asked, ["1"])
        const holding = yield* Effect.forkChild(held.hold(rows("2")))
        yield* Effect.yieldNow
        assert.isUndefined(holding.pollUnsafe())
        yield* Deferred.succeed(may, undefined)
        yield* Fiber.join(holding)
        assert.deepStrictEqual(asked, ["1"])
        yield* held.record({ packs: [] })
        assert.deepStrictEqual(asked, ["1", "2"])
      }).pipe(Effect.provideService(RowWriter, writer))
    }).pipe(Effect.scoped)
  )

  it.effect("fail the next ones if they cannot be recorded", () =>
    Effect.gen(function* () {
      const { may, writer } = yield* slowIndex
      const held = new HeldRows(repository)
      const away = new IndexUnavailable({ operation: "record", reason: new Fault({ cause: new Error("away") }) })
      yield* Effect.gen(function* () {
        yield* held.hold(rows("1"))
        yield* held.recordMeanwhile()
        yield* Deferred.fail(may, away)
        assert.strictEqual(yield* Effect.flip(held.hold(rows("2"))), away)
      }).pipe(Effect.provideService(RowWriter, writer))
    }).pipe(Effect.scoped)
  )
})
