/**
 * What was read lately, within a bound. Readers that want the same thing at the same time share one read, and a failed
 * one is not kept.
 */
import { Deferred, Effect } from "effect"
import { BoundedMap } from "../BoundedMap.ts"

export class SharedReads<K, A> {
  readonly #kept = new BoundedMap<K, A>()
  readonly #running = new Map<K, Deferred.Deferred<void>>()
  readonly #weightMax: number
  readonly #weigh: (value: A) => number

  /** Keeps values up to a sum of weights. */
  constructor(weightMax: number, weigh: (value: A) => number) {
    this.#weightMax = weightMax
    this.#weigh = weigh
  }

  /** Returns what is kept. */
  get(key: K): A | undefined {
    return this.#kept.touch(key)
  }

  /** Keeps a value. The latest one is kept even if it is heavier than the bound. */
  set(key: K, value: A): void {
    this.#kept.set(key, value, this.#weigh(value))
    this.#kept.trim({ weightMax: this.#weightMax, isPinned: (kept) => kept === key })
  }

  /** Forgets what is kept: the next reader reads. */
  drop(key: K): void {
    this.#kept.delete(key)
  }

  /** Returns what is kept, or reads it. A reader that waited for a read that failed reads itself. */
  getOrRead<E, R>(key: K, read: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      const kept = this.get(key)
      if (kept !== undefined) return Effect.succeed(kept)
      const running = this.#running.get(key)
      if (running !== undefined) return Effect.andThen(Deferred.await(running), this.getOrRead(key, read))
      const ended = Deferred.makeUnsafe<void>()
      this.#running.set(key, ended)
      return read.pipe(
        Effect.tap((value) => Effect.sync(() => this.set(key, value))),
        Effect.ensuring(
          Effect.suspend(() => {
            this.#running.delete(key)
            return Deferred.succeed(ended, undefined)
          })
        )
      )
    })
  }
}
