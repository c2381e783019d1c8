/** Locks between processes, for stores that do not honour conditional writes. */
import { Context, type Effect } from "effect"
import type { IndexUnavailable } from "./index/IndexUnavailable.ts"

export class Lock extends Context.Service<
  Lock,
  {
    /**
     * Runs an effect while no other process runs one under the same name. The lock ends with the effect, even if the
     * process dies.
     */
    readonly withLock: <A, E, R>(
      name: string,
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | IndexUnavailable, R>
  }
>()("@musehub/domain/port/Lock") {}
