/**
 * Work that many callers ask for at the same time, and whose result they use for a while, such as the plan of a clone:
 * it is done once, and the result is kept until the last of them is done with it.
 */
import { Context, Deferred, Effect, Exit, Layer, Scope } from "effect"

interface Shared {
  readonly scope: Scope.Closeable
  readonly result: Deferred.Deferred<unknown, unknown>
  users: number
}

type Sharing = <A, E, R>(key: string, work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R | Scope.Scope>

/** Shares work by its key. The default shares nothing; `layer` does. */
const SharedWork = Context.Reference<{ readonly share: Sharing }>("@musehub/domain/usecase/admission/SharedWork", {
  defaultValue: () => ({ share: (_key, work) => work })
})

/** Shares the work of one hub. */
export const layer: Layer.Layer<never> = Layer.sync(SharedWork, () => {
  const known = new Map<string, Shared>()
  const forget = (key: string, shared: Shared) => {
    if (known.get(key) === shared) known.delete(key)
  }
  const join = <A, E, R>(key: string, work: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      const found = known.get(key)
      if (found !== undefined) {
        found.users++
        return Effect.succeed(found)
      }
      const begun: Shared = { scope: Scope.makeUnsafe(), result: Deferred.makeUnsafe(), users: 1 }
      known.set(key, begun)
      const done = (exit: Exit.Exit<A, E>) => {
        // A failure is of those who wait for it, not of those who come later.
        if (Exit.isFailure(exit)) forget(key, begun)
        return Deferred.done(begun.result, exit)
      }
      return work.pipe(
        Scope.provide(begun.scope),
        Effect.onExit(done),
        Effect.forkIn(begun.scope, { startImmediately: true }),
        Effect.as(begun)
      )
    })
  const leave = (key: string, shared: Shared) =>
    Effect.suspend(() => {
      shared.users--
      if (shared.users > 0) return Effect.void
      forget(key, shared)
      return Scope.close(shared.scope, Exit.void)
    })
  const share: Sharing = <A, E, R>(key: string, work: Effect.Effect<A, E, R>) =>
    Effect.flatMap(
      Effect.acquireRelease(join(key, work), (joined) => leave(key, joined)),
      ({ result }) => Deferred.await(result as Deferred.Deferred<A, E>)
    )
  return { share }
})

/**
 * Does the work, unless it is under way or its result is in use under the same key. The result is kept until the
 * scope closes. `key` names everything that the result depends on.
 */
export const shared = <A, E, R>(key: string, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | Scope.Scope> =>
  Effect.flatMap(SharedWork, ({ share }) => share(key, work))
