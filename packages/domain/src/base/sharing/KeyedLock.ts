/** Locks by key within a process: effects under one key run one after another. */
import { Effect, Semaphore } from "effect"

export class KeyedLock<K> {
  readonly #held = new Map<K, { readonly one: Semaphore.Semaphore; users: number }>()

  /** Runs the effect while no other one runs under this key. */
  withLock<A, E, R>(key: K, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      const lock = this.#held.get(key) ?? { one: Semaphore.makeUnsafe(1), users: 0 }
      this.#held.set(key, lock)
      lock.users += 1
      return Effect.ensuring(
        lock.one.withPermit(effect),
        Effect.sync(() => {
          lock.users -= 1
          if (lock.users === 0) this.#held.delete(key)
        })
      )
    })
  }
}
