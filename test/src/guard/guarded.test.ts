/** Streams and puts behind deadlines, on a clock of the test's own. */
import { layer as guardedStore } from "@musehub/adapter-guard/guardedStore"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import { blob, newRepository } from "@musehub/contract/StoreSamples"
import { blobArriving } from "@musehub/domain/object/Blob"
import { ObjectStore, StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Duration, Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Store } from "../support/interposedStore.ts"

const deadlines = {
  silenceMax: Duration.seconds(5),
  briefMax: Duration.seconds(1),
  callMax: Duration.seconds(40)
}

const start = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkChild(effect, { startImmediately: true })
const isOver = (fiber: Fiber.Fiber<unknown, unknown>) => fiber.pollUnsafe() !== undefined

/** A store in memory behind deadlines, with some of its members replaced. */
const storeWith = Effect.fnUntraced(function* (replace: (store: Store) => Partial<Store>) {
  const inner = Context.get(yield* Layer.build(MemoryObjectStore.layer()), ObjectStore)
  const replaced = Layer.succeed(ObjectStore, { ...inner, ...replace(inner) })
  return Context.get(yield* Layer.build(Layer.provide(guardedStore(deadlines), replaced)), ObjectStore)
})

const frozenDocuments = ({ documents }: Store) => ({ ...documents, read: () => Effect.never })

describe("a store that stands still", () => {
  it.effect("ends a stream at the chunk that does not come, and releases it when that chunk has ended", () =>
    Effect.gen(function* () {
      const chunk = yield* Deferred.make<Uint8Array>()
      let isReleased = false
      const release = () => Effect.sync(() => void (isReleased = true))
      const store = yield* storeWith((inner) => ({
        documents: frozenDocuments(inner),
        stream: () =>
          Stream.unwrap(
            Effect.as(
              Effect.acquireRelease(Effect.void, release),
              Stream.concat(
                Stream.succeed(new Uint8Array(1)),
                Stream.fromEffect(Effect.uninterruptible(Deferred.await(chunk)))
              )
            )
          )
      }))
      const key = { repository: newRepository(), type: "blob", id: blob("streamed").id } as const
      const read = yield* start(Effect.result(Stream.runDrain(store.stream(key))))
      yield* TestClock.adjust("6 seconds")
      assert(isOver(read))
      const result = yield* Fiber.join(read)
      assert(result._tag === "Failure")
      assert.instanceOf(result.failure, StoreUnavailable)
      assert.isFalse(isReleased)
      yield* Deferred.succeed(chunk, new Uint8Array(1))
      yield* TestClock.adjust(1)
      assert.isTrue(isReleased)
    })
  )
})

describe("a store that answers", () => {
  it.effect("is not blamed for a reader or a client that is slow", () =>
    Effect.gen(function* () {
      const store = yield* storeWith(() => ({}))
      const repository = newRepository()
      const slowly = <A, E>(stream: Stream.Stream<A, E>) => Stream.tap(stream, () => Effect.sleep("1 minute"))
      const { id, size } = blob("ab")
      const content = slowly(Stream.make(new Uint8Array([97]), new Uint8Array([98])))
      const put = yield* start(store.put(repository, blobArriving(id, size, content)))
      yield* TestClock.adjust("150 seconds")
      assert.strictEqual((yield* Fiber.join(put)).outcome, "created")
      const read = yield* start(Stream.runDrain(slowly(store.stream({ repository, type: "blob", id }))))
      yield* TestClock.adjust("90 seconds")
      yield* Fiber.join(read)
    })
  )
})
