/** What every ledger of documents promises. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { sha256 } from "@musehub/domain/object/Digest"
import type { Index } from "@musehub/domain/port/index/Index"
import { Effect, Layer, Option } from "effect"
import { randomUUID } from "node:crypto"
import type { Capabilities, Suite } from "../IndexSuite.ts"
import { type WholeIndex, wholeIndex } from "../wholeIndex.ts"

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** Lets callers add the same states at once; each number must have one winner, whose bytes are kept. */
const race = Effect.fnUntraced(function* (indexes: ReadonlyArray<WholeIndex>, numbers: number) {
  const path = `race/${randomUUID()}`
  for (let number = 1; number <= numbers; number++) {
    const added = yield* Effect.forEach(
      Array.from({ length: 8 }, (_, caller) => caller),
      (caller) =>
        Effect.flatMap(Effect.fromOption(Option.fromUndefinedOr(indexes[caller % indexes.length])), (index) =>
          index.addState(path, { number, bytes: bytesOf(`${number} by ${caller}`) })
        ),
      { concurrency: "unbounded" }
    )
    assert.lengthOf(added.filter(Boolean), 1)
    for (const index of indexes) {
      const latest = Option.getOrThrow(yield* index.latestState(path))
      assert.deepStrictEqual(latest, { number, bytes: bytesOf(`${number} by ${added.indexOf(true)}`) })
    }
  }
})

export const ledger = <E>(it: Suite, layer: Layer.Layer<Index, E>, can: Capabilities) => {
  it.effect("a state of a document is added once under each number", () =>
    Effect.gen(function* () {
      yield* race([yield* wholeIndex], 10)
    })
  )

  it.effect("callers with the same bytes are told apart", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const path = `same/${randomUUID()}`
      const same = { number: 1, bytes: bytesOf("same") }
      const added = yield* Effect.all(
        Array.from({ length: 8 }, () => index.addState(path, same)),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(added.filter(Boolean), 1)
    })
  )

  it.effect("the latest state has its bytes, or none after a deletion, and earlier ones are known by their hash", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const path = `states/${randomUUID()}`
      assert.isTrue(Option.isNone(yield* index.latestState(path)))
      const [first, second] = [bytesOf("first\0"), bytesOf("second")]
      assert.isTrue(yield* index.addState(path, { number: 1, bytes: first }))
      assert.isTrue(yield* index.addState(path, { number: 2, bytes: second }))
      assert.isTrue(yield* index.addState(path, { number: 3, bytes: first }))
      assert.isFalse(yield* index.addState(path, { number: 2, bytes: bytesOf("late") }))
      assert.deepStrictEqual(yield* index.latestState(path), Option.some({ number: 3, bytes: first }))
      assert.isTrue(yield* index.addState(path, { number: 4, bytes: null }))
      assert.deepStrictEqual(yield* index.latestState(path), Option.some({ number: 4, bytes: null }))
      assert.deepStrictEqual(yield* index.numberOfState(path, sha256(first)), Option.some(3))
      assert.deepStrictEqual(yield* index.numberOfState(path, sha256(second)), Option.some(2))
      assert.isTrue(Option.isNone(yield* index.numberOfState(path, sha256(bytesOf("late")))))
      assert.isTrue(Option.isNone(yield* index.latestState(`${path}/other`)))
    })
  )

  it.effect.runIf(can.shared)(
    can.shared
      ? "processes add each number once"
      : "processes add each number once (skipped: no other process can open this index)",
    () =>
      Effect.gen(function* () {
        const other = yield* Layer.build(Layer.fresh(layer))
        yield* race([yield* wholeIndex, yield* Effect.provide(wholeIndex, other)], 10)
      })
  )
}
