/**
 * Holds writes back while the store cannot take them, or is not known to be fit for them: it was full or read-only when
 * the hub started. Reads go on.
 */
import { Context, Effect, Layer } from "effect"
import { ObjectStore, StoreUnavailable } from "../ObjectStore.ts"
import { ReadOnly } from "../UnavailableReason.ts"
import { interposedStore, type StoreCall, type StoreOperation } from "./interposedStore.ts"

export interface Gate {
  /** Why writes are held back; undefined while they are not. */
  readonly closedBy: () => unknown
  readonly close: (cause: unknown) => void
  readonly open: () => void
}

const makeGate = (): Gate => {
  let closed: unknown
  return {
    closedBy: () => closed,
    close: (cause) => {
      closed = cause
    },
    open: () => {
      closed = undefined
    }
  }
}

/** The gate of the context's store. By default nothing closes it. */
export const WriteGate = Context.Reference<Gate>("@musehub/domain/port/interpose/WriteGate", {
  defaultValue: makeGate
})

/** Lets the writes of an effect pass a closed gate: those that find out whether it can be opened. */
export const PassesGate = Context.Reference<boolean>("@musehub/domain/port/interpose/PassesGate", {
  defaultValue: () => false
})

const writes: ReadonlySet<StoreOperation> = new Set([
  "put",
  "delete",
  "documents.write",
  "documents.delete",
  "uploads.presignPut",
  "uploads.delete"
])

/** Puts a gate in front of the store of the context. */
export const layer: Layer.Layer<ObjectStore, never, ObjectStore> = Layer.effectContext(
  Effect.gen(function* () {
    const gate = makeGate()
    const store = interposedStore(yield* ObjectStore, {
      call: <A, E>({ operation, path }: StoreCall, effect: Effect.Effect<A, E>) =>
        writes.has(operation)
          ? Effect.flatMap(PassesGate, (passes): Effect.Effect<A, E | StoreUnavailable> => {
              const cause = gate.closedBy()
              return passes || cause === undefined
                ? effect
                : Effect.fail(new StoreUnavailable({ operation, key: path, reason: new ReadOnly({ cause }) }))
            })
          : effect,
      stream: (_call, stream) => stream
    })
    return Context.make(ObjectStore, store).pipe(Context.add(WriteGate, gate))
  })
)
