/**
 * An index that may open later than the hub starts: its database is down or does not answer. Until it opens, its calls
 * fail at once, so that readers go on from the store.
 */
import type { Index } from "@musehub/domain/port/index/Index"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { type WholeIndex, wholeIndexOf } from "@musehub/domain/port/index/wholeIndex"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { Effect, Exit, Layer, Result, Schedule, Scope } from "effect"
import { type Deadlines, NoAnswer } from "./Breaker.ts"
import { guardedIndex } from "./guardedIndex.ts"

/** How long to wait between two attempts to open the index. */
const pause = "1 second"

const isUnavailable = (error: unknown): error is IndexUnavailable => error instanceof IndexUnavailable

/**
 * Opens the index and puts the deadlines in front of it. One that is unavailable for a reason that may pass is opened
 * in the background as soon as it comes; any other failure is one of the start. An index that turns out then to be of a
 * newer hub stays closed, which the log says.
 */
export const layer = <E>(
  opening: Layer.Layer<Index, E | IndexUnavailable>,
  deadlines: Deadlines
): Layer.Layer<Index, E | IndexUnavailable> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      let opened: WholeIndex | undefined
      const open = Effect.gen(function* () {
        const attempt = yield* Scope.fork(scope)
        const services = yield* Layer.buildWithScope(Layer.fresh(opening), attempt).pipe(
          Effect.onError((cause) => Scope.close(attempt, Exit.failCause(cause)))
        )
        opened = wholeIndexOf(services)
      })
      const first = yield* Effect.result(open)
      if (Result.isFailure(first)) {
        const error = first.failure
        if (!isUnavailable(error) || !error.isRetryable) return yield* Effect.fail(error)
        yield* Effect.logWarning("serving from the object store until the index opens", error)
        yield* Effect.delay(open, pause).pipe(
          Effect.tapError((again) => Effect.logDebug("the index does not open yet", again)),
          // What is refused now may be repaired while the hub serves; a newer format is not.
          Effect.retry({ schedule: Schedule.spaced(pause), while: isUnavailable }),
          Effect.andThen(Effect.logInfo("the index is open")),
          Effect.catch((failure) => Effect.logError("the index stays closed until the hub is started again", failure)),
          Effect.forkIn(scope)
        )
      }
      const source = Effect.suspend(() =>
        opened === undefined
          ? new IndexUnavailable({
              operation: "open",
              reason: new Fault({ cause: new NoAnswer({ message: "the index is not open yet" }) })
            })
          : Effect.succeed(opened)
      )
      return yield* guardedIndex(
        source,
        () => opened?.location ?? "unavailable; it is taken in when it comes",
        deadlines
      )
    })
  )
