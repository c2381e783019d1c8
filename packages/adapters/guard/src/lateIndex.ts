/**
 * An index that may open later than the hub starts: its database is down or does not answer. Until it opens, its calls
 * fail at once, so that readers go on from the store. One that is emptied while the hub uses it is opened again, which
 * sets it up.
 */
import { FormatTooNew } from "@musehub/domain/port/FormatTooNew"
import type { Index } from "@musehub/domain/port/index/Index"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { type WholeIndex, wholeIndexOf } from "@musehub/domain/port/index/wholeIndex"
import { interposedIndex } from "@musehub/domain/port/interpose/interposedIndex"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { Effect, Exit, Layer, Result, Schedule, Scope } from "effect"
import { type Deadlines, NoAnswer } from "./Breaker.ts"
import { guardedIndex } from "./guardedIndex.ts"

/** How long to wait between two attempts to open the index. */
const pause = "1 second"

const isUnavailable = (error: unknown): error is IndexUnavailable => error instanceof IndexUnavailable

/** An index that is open, and what ends with it. */
interface Opened {
  readonly index: WholeIndex
  readonly scope: Scope.Closeable
}

/**
 * Opens the index and puts the deadlines in front of it. One that is unavailable for a reason that may pass is opened
 * in the background as soon as it comes; any other failure is one of the start. An index that turns out then to be of a
 * newer hub stays closed, which the log says.
 */
export const layer = <E, R>(
  opening: Layer.Layer<Index, E | IndexUnavailable, R>,
  deadlines: Deadlines
): Layer.Layer<Index, E | IndexUnavailable, R> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const scope = yield* Effect.scope
      const runFork = Effect.runForkWith(yield* Effect.context<R>())
      let opened: Opened | undefined
      let isOpening = false

      const open = Effect.gen(function* () {
        const attempt = yield* Scope.fork(scope)
        const services = yield* Layer.buildWithScope(Layer.fresh(opening), attempt).pipe(
          Effect.onError((cause) => Scope.close(attempt, Exit.failCause(cause)))
        )
        const former = opened
        opened = { index: wholeIndexOf(services), scope: attempt }
        if (former !== undefined) yield* Scope.close(former.scope, Exit.void)
      })

      /** Opens the index in the background, until it is open. */
      const openLater = Effect.suspend(() => {
        let said = ""
        return open.pipe(
          Effect.tapError((again) => {
            const isKnown = isUnavailable(again) || String(again) === said
            said = String(again)
            return isKnown
              ? Effect.logDebug("the index does not open yet", again)
              : Effect.logError("the index is not opened", again)
          }),
          // What is refused now may be repaired while the hub serves; a newer format is not.
          Effect.retry({ schedule: Schedule.spaced(pause), while: (again) => !(again instanceof FormatTooNew) }),
          Effect.andThen(Effect.logInfo("the index is open")),
          Effect.catch((failure) => Effect.logError("the index stays closed until the hub is started again", failure)),
          Effect.ensuring(
            Effect.sync(() => {
              isOpening = false
            })
          )
        )
      })

      /** Opens an index again whose call found it emptied, unless that is under way or done. */
      const openAgain = (emptied: WholeIndex) =>
        Effect.suspend(() => {
          if (isOpening || opened?.index !== emptied) return Effect.void
          isOpening = true
          runFork(Effect.forkIn(openLater, scope))
          return Effect.logWarning("the index was emptied and is set up again")
        })

      const first = yield* Effect.result(open)
      if (Result.isFailure(first)) {
        const error = first.failure
        if (!isUnavailable(error) || !error.isRetryable) return yield* Effect.fail(error)
        yield* Effect.logWarning("serving from the object store until the index opens", error)
        isOpening = true
        yield* Effect.forkIn(Effect.delay(openLater, pause), scope)
      }
      const source = Effect.suspend(() =>
        opened === undefined
          ? new IndexUnavailable({
              operation: "open",
              reason: new Fault({ cause: new NoAnswer({ message: "the index is not open yet" }) })
            })
          : Effect.succeed(opened.index)
      )
      const watched = interposedIndex(source, "", (_operation, effect) =>
        Effect.suspend(() => {
          const asked = opened?.index
          return Effect.tapError(effect, (error) =>
            asked !== undefined && isUnavailable(error) && error.reason._tag === "Emptied"
              ? openAgain(asked)
              : Effect.void
          )
        })
      )
      return yield* guardedIndex(
        Effect.as(source, watched),
        () => opened?.index.location ?? "unavailable; it is taken in when it comes",
        deadlines
      )
    })
  )
