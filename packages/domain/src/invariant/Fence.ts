/**
 * Decides races over one document: by the store's conditional writes, or by a lock of the index where the store does
 * not honour conditions.
 */
import { Context, type Effect, Layer } from "effect"
import type { DocumentVersion, Expected } from "../port/ObjectStore.ts"
import type { IndexUnavailable } from "../port/index/IndexUnavailable.ts"
import { Lock } from "../port/Lock.ts"

export class Fence extends Context.Service<
  Fence,
  {
    /** Whether the store's conditional writes decide. If not, a write under the lock needs no condition. */
    readonly conditional: boolean
    /** Runs a read, a decision and a write of one document. Without conditional writes, takes the lock of this name. */
    readonly exclusively: <A, E, R>(
      name: string,
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | IndexUnavailable, R>
  }
>()("@musehub/domain/invariant/Fence") {}

export type FenceKind = "store" | "database"

/** A fence of the store's conditional writes. */
export const layerStore: Layer.Layer<Fence> = Layer.succeed(Fence, {
  conditional: true,
  exclusively: (_, effect) => effect
})

/** A fence of the lock alone. */
export const layerDatabase: Layer.Layer<Fence, never, Lock> = Layer.effect(
  Fence,
  Lock.useSync(({ withLock }) => ({ conditional: false, exclusively: withLock }))
)

/** Returns the fence that the configuration names. */
export const layer = (kind: FenceKind): Layer.Layer<Fence, never, Lock> =>
  kind === "store" ? layerStore : layerDatabase

/** Returns the condition for replacing a state that was read. */
export const expectedAt = ({ conditional }: Fence["Service"], version: DocumentVersion): Expected =>
  conditional ? { _tag: "Version", version } : { _tag: "Any" }
