/**
 * Copies of different age: a store or an index that was restored from a backup beside one that was not. No push is
 * acknowledged whose history cannot be cloned, and a push of everything puts right what can be put right.
 */
import { assert, describe, it } from "@effect/vitest"
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import { missingBlobs } from "@musehub/domain/usecase/push/missingBlobs"
import { Effect } from "effect"
import {
  assertRowsTellTheTruth,
  at,
  clone,
  newRepository,
  opened,
  pushSteps,
  startHub,
  type Step,
  step
} from "../support/hubSamples.ts"
import { alter, copyStore, pushWhole } from "../support/losses.ts"
import { memoryIndex, memoryStore } from "../support/rootSamples.ts"
import type { Store } from "../../support/interposedStore.ts"

const lineOf = (count: number): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  for (let number = 0; number < count; number += 1) {
    steps.push(step(`commit ${number}`, { song: `song ${number}`, [`part-${number}`]: "part" }, steps.slice(-1)))
  }
  return steps
}

const tipOf = (steps: ReadonlyArray<Step>) => steps.slice(-1).map(({ commit }) => commit.id)

/** Pushes half of a history, copies the store, and pushes the rest. */
const halfCopied = Effect.gen(function* () {
  const store = yield* memoryStore
  const first = yield* startHub({ store })
  const repository = yield* newRepository(first)
  const steps = lineOf(6)
  yield* pushSteps(first, repository, "main", steps.slice(0, 3))
  const older = yield* copyStore(store, repository)
  yield* pushSteps(first, repository, "main", steps.slice(3))
  return { first, older, repository, steps, store }
})

/** Pushes a part of the history until it is acknowledged, as a client does; gives up after a few times. */
const untilTaken = <A, E, R>(push: Effect.Effect<A, E, R>) => Effect.retry(push, { times: 2 })

/** Starts a hub that is new to the store, with an index or with an empty one. */
const hubOver = Effect.fnUntraced(function* (store: Store, index: WholeIndex | undefined) {
  return yield* startHub({ store, index: index ?? (yield* memoryIndex) })
})

describe("an older store beside", () => {
  for (const [what, isLost] of [
    ["a newer index", false],
    ["an empty index", true]
  ] as const) {
    it.effect(`${what} takes the rest again, from a client that sends what the hub says it lacks`, () =>
      Effect.gen(function* () {
        const { first, older, repository, steps } = yield* halfCopied
        const hub = yield* hubOver(older, isLost ? undefined : first.index)
        yield* untilTaken(pushSteps(hub, repository, "main", steps.slice(3)))
        for (const each of [hub, yield* startHub({ store: older })]) yield* clone(each, repository, tipOf(steps))
        yield* assertRowsTellTheTruth(hub, repository.id)
      })
    )

    it.effect(`${what} acknowledges no push that builds on what it lacks, and takes everything`, () =>
      Effect.gen(function* () {
        const { first, older, repository, steps } = yield* halfCopied
        const hub = yield* hubOver(older, isLost ? undefined : first.index)
        const next = step("next", { song: "next" }, steps.slice(-1))
        const alone = yield* Effect.flip(untilTaken(pushSteps(hub, repository, "main", [next])))
        assert.strictEqual(alone._tag, "ObjectsMissing")
        const stream = yield* Effect.flip(untilTaken(pushWhole(hub, repository, "main", [next])))
        assert.strictEqual(stream._tag, "MpackRefused")
        yield* pushWhole(hub, repository, "main", [...steps, next])
        for (const each of [hub, yield* startHub({ store: older })]) yield* clone(each, repository, [next.commit.id])
        yield* assertRowsTellTheTruth(hub, repository.id)
      })
    )
  }

  it.effect("an index that was used under it takes pushes that move no branch there", () =>
    Effect.gen(function* () {
      const { first, older, repository, steps } = yield* halfCopied
      const hub = yield* hubOver(older, first.index)
      yield* untilTaken(pushSteps(hub, repository, "side", steps.slice(0, 3)))
      yield* untilTaken(pushSteps(hub, repository, "main", steps))
      for (const each of [hub, yield* startHub({ store: older })]) yield* clone(each, repository, tipOf(steps))
    })
  )
})

describe("an index of another history that the store has passed", () => {
  for (const pushes of [1, 4]) {
    it.effect(`forgets its rows, ${pushes} roots later`, () =>
      Effect.gen(function* () {
        const { first, older, repository, steps } = yield* halfCopied
        const other = yield* startHub({ store: older })
        let last = steps.slice(2, 3)
        for (let number = 0; number < pushes + 1; number += 1) {
          last = [step(`other ${number}`, { song: `other ${number}` }, last)]
          yield* pushSteps(other, repository, "main", last)
        }
        const hub = yield* startHub({ store: older, index: first.index })
        yield* opened(hub, repository)
        yield* assertRowsTellTheTruth(hub, repository.id)
        const { commits } = yield* clone(hub, repository, tipOf(last))
        assert.lengthOf(commits, 4 + pushes)
      })
    )
  }
})

describe("a newer store beside an older index", () => {
  it.effect("is read into the index, and takes pushes", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const index = yield* memoryIndex
      const before = yield* startHub({ store, index })
      const repository = yield* newRepository(before)
      const steps = lineOf(6)
      yield* pushSteps(before, repository, "main", steps.slice(0, 3))
      const other = yield* startHub({ store })
      yield* pushSteps(other, repository, "main", steps.slice(3))
      const hub = yield* startHub({ store, index })
      const next = step("next", { song: "next" }, steps.slice(-1))
      yield* pushSteps(hub, repository, "main", [next])
      for (const each of [hub, other, yield* startHub({ store })]) yield* clone(each, repository, [next.commit.id])
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )
})

describe("a name without its repository", () => {
  for (const index of ["knows it", "is empty"] as const) {
    it.effect(`in a store that is older than the repository can be had again, where the index ${index}`, () =>
      Effect.gen(function* () {
        const first = yield* startHub()
        const gone = yield* newRepository(first)
        yield* pushSteps(first, gone, "main", lineOf(2))
        const hub = yield* startHub(index === "knows it" ? { index: first.index } : {})
        const again = yield* newRepository(hub)
        assert.notStrictEqual(again.id, gone.id)
        const steps = lineOf(3)
        yield* pushSteps(hub, again, "main", steps)
        for (const each of [hub, yield* startHub({ store: hub.store })]) yield* clone(each, again, tipOf(steps))
      })
    )

    it.effect(`that is claimed for a repository without root can be had again, where the index ${index}`, () =>
      Effect.gen(function* () {
        const first = yield* startHub()
        const gone = yield* newRepository(first)
        yield* first.store.documents.delete({ kind: "root", repository: gone.id })
        const hub = yield* startHub(index === "knows it" ? first : { store: first.store })
        assert.strictEqual((yield* Effect.flip(opened(hub, gone)))._tag, "RootMissing")
        const again = yield* newRepository(hub)
        const steps = lineOf(3)
        yield* pushSteps(hub, again, "main", steps)
        for (const each of [hub, yield* startHub({ store: hub.store })]) yield* clone(each, again, tipOf(steps))
      })
    )
  }

  it.effect("is looked up in the store where the index still has the old repository", () =>
    Effect.gen(function* () {
      const first = yield* startHub()
      const gone = yield* newRepository(first)
      const older = yield* memoryIndex
      const before = yield* startHub({ store: first.store, index: older })
      yield* opened(before, gone)
      yield* first.store.documents.delete({ kind: "root", repository: gone.id })
      const again = yield* newRepository(yield* startHub({ store: first.store }))
      const hub = yield* startHub({ store: first.store, index: older })
      const { id } = yield* opened(hub, again)
      assert.strictEqual(id, again.id)
    })
  )
})

describe("a large blob", () => {
  const large = "large ".repeat(60_000)
  const prepared = Effect.gen(function* () {
    const hub = yield* startHub()
    const repository = yield* newRepository(hub)
    const steps = [step("first", { large, small: "small" })]
    yield* pushSteps(hub, repository, "main", steps)
    const blob = steps.flatMap(({ blobs }) => blobs).find(({ size }) => size > 300_000)
    assert(blob !== undefined, "one is large")
    return { blob, hub, key: { repository: repository.id, type: "blob", id: blob.id } as const, repository, steps }
  })

  for (const [what, damage] of [
    ["lost", undefined],
    ["cut", (bytes: Uint8Array) => bytes.subarray(0, 1000)],
    ["altered", (bytes: Uint8Array) => bytes.map((byte, position) => (position === 5 ? byte ^ 1 : byte))]
  ] as const) {
    const spoil = (store: Store, key: Effect.Success<typeof prepared>["key"]) =>
      damage === undefined ? store.delete(key) : alter(store, key, damage)

    it.effect(`that is ${what} is asked for again once a read found that, and is replaced`, () =>
      Effect.gen(function* () {
        const { blob, hub, key, repository, steps } = yield* prepared
        yield* spoil(hub.store, key)
        yield* Effect.flip(clone(hub, repository, tipOf(steps)))
        const open = yield* opened(hub, repository)
        assert.deepStrictEqual(yield* at(hub)(missingBlobs(open, [blob.id])), [blob.id])
        yield* pushSteps(hub, repository, "main", steps)
        assert.deepStrictEqual(yield* at(hub)(missingBlobs(open, [blob.id])), [])
        for (const each of [hub, yield* startHub({ store: hub.store })]) yield* clone(each, repository, tipOf(steps))
      })
    )

    it.effect(`that is ${what} is put back by a push of everything, also after the index was lost`, () =>
      Effect.gen(function* () {
        const { hub, key, repository, steps } = yield* prepared
        yield* spoil(hub.store, key)
        const fresh = yield* startHub({ store: hub.store })
        yield* opened(fresh, repository)
        yield* pushWhole(fresh, repository, "main", steps)
        for (const each of [fresh, yield* startHub({ store: hub.store })]) {
          yield* clone(each, repository, tipOf(steps))
          yield* assertRowsTellTheTruth(each, repository.id)
        }
      })
    )
  }

  it.effect("that is lost is told to a push that brings it into the tree again and does not send it", () =>
    Effect.gen(function* () {
      const { hub, key, repository, steps } = yield* prepared
      const without = step("without", { small: "small" }, steps)
      yield* pushSteps(hub, repository, "main", [without])
      yield* hub.store.delete(key)
      const again = step("again", { large, small: "small" }, [without])
      const options = { blobs: [] }
      assert.strictEqual(
        (yield* Effect.flip(pushSteps(hub, repository, "main", [again], options)))._tag,
        "ObjectsMissing"
      )
      const bare = { ...again, blobs: [] }
      assert.strictEqual((yield* Effect.flip(pushWhole(hub, repository, "main", [bare])))._tag, "ObjectsMissing")
      yield* pushSteps(hub, repository, "main", [again])
      yield* clone(yield* startHub({ store: hub.store }), repository, [again.commit.id])
    })
  )
})
