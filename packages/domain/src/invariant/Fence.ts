/**
 * Decides races over one document: by the conditional writes of the store, or by a lock beside the index, for stores
 * that do not honour conditions.
 */
import { Context, type Effect, Layer } from "effect"
import type { DocumentVersion, Expected } from "../port/ObjectStore.ts"
import type { IndexUnavailable } from "../port/index/IndexUnavailable.ts"
import { Lock } from "../port/Lock.ts"

export class Fence extends Context.Service<
  Fence,
  {
    /** Whether the conditions of the store decide. Where they do not, a write under the lock needs none. */
    readonly conditional: boolean
    /** Runs a read, a decision and a write of one document; without conditions, under the lock of this name. */
    readonly exclusively: <A, E, R>(
      name: string,
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E | IndexUnavailable, R>
  }
>()("@musehub/domain/invariant/Fence") {}

export type FenceKind = "store" | "database"

/** Trusts the conditional writes of the store. */
export const layerStore: Layer.Layer<Fence> = Layer.succeed(Fence, {
  conditional: true,
  exclusively: (_, effect) => effect
})

/** Trusts the lock alone. */
export const layerDatabase: Layer.Layer<Fence, never, Lock> = Layer.effect(
  Fence,
  Lock.useSync(({ withLock }) => ({ conditional: false, exclusively: withLock }))
)

/** The fence that a configuration names. */
export const layer = (kind: FenceKind): Layer.Layer<Fence, never, Lock> =>
  kind === "store" ? layerStore : layerDatabase

/** The condition under which a state that was read is replaced. */
export const expectedAt = ({ conditional }: Fence["Service"], version: DocumentVersion): Expected =>
  conditional ? { _tag: "Version", version } : { _tag: "Any" }
