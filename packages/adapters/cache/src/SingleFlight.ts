/**
 * One read for all concurrent readers of the same name. The read runs in a fiber of its own, so the reader that started
 * it may leave without failing the others; when the last one leaves, the read is interrupted.
 *
 * Own code: effect's `Cache` shares a lookup in the same way but does not tell a reader whether it was shared, which
 * decides whether the bytes must be copied.
 */
import { Deferred, Effect, Fiber } from "effect"

/** The result for one reader. */
export interface Landed<A> {
  readonly answer: A
  /** Whether the read was already under way. */
  readonly joined: boolean
  /** Whether other readers got the same value. */
  readonly shared: boolean
}

export interface SingleFlight<A, E> {
  /** Joins the read under this name, or starts it. If the read fails, all its readers fail. */
  readonly join: (name: string, read: Effect.Effect<A, E>) => Effect.Effect<Landed<A>, E>
  /** Makes later readers start a new read, because the result of one under way is out of date. */
  readonly forget: (name: string) => void
}

interface Flight<A, E> {
  readonly landing: Deferred.Deferred<A, E>
  fiber: Fiber.Fiber<unknown, unknown> | undefined
  readers: number
  shared: boolean
}

export const makeSingleFlight = <A, E>(): SingleFlight<A, E> => {
  const underWay = new Map<string, Flight<A, E>>()

  const end = (name: string, flight: Flight<A, E>) => {
    if (underWay.get(name) === flight) underWay.delete(name)
  }

  const start = Effect.fnUntraced(function* (name: string, flight: Flight<A, E>, read: Effect.Effect<A, E>) {
    flight.fiber = yield* Effect.forkDetach(
      Effect.onExit(read, (exit) => {
        end(name, flight)
        return Deferred.done(flight.landing, exit)
      })
    )
  })

  const leave = (name: string, flight: Flight<A, E>) =>
    Effect.suspend(() => {
      flight.readers -= 1
      if (flight.readers > 0 || flight.fiber === undefined) return Effect.void
      end(name, flight)
      return Fiber.interrupt(flight.fiber)
    })

  return {
    join: (name, read) =>
      // A reader counts from the moment it is added, so nothing may interrupt between that and its removal.
      Effect.uninterruptibleMask((restore) => {
        const found = underWay.get(name)
        const flight = found ?? { landing: Deferred.makeUnsafe(), fiber: undefined, readers: 0, shared: false }
        flight.readers += 1
        if (found !== undefined) found.shared = true
        else underWay.set(name, flight)
        return (found === undefined ? start(name, flight, read) : Effect.void).pipe(
          Effect.andThen(restore(Deferred.await(flight.landing))),
          Effect.map((answer) => ({ answer, joined: found !== undefined, shared: flight.shared })),
          Effect.ensuring(leave(name, flight))
        )
      }),
    forget: (name) => void underWay.delete(name)
  }
}
