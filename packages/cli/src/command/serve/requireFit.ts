/**
 * Probes the store at the start of the hub. One that cannot be written, since it is full or read-only, is served for
 * reading and probed again until it can.
 */
import { DocumentLedger } from "@musehub/domain/port/index/DocumentLedger"
import { PassesGate, WriteGate } from "@musehub/domain/port/interpose/WriteGate"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { Effect, Result, Schedule } from "effect"
import type { StorageConfiguration } from "../../config/Configuration.ts"
import { StoreUnfit } from "../../errors.ts"

const pause = "5 seconds"

/**
 * Refuses a store that lets two writers win, which would lose history, be they fenced by the store or by the database.
 * A database that is away is no reason to refuse: until it comes, nothing is written.
 */
export const requireFit = Effect.fn("requireFit")(function* ({ fence }: StorageConfiguration) {
  const gate = yield* WriteGate
  if (fence === "database") {
    const ledger = yield* DocumentLedger
    const answered = yield* Effect.result(ledger.latestState("fence"))
    if (Result.isFailure(answered)) return yield* Effect.logWarning("the fence is not proven yet", answered.failure)
    yield* Effect.logInfo("writes are fenced by the database: it decides which of several writers wins")
  }
  const judge = Effect.gen(function* () {
    const { fit, location, reasons } = yield* Effect.provideService(probe(), PassesGate, true)
    if (!fit) return yield* new StoreUnfit({ location, reasons })
    gate.open()
  })
  const judgeLater = judge.pipe(
    Effect.delay(pause),
    Effect.tapErrorTag("StoreUnavailable", (error) => Effect.logDebug("the store cannot be written yet", error)),
    Effect.retry({ schedule: Schedule.forever, while: ({ _tag }) => _tag === "StoreUnavailable" }),
    Effect.andThen(Effect.logInfo("the object store can be written; writes are taken again")),
    Effect.catch((error) => Effect.logError("no writes are taken until the hub is started again", error))
  )
  yield* Effect.catchTag(judge, "StoreUnavailable", (error) => {
    gate.close(error)
    return Effect.andThen(
      Effect.logWarning(
        `the object store cannot be written: serving for reading, and probing it every ${pause}`,
        error
      ),
      Effect.forkScoped(judgeLater)
    )
  })
})
