/**
 * A pack that the store lost, or whose bytes are damaged: what needs it says so, the rest goes on, and a push of
 * everything puts it back.
 */
import { assert, describe, it } from "@effect/vitest"
import { Packs } from "@musehub/domain/invariant/packs/Packs"
import { Roots } from "@musehub/domain/invariant/Roots"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { missingBlobs } from "@musehub/domain/usecase/push/missingBlobs"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { callCount } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import {
  at as runAt,
  clone,
  newRepository,
  opened,
  pushSteps,
  startHub,
  type Step,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { damageBlockOf, losePackWith, pushedLine, pushWhole } from "../support/losses.ts"
import { memoryStore } from "../support/rootSamples.ts"

const commitName = ({ commit }: Step) => ({ type: "commit", id: commit.id }) as const

/** Makes one more commit on a step. */
const after = (parent: Step, text = "one more") => step(text, { song: text, kept: text }, [parent])

/** Asserts that a hub that knows nothing but the store clones these steps. */
const assertCloned = Effect.fnUntraced(function* (
  hub: TestHub,
  {
    repository,
    steps
  }: { readonly repository: Effect.Success<ReturnType<typeof newRepository>>; readonly steps: ReadonlyArray<Step> }
) {
  const fresh = yield* startHub({ store: hub.store })
  for (const each of [hub, fresh]) {
    const plan = yield* clone(
      each,
      repository,
      steps.slice(-1).map(({ commit }) => commit.id)
    )
    assert.deepStrictEqual<ReadonlyArray<unknown>>(
      plan.order.map(({ generation, id }) => [id, generation]),
      steps.map(({ commit }, position) => [commit.id, position + 1]),
      "in order, with their generations"
    )
  }
})

describe("a lost pack of old history", () => {
  for (const index of ["whole", "lost"] as const) {
    it.effect(`stops no push that builds on later history, with the index ${index}`, () =>
      Effect.gen(function* () {
        const first = yield* startHub()
        const { at, repository } = yield* pushedLine(first)
        yield* losePackWith(first.store, repository.id, commitName(at(1)))
        const hub = yield* startHub(index === "whole" ? first : { store: first.store })
        const next = after(at(-1))
        yield* pushSteps(hub, repository, "main", [next])
        const last = after(next, "and another")
        yield* pushWhole(hub, repository, "main", [last])
      })
    )

    it.effect(`is named by what needs it, and a push of everything puts it back, with the index ${index}`, () =>
      Effect.gen(function* () {
        const first = yield* startHub()
        const { at, repository, steps } = yield* pushedLine(first)
        const key = yield* losePackWith(first.store, repository.id, commitName(at(1)))
        const hub = yield* startHub(index === "whole" ? first : { store: first.store })
        const failed = yield* Effect.flip(clone(hub, repository, [at(-1).commit.id]))
        assert.include(["ObjectMissing", "ObjectCorrupt"], failed._tag)
        assert.notStrictEqual(key.id as string, "")
        const next = after(at(-1))
        yield* pushSteps(hub, repository, "main", [next])
        const all = [...steps, next]
        yield* pushWhole(hub, repository, "main", all)
        yield* assertCloned(hub, { repository, steps: all })
      })
    )
  }

  it.effect("is not read again by every request, and used again when it was put back", () =>
    Effect.gen(function* () {
      const count = callCount()
      const plain = yield* memoryStore
      const first = yield* startHub({ store: plain })
      const { at, repository, steps } = yield* pushedLine(first)
      const key = { repository: repository.id, type: "pack" } as const
      const before = yield* Effect.forEach((yield* plain.list(repository.id, "pack", { limit: 100 })).items, ({ id }) =>
        Effect.map(plain.get({ ...key, id: id as never }), (bytes) => ({ id, bytes }))
      )
      const lost = yield* losePackWith(plain, repository.id, commitName(at(0)))
      const hub = yield* startHub({ store: interposed(plain, count.interpose), index: first.index })
      yield* pushSteps(hub, repository, "main", [after(at(-1), "first")])
      count.reset()
      yield* pushSteps(hub, repository, "main", [after(after(at(-1), "first"), "second")])
      const asked = count.of("head").length + count.of("stream").length
      assert.strictEqual(asked, 0, "no pack is read")
      const bytes = before.find(({ id }) => id === lost.id)?.bytes
      assert(bytes !== undefined, "the pack was there")
      yield* plain.put(repository.id, {
        type: "pack",
        id: lost.id,
        size: bytes.byteLength,
        sha256: lost.id,
        content: bytes
      } as never)
      yield* TestClock.adjust("1 minute")
      const all = [...steps, after(at(-1), "first"), after(after(at(-1), "first"), "second")]
      yield* assertCloned(hub, { repository, steps: all })
    })
  )
})

describe("a merge of packs", () => {
  it.effect("goes around packs that are lost or damaged, and keeps their places in the order", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { at, repository, steps } = yield* pushedLine(hub, 12)
      const lost = yield* losePackWith(hub.store, repository.id, commitName(at(3)))
      const damaged = yield* damageBlockOf(hub.store, repository.id, commitName(at(6)))
      const other = yield* startHub({ store: hub.store })
      const namedIn = (of: TestHub) =>
        runAt(of)(
          Effect.gen(function* () {
            const { value } = yield* (yield* Roots).read(repository.id)
            const refs = yield* (yield* Packs).namedBy(value)
            return refs.map(({ sha256 }) => sha256 as string)
          })
        )
      const before = yield* namedIn(hub)
      const { merged } = yield* runAt(other)(mergePacks(repository.id, 2))
      assert.isAbove(merged.length, 1)
      const after = yield* namedIn(other)
      assert.lengthOf(after, before.length - merged.length + 1)
      const kept = before.slice(0, before.indexOf(damaged.id) + 1)
      assert.include(kept, lost.id as string)
      assert.deepStrictEqual(after.slice(0, kept.length), kept, "what comes before the damage stays as it is")
      yield* pushWhole(other, repository, "main", steps)
      yield* assertCloned(other, { repository, steps })
    })
  )
})

describe("history that was sent again, and is in a later pack than what builds on it", () => {
  for (const merged of [false, true]) {
    it.effect(`is read into an empty index${merged ? ", also once the packs were merged" : ""}`, () =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        const { at, repository, steps } = yield* pushedLine(hub)
        // Each is put back by itself, so that the order of the packs is the other way round.
        for (const position of [2, 1, 0]) {
          const [blob] = at(position).blobs
          assert(blob !== undefined, "each brings in a blob, in a pack of its own")
          yield* losePackWith(hub.store, repository.id, { type: "blob", id: blob.id })
          yield* losePackWith(hub.store, repository.id, commitName(at(position)))
          yield* pushWhole(hub, repository, "main", steps)
        }
        if (merged) yield* runAt(hub)(mergePacks(repository.id, 2))
        yield* assertCloned(yield* startHub({ store: hub.store }), { repository, steps })
      })
    )
  }
})

describe("a lost pack of the newest history", () => {
  for (const index of ["whole", "lost"] as const) {
    it.effect(
      `is named by a push that builds on it, and a push of everything puts it back, with the index ${index}`,
      () =>
        Effect.gen(function* () {
          const first = yield* startHub()
          const { at, repository, steps } = yield* pushedLine(first)
          const key = yield* losePackWith(first.store, repository.id, commitName(at(-1)))
          const hub = yield* startHub(
            index === "whole" ? { store: first.store, index: first.index } : { store: first.store }
          )
          const next = after(at(-1))
          const refused = yield* Effect.flip(pushSteps(hub, repository, "main", [next]))
          assert.include(String(refused), key.id)
          assert.strictEqual(refused._tag, "PackLost")
          yield* pushSteps(hub, repository, "side", [after(at(-2), "beside it")])
          const all = [...steps, next]
          yield* pushWhole(hub, repository, "main", all)
          yield* assertCloned(hub, { repository, steps: all })
        })
    )
  }

  it.effect("is put back by a push of everything that moves no branch", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { at, repository, steps } = yield* pushedLine(hub)
      for (const lost of [at(0), at(-1)]) yield* losePackWith(hub.store, repository.id, commitName(lost))
      yield* pushWhole(hub, repository, "main", steps)
      yield* assertCloned(hub, { repository, steps })
    })
  )
})

describe("a damaged block", () => {
  it.effect("of blobs that a read found is asked for again, and replaced by a push in the dictionary form", () =>
    Effect.gen(function* () {
      const first = yield* startHub()
      const { at, repository, steps } = yield* pushedLine(first)
      const [song] = at(1).blobs
      assert(song !== undefined, "there is a song")
      yield* damageBlockOf(first.store, repository.id, { type: "blob", id: song.id })
      const hub = yield* startHub({ store: first.store, index: first.index })
      yield* Effect.flip(clone(hub, repository, [at(-1).commit.id]))
      const asked = Effect.gen(function* () {
        return yield* runAt(hub)(missingBlobs(yield* opened(hub, repository), [song.id]))
      })
      assert.deepStrictEqual(yield* asked, [song.id])
      yield* pushSteps(hub, repository, "main", steps)
      assert.deepStrictEqual(yield* asked, [])
      yield* assertCloned(hub, { repository, steps })
    })
  )

  for (const type of ["commit", "snapshot", "blob"] as const) {
    it.effect(`that a read found is passed over by the next push of its ${type}s`, () =>
      Effect.gen(function* () {
        const first = yield* startHub()
        const { at, repository, steps } = yield* pushedLine(first)
        const damaged = at(1)
        const id = { commit: damaged.commit.id, snapshot: damaged.snapshot.id, blob: damaged.blobs[1]?.id }[type]
        yield* damageBlockOf(first.store, repository.id, { type, id } as never)
        const hub = yield* startHub({ store: first.store, index: first.index })
        yield* Effect.flip(clone(hub, repository, [at(-1).commit.id]))
        yield* pushWhole(hub, repository, "main", steps)
        yield* assertCloned(hub, { repository, steps })
      })
    )

    it.effect(`of ${type}s is put right by a push of everything, though nobody read it`, () =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        const { at, repository, steps } = yield* pushedLine(hub)
        const damaged = at(1)
        const id = { commit: damaged.commit.id, snapshot: damaged.snapshot.id, blob: damaged.blobs[1]?.id }[type]
        yield* damageBlockOf(hub.store, repository.id, { type, id } as never)
        yield* pushWhole(hub, repository, "main", steps)
        yield* assertCloned(hub, { repository, steps })
      })
    )

    it.effect(`of ${type}s stops no push that builds on later history, after the index was lost`, () =>
      Effect.gen(function* () {
        const first = yield* startHub()
        const { at, repository, steps } = yield* pushedLine(first)
        const damaged = at(1)
        const id = { commit: damaged.commit.id, snapshot: damaged.snapshot.id, blob: damaged.blobs[1]?.id }[type]
        yield* damageBlockOf(first.store, repository.id, { type, id } as never)
        const hub = yield* startHub({ store: first.store })
        const next = after(at(-1))
        yield* pushSteps(hub, repository, "main", [next])
        const all = [...steps, next]
        yield* pushWhole(hub, repository, "main", all)
        yield* assertCloned(hub, { repository, steps: all })
      })
    )
  }
})
