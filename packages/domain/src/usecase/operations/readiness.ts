/**
 * Says what the hub can serve at the moment. Without its index it still serves refs, clones and objects from the store,
 * so it is ready as long as the store can be read.
 */
import { Effect } from "effect"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import { WriteGate } from "../../port/interpose/WriteGate.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { formatDocument } from "./requireKnownFormat.ts"

/** The state of a service: `unavailable` if it refuses, fails, or does not answer in time. */
export type ServiceState = "available" | "unavailable"

/** A store that is full or read-only, or not known to be fit, since the hub started: it can be read. */
export type StoreState = ServiceState | "read-only"

/** An index that takes no writes is `read-only`. */
export type IndexState = ServiceState | "read-only"

export interface Readiness {
  readonly store: StoreState
  readonly index: IndexState
  /** An index is brought to its schema before it answers for the first time; `unknown` while it does not answer. */
  readonly migrations: "applied" | "unknown"
}

/** A service that needs longer counts as unavailable: who asks decides about traffic and waits for seconds at most. */
const answerMillisMax = 3000

const stateOf = <E extends { readonly message: string }, R>(
  call: Effect.Effect<unknown, E, R>
): Effect.Effect<ServiceState, never, R> =>
  call.pipe(
    Effect.timeout(answerMillisMax),
    Effect.as("available" as const),
    Effect.catch((error) => Effect.as(Effect.logWarning("not ready", error), "unavailable" as const))
  )

/** Asks the store and the index for something small. */
export const readiness = Effect.fn("readiness")(function* (): Effect.fn.Return<
  Readiness,
  never,
  ObjectStore | RepositoryIndex
> {
  const { documents } = yield* ObjectStore
  const { probe, repositories } = yield* RepositoryIndex
  let isWritable = true
  const askIndex = Effect.gen(function* () {
    yield* repositories({}, { limit: 1 })
    isWritable = (yield* probe).writable
  })
  const [store, index] = yield* Effect.all([stateOf(documents.read(formatDocument)), stateOf(askIndex)], {
    concurrency: 2
  })
  const isHeld = (yield* WriteGate).closedBy() !== undefined
  return {
    store: store === "available" && isHeld ? "read-only" : store,
    index: index === "available" && !isWritable ? "read-only" : index,
    migrations: index === "available" ? "applied" : "unknown"
  }
})
