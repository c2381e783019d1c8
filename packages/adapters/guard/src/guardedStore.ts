/**
 * An object store whose calls end in time, also when it hangs. A stream may take as long as its reader likes; each of
 * its chunks has the deadline of a call.
 */
import { ObjectStore, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { interposedStore, type StoreCall, type StoreOperation } from "@musehub/domain/port/interpose/interposedStore"
import { type DocumentKey } from "@musehub/domain/port/StoreKey"
import { Fault } from "@musehub/domain/port/UnavailableReason"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Duration, Effect, Layer, Scope, Semaphore, Stream } from "effect"
import { type Breaker, type Deadlines, makeBreaker } from "./Breaker.ts"

type Store = ObjectStore["Service"]

/** The slowest transfer of an object in memory that the deadline allows. */
const bytesPerMilliMin = 256

/**
 * Calls that are short on any store. They are given up sooner than others, since a request makes several of them, one
 * after the other, and a write of a root is tried again.
 */
const shortCalls: ReadonlySet<StoreOperation> = new Set([
  "head",
  "delete",
  "documents.read",
  "documents.write",
  "documents.delete",
  "uploads.size",
  "uploads.delete"
])
/** The part of the deadline of a call that such a call has. */
const shortPart = 1 / 4

/** A document that every store has. */
const asked: DocumentKey = { kind: "hub", collection: "format", name: DocumentName.make("current") }

/** Pulls a stream under the deadlines. Its resources are released once a chunk that was given up has ended. */
const guardedStream = <A, E>(
  breaker: Breaker<StoreUnavailable>,
  { operation }: StoreCall,
  stream: Stream.Stream<A, E>
) =>
  Stream.fromPull(
    Effect.gen(function* () {
      const resources = yield* Scope.make()
      const turn = Semaphore.makeUnsafe(1)
      yield* Effect.addFinalizer((exit) => breaker.finish(turn.withPermit(Scope.close(resources, exit))))
      const pull = yield* Scope.provide(Stream.toPull(stream), resources)
      return breaker.run(operation, turn.withPermit(pull))
    })
  ).pipe(Stream.scoped)

/** Puts the deadlines in front of a store. */
const guardedStore = Effect.fnUntraced(function* (store: Store, deadlines: Deadlines) {
  const callMillis = Duration.toMillis(deadlines.callMax)
  const breaker = yield* makeBreaker({
    ...deadlines,
    service: "the object store",
    ask: store.documents.read(asked),
    unavailable: (operation, cause) =>
      new StoreUnavailable({ operation, key: store.location, reason: new Fault({ cause }) })
  })
  return interposedStore(store, {
    call: (call, effect) => {
      const { bytes, operation, size = bytes?.byteLength } = call
      // The bytes of a streamed object come from a client, who may be slow.
      const isStreamed = operation === "put" && size === undefined
      const ownMillis = shortCalls.has(operation) ? callMillis * shortPart : callMillis
      const millisMax = isStreamed ? Infinity : ownMillis + Math.ceil((size ?? 0) / bytesPerMilliMin)
      return breaker.run(operation, effect, { millisMax })
    },
    stream: (call, stream) => guardedStream(breaker, call, stream)
  })
})

/** Puts the deadlines in front of the object store. */
export const layer = (deadlines: Deadlines): Layer.Layer<ObjectStore, never, ObjectStore> =>
  Layer.effect(
    ObjectStore,
    Effect.flatMap(ObjectStore, (store) => guardedStore(store, deadlines))
  )
