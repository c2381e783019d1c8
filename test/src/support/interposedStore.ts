/**
 * An object store with something put between it and its callers, where opening a stream counts as its call: faults,
 * counting and reordering are each one interposition.
 */
import { ObjectStore, type StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { interposedStore, type StoreCall } from "@musehub/domain/port/interpose/interposedStore"
import { Effect, Layer, Stream } from "effect"

export type { StoreCall, StoreOperation } from "@musehub/domain/port/interpose/interposedStore"

export type Store = ObjectStore["Service"]

/** Wraps a call to the store. A stream counts as a call when it is opened. */
export type Interpose = <A, E>(call: StoreCall, effect: Effect.Effect<A, E>) => Effect.Effect<A, E | StoreUnavailable>

export const interposed = (store: Store, interpose: Interpose): Store =>
  ObjectStore.of(
    interposedStore(store, {
      call: interpose,
      stream: (call, stream) => Stream.unwrap(interpose(call, Effect.succeed(stream)))
    })
  )

/** Interposes on the store of a layer. */
export const interposedLayer = <E, R>(
  layer: Layer.Layer<ObjectStore, E, R>,
  interpose: Interpose
): Layer.Layer<ObjectStore, E, R> =>
  Layer.effect(
    ObjectStore,
    Effect.map(ObjectStore, (store) => interposed(store, interpose))
  ).pipe(Layer.provide(layer))
