/** Many writers at once: no update is lost. */
import { assert } from "@effect/vitest"
import {
  ObjectStore,
  StoreUnavailable,
  type DocumentConflict,
  type DocumentVersion
} from "@musehub/domain/port/ObjectStore"
import type { DocumentKey } from "@musehub/domain/port/StoreKey"
import { Effect, Result } from "effect"
import { bytesOf, keyOf, newRepository, ofAnyBytes } from "../StoreSamples.ts"
import {
  anyBytesTypes,
  needs,
  absent,
  at,
  assertBytes,
  atOnce,
  type Capabilities,
  type Suite,
  type Store
} from "./support.ts"

export const races = (it: Suite, can: Capabilities) => {
  const conditional = needs(it, can.conditionalWrites, "the store does not decide conditional writes")

  it.effect.each(anyBytesTypes)("32 concurrent puts of one %s all succeed", (type) =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const repository = newRepository()
      const object = yield* ofAnyBytes[type](bytesOf(10_000))
      const receipts = yield* atOnce(() => store.put(repository, object))
      const outcomes = receipts.map(({ outcome }) => outcome)
      assert.notInclude(outcomes, "replaced")
      assert.include(outcomes, "created")
      if (can.conditionalWrites) assert.strictEqual(outcomes.filter((outcome) => outcome === "created").length, 1)
      assertBytes(yield* store.get(keyOf(repository, object)), bytesOf(10_000))
    })
  )

  conditional.effect("of 32 concurrent writers that create a document, exactly one wins", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const key = { kind: "root", repository: newRepository() } as const
      const results = yield* atOnce((index) =>
        Effect.result(store.documents.write(key, bytesOf(1000, index + 1), absent))
      )
      yield* oneWon(store, key, results)
    })
  )

  conditional.effect("of 32 concurrent writers that replace a document, exactly one wins, each time", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const key = { kind: "root", repository: newRepository() } as const
      let version = yield* store.documents.write(key, bytesOf(10), absent)
      for (let round = 0; round < 3; round += 1) {
        const expected = at(version)
        const results = yield* atOnce((index) =>
          Effect.result(store.documents.write(key, bytesOf(1000, 100 * round + index + 1), expected))
        )
        version = yield* oneWon(store, key, results)
      }
    })
  )

  conditional.effect("no update is lost among writers that read, add one, and try again after a conflict", () =>
    Effect.gen(function* () {
      const store = yield* ObjectStore
      const key = { kind: "root", repository: newRepository() } as const
      yield* store.documents.write(key, encoded(0), absent)
      const addOne = Effect.gen(function* () {
        const read = yield* store.documents.read(key)
        assert(read._tag === "Found")
        yield* store.documents.write(key, encoded(decoded(read.document.bytes) + 1), at(read.document.version))
      }).pipe(Effect.retry({ while: (error) => error._tag === "DocumentConflict" }))
      yield* Effect.forEach(Array.from({ length: 6 }), () => Effect.forEach(Array.from({ length: 5 }), () => addOne), {
        concurrency: "unbounded"
      })
      const read = yield* store.documents.read(key)
      assert.strictEqual(read._tag === "Found" ? decoded(read.document.bytes) : undefined, 30)
    })
  )
}

const encoded = (count: number): Uint8Array => new TextEncoder().encode(String(count))
const decoded = (bytes: Uint8Array): number => Number(new TextDecoder().decode(bytes))

/**
 * Checks that exactly one writer won: the document is in the state that the winner got, and all others met a conflict.
 * A store may also answer that it cannot tell; only then may no writer have got the win. Returns the present version.
 */
const oneWon = (
  store: Store,
  key: DocumentKey,
  results: ReadonlyArray<Result.Result<DocumentVersion, DocumentConflict | StoreUnavailable>>
) =>
  Effect.gen(function* () {
    const told = results.filter(Result.isSuccess).map(({ success }) => success)
    const unclear = results.some((result) => Result.isFailure(result) && result.failure instanceof StoreUnavailable)
    const read = yield* store.documents.read(key)
    assert(read._tag === "Found")
    assert.deepStrictEqual(told, unclear && told.length === 0 ? [] : [read.document.version])
    return read.document.version
  })
