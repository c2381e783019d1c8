/** An index whose calls end in time, also when its database hangs or is not there yet. */
import { Sha256 } from "@musehub/domain/object/Id"
import type { Index } from "@musehub/domain/port/index/Index"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { portsOf, type WholeIndex, wholeIndex } from "@musehub/domain/port/index/wholeIndex"
import { type IndexOperation, interposedIndex } from "@musehub/domain/port/interpose/interposedIndex"
import type { Lock } from "@musehub/domain/port/Lock"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { Deferred, Effect, Exit, Fiber, Layer } from "effect"
import { type Breaker, type Deadlines, makeBreaker } from "./Breaker.ts"

/** What the store answers as well, so that nobody has to wait long for the index. */
const answeredByTheStore: ReadonlySet<IndexOperation> = new Set(["repositories", "repositoryByName", "tokenByHash"])

/** The hash of no token. */
const nothing = Sha256.make("0".repeat(64))

/**
 * Runs an effect under the index's lock. The deadlines hold for getting the lock and for giving it back; in between,
 * the effect may take its time.
 */
const guardedLock =
  (breaker: Breaker<IndexUnavailable>, withLock: WholeIndex["withLock"]): WholeIndex["withLock"] =>
  <A, E, R>(name: string, effect: Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const entered = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<A, E>()
      const held = Effect.andThen(
        Deferred.succeed(entered, undefined),
        Effect.onExit(effect, (exit) => (Exit.hasInterrupts(exit) ? Effect.void : Deferred.done(ended, exit)))
      )
      const holder = yield* Effect.forkDetach(withLock(name, held), { startImmediately: true })
      const released = breaker.finish(Fiber.await(holder))
      const leave = Effect.suspend(() => {
        holder.interruptUnsafe()
        return released
      })
      const result = Fiber.join(holder)
      yield* breaker
        .run("withLock", Effect.raceFirst(Deferred.await(entered), result))
        .pipe(Effect.onError(() => leave))
      const answer = Effect.andThen(Effect.exit(Deferred.await(ended)), (exit) => Effect.andThen(released, exit))
      return yield* Effect.onInterrupt(Effect.raceFirst(result, answer), () => leave)
    })

/** Puts the deadlines in front of the index that `source` gives to each call and that `locate` names. */
export const guardedIndex = Effect.fnUntraced(function* (
  source: Effect.Effect<WholeIndex, IndexUnavailable>,
  locate: () => string,
  deadlines: Deadlines
) {
  const breaker = yield* makeBreaker({
    ...deadlines,
    service: "the index",
    ask: Effect.flatMap(source, (index) => index.tokenByHash(nothing)),
    unavailable: (operation, cause) => new IndexUnavailable({ operation, reason: new Fault({ cause }) })
  })
  const guarded = interposedIndex(source, locate(), (operation, effect) =>
    breaker.run(operation, effect, { isBrief: answeredByTheStore.has(operation) })
  )
  const withLock = guardedLock(breaker, (name, effect) =>
    Effect.flatMap(source, (index) => index.withLock(name, effect))
  )
  return portsOf({
    ...guarded,
    withLock,
    get location() {
      return locate()
    }
  })
})

/** Puts the deadlines in front of the index. */
export const layer = (deadlines: Deadlines): Layer.Layer<Index | Lock, never, Index | Lock> =>
  Layer.effectContext(
    Effect.flatMap(wholeIndex, (index) => guardedIndex(Effect.succeed(index), () => index.location, deadlines))
  )
