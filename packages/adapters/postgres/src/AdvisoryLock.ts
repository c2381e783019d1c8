/**
 * Locks between processes, as session-level advisory locks. One connection outside the pool holds all locks of this
 * process, so holders and waiters take no connections from statements. The server frees a lock when that connection
 * ends; an effect that loses its lock this way is interrupted. Needs a direct or session-pooled connection.
 */
import { PgConnection } from "@effect/sql-pg"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { Duration, Effect, Queue, Random, RcRef, type Scope, Semaphore } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { createHash } from "node:crypto"
import { isWorthAnAttempt, sentenceOf, unavailable } from "./Errors.ts"

/** How long the connection stays open after the last lock. */
const idleTimeToLive = Duration.minutes(1)
const pauseMinMillis = 5
const pauseMaxMillis = 200

/** Hashes a name to one of all 64-bit numbers, so that it does not collide with other users of the database. */
const keyOf = (name: string): bigint => createHash("sha256").update(`musehub:${name}`).digest().readBigInt64BE()

/** Opens a connection and listens on it: the subscription ends when the connection is lost. */
const openSession = (config: PgConnection.Config) =>
  Effect.gen(function* () {
    const connection = yield* PgConnection.make({
      ...config,
      applicationName: "musehub locks",
      keepAlive: "10 seconds"
    })
    const pinned = yield* connection.pin
    const notifications = yield* pinned.listen("musehub_locks")
    const lost: Effect.Effect<never, SqlError> = Effect.forever(Queue.take(notifications))
    return { connection: pinned, lost }
  })

/** Runs effects one at a time per name. */
const makeTurns = () => {
  const turns = new Map<string, { readonly semaphore: Semaphore.Semaphore; waiting: number }>()
  return (name: string) =>
    <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.suspend(() => {
        const turn = turns.get(name) ?? { semaphore: Semaphore.makeUnsafe(1), waiting: 0 }
        turns.set(name, turn)
        turn.waiting += 1
        return Effect.ensuring(
          turn.semaphore.withPermit(effect),
          Effect.sync(() => {
            turn.waiting -= 1
            if (turn.waiting === 0) turns.delete(name)
          })
        )
      })
}

/** Builds `withLock` on connections of this configuration; the first lock opens the connection. */
export const make = Effect.fnUntraced(function* (config: PgConnection.Config) {
  const sessions = yield* RcRef.make({ acquire: openSession(config), idleTimeToLive })
  // The server would grant one session the same lock again, so effects of this process take turns first.
  const oneAtATime = makeTurns()

  const acquire = Effect.fnUntraced(function* (name: string) {
    const session = yield* RcRef.get(sessions)
    const key = keyOf(name)
    const release = session.connection
      .query("SELECT pg_advisory_unlock($1)", [key])
      .pipe(
        Effect.catch((error) =>
          Effect.andThen(
            RcRef.invalidate(sessions),
            Effect.logWarning(`lock "${name}" ended with its connection: ${sentenceOf(error)}`)
          )
        )
      )
    const attempt = session.connection.query("SELECT pg_try_advisory_lock($1) AS granted", [key]).pipe(
      Effect.map(({ rows }) => rows[0]?.["granted"] === true),
      Effect.tap((granted) => (granted ? Effect.addFinalizer(() => release) : Effect.void)),
      Effect.uninterruptible
    )
    for (let ceiling = pauseMinMillis; !(yield* attempt); ceiling = Math.min(ceiling * 2, pauseMaxMillis)) {
      yield* Effect.sleep(Duration.millis(yield* Random.nextBetween(ceiling / 2, ceiling)))
    }
    return session
  })

  const forgetSession = <B>(use: Effect.Effect<B, SqlError, Scope.Scope>) =>
    Effect.tapError(use, () => RcRef.invalidate(sessions))

  return <A, E, R>(name: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | IndexUnavailable, R> => {
    const operation = `withLock ${name}`
    return Effect.gen(function* () {
      const session = yield* acquire(name).pipe(
        forgetSession,
        // The connection kept from the last lock may have ended meanwhile.
        Effect.retry({ times: 1, while: isWorthAnAttempt }),
        Effect.mapError((error) => unavailable(operation, error))
      )
      const lost = session.lost.pipe(
        forgetSession,
        Effect.mapError((cause) => new IndexUnavailable({ operation, reason: new Fault({ cause }) }))
      )
      return yield* Effect.raceFirst(effect, lost)
    }).pipe(Effect.scoped, oneAtATime(name))
  }
})
