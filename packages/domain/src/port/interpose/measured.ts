/** A store and an index whose calls are counted and timed, by operation. */
import { counter } from "../../base/counter.ts"
import { Cause, Clock, type Context, Effect, Exit, Layer, Metric, Predicate, Stream } from "effect"
import type { Index } from "../index/Index.ts"
import { portsOf, wholeIndex } from "../index/wholeIndex.ts"
import { ObjectStore } from "../ObjectStore.ts"
import { interposedIndex } from "./interposedIndex.ts"
import { interposedStore } from "./interposedStore.ts"

/** That an object is missing or a document has changed is an answer. */
const isUnavailable = (cause: Cause.Cause<unknown>): boolean =>
  Cause.hasDies(cause) ||
  cause.reasons.some(
    (reason) =>
      Cause.isFailReason(reason) &&
      (Predicate.isTagged(reason.error, "StoreUnavailable") || Predicate.isTagged(reason.error, "IndexUnavailable"))
  )

/** Makes what counts and times the calls of a service. */
const meterOf = (service: "store" | "index", description: string) => {
  const calls = counter(`musehub_${service}_calls_total`, description)
  const seconds = Metric.histogram(`musehub_${service}_call_seconds`, {
    description: `${description}: their time, without streams`,
    boundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 40]
  })
  const metersOf = (operation: string) => ({
    answered: Metric.withAttributes(calls, { operation, outcome: "answered" }),
    unavailable: Metric.withAttributes(calls, { operation, outcome: "unavailable" }),
    seconds: Metric.withAttributes(seconds, { operation })
  })
  const known = new Map<string, ReturnType<typeof metersOf>>()
  const meters = (operation: string) => {
    const found = known.get(operation) ?? metersOf(operation)
    known.set(operation, found)
    return found
  }
  /** Counts a call that ended; one that its caller gave up is not counted. */
  const count = (operation: string, exit: Exit.Exit<unknown, unknown>) => {
    if (Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) return Effect.void
    const isAway = Exit.isFailure(exit) && isUnavailable(exit.cause)
    return Metric.update(meters(operation)[isAway ? "unavailable" : "answered"], 1)
  }
  const call = <A, E, R>(operation: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Clock.clockWith((clock) => {
      const begun = clock.currentTimeNanosUnsafe()
      return Effect.onExit(effect, (exit) =>
        Effect.andThen(
          count(operation, exit),
          Metric.update(meters(operation).seconds, Number(clock.currentTimeNanosUnsafe() - begun) / 1e9)
        )
      )
    })
  return { call, count }
}

const store = meterOf("store", "Calls to the object store, by operation and outcome")
const index = meterOf("index", "Calls to the index, by operation and outcome")

/** Measures the store of the context. */
export const measuredStore: Layer.Layer<ObjectStore, never, ObjectStore> = Layer.effect(
  ObjectStore,
  Effect.map(ObjectStore, (measured) =>
    interposedStore(measured, {
      call: ({ operation }, effect) => store.call(operation, effect),
      stream: ({ operation }, stream) => Stream.onExit(stream, (exit) => store.count(operation, exit))
    })
  )
)

/** Measures the index of the context. */
export const measuredIndex: Layer.Layer<Index, never, Index> = Layer.effectContext(
  Effect.map(wholeIndex, (measured): Context.Context<Index> => {
    const interposed = interposedIndex(Effect.succeed(measured), measured.location, index.call)
    return portsOf({
      ...interposed,
      // An index that opens late learns where it is.
      get location() {
        return measured.location
      }
    })
  })
)
