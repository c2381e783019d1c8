/**
 * Tests of every index's promises about packs: which are recorded, where the objects of one are, and which blobs are
 * staged. Part of the suite in `indexContract.ts`.
 */
import { assert } from "@effect/vitest"
import { NewPacks } from "@musehub/domain/invariant/packs/NewPacks"
import { blobOf } from "@musehub/domain/object/Blob"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type RepositoryId } from "@musehub/domain/object/Id"
import type { StoredPack } from "@musehub/domain/port/Stored"
import { Effect, Exit, Option } from "effect"
import {
  at,
  batchOf,
  evidenceIn,
  firstOf,
  historyOf,
  idsOf,
  lineOf,
  moveRoot,
  nothing,
  recordPacks,
  reflect
} from "../IndexSamples.ts"
import { rowOf, sorted, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"
import { wholeIndex } from "../wholeIndex.ts"
import { publish } from "../publish.ts"

/** Puts a pack with these blobs. */
const packOf = Effect.fnUntraced(function* (repository: RepositoryId, ...contents: ReadonlyArray<string>) {
  const written = new NewPacks(repository)
  const blobs = contents.map((content) => blobOf(new TextEncoder().encode(content)))
  yield* Effect.forEach(blobs, (blob) => written.add(blob), { discard: true })
  const { packs } = yield* evidenceIn(written, nothing)
  return at(packs, 0)
})

const idOf = (content: string) => BlobId.make(sha256(content))

const named = (packs: ReadonlyArray<StoredPack>) => new Set(packs.map(({ ref }) => ref.sha256))

/** Returns where the index says that the bytes of all objects are, by type and id. */
const places = Effect.fnUntraced(function* (repository: RepositoryId) {
  const index = yield* wholeIndex
  const found = yield* Effect.forEach(["blob", "snapshot", "commit"] as const, (type) =>
    Effect.map(index.rows(repository, type, { limit: 100_000 }), ({ items }) =>
      items.map(({ id, storageUri }) => [`${type} ${id}`, storageUri] as const)
    )
  )
  return new Map<string, string>(found.flat())
})

/** Returns where a pack says that its objects are. */
const placesIn = (pack: StoredPack) =>
  new Map(Array.from(pack.directory, (object) => [`${object.type} ${object.id}`, pack.uriOf(object)]))

export const packs = (it: Suite) => {
  it.effect("recorded packs are returned, with the sequence of the reflected root, until they are dropped", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(1))
      const { repository } = history
      const made = yield* Effect.forEach(["a", "b", "c", "d"], (content) => packOf(repository, content))
      const [a, b, c, d] = made
      if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("four were made")
      yield* recordPacks(index, repository, [c, a], [])
      assert.deepStrictEqual(yield* index.packs(repository), { rootSequence: -1, packs: named([a, c]) })
      yield* recordPacks(index, repository, [a, b], [])
      yield* recordPacks(index, repository, [], [])
      yield* publish(history)
      const recorded = { rootSequence: 1, packs: named([a, b, c, ...history.packs]) }
      assert.deepStrictEqual(yield* index.packs(repository), recorded)
      assert.deepStrictEqual(yield* index.packs(newRepository()), { rootSequence: -1, packs: named([]) })

      yield* reflect(index, yield* moveRoot(repository, {}))
      yield* recordPacks(index, repository, [d, d], [a.ref.sha256, c.ref.sha256, sha256("unknown")])
      const after = { rootSequence: 2, packs: named([b, d, ...history.packs]) }
      assert.deepStrictEqual(yield* index.packs(repository), after)
      // The rows of what a dropped pack held stay.
      yield* recordPacks(index, repository, [], [...named(history.packs)])
      assert.deepStrictEqual(yield* index.packs(repository), { rootSequence: 2, packs: named([b, d]) })
      assert.strictEqual((yield* index.known(repository, idsOf(history))).commits.size, 1)
    })
  )

  it.effect("a dropped pack can be recorded again", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const repository = newRepository()
      const pack = yield* packOf(repository, "again")
      yield* recordPacks(index, repository, [pack], [])
      yield* recordPacks(index, repository, [], [pack.ref.sha256])
      assert.strictEqual((yield* index.packs(repository)).packs.size, 0)
      yield* recordPacks(index, repository, [pack], [])
      assert.deepStrictEqual((yield* index.packs(repository)).packs, named([pack]))
    })
  )

  it.effect("rows say where the objects are that a merged pack holds, and nothing else about them changes", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf([
        ...lineOf(4),
        { parents: [3], files: { "file-4": "content 4" }, reviewedBy: ["ada"] }
      ])
      const { repository } = history
      const ids = idsOf(history)
      const recorded = firstOf(history, 4)
      yield* publish(recorded)
      yield* index.record(batchOf(recorded, ids.snapshots))
      yield* index.keepManifests(repository, recorded.snapshots.slice(0, 2))
      const before = yield* places(repository)
      for (const [object, place] of placesIn(at(history.packs, 0)))
        if (before.has(object)) assert.strictEqual(before.get(object), place)
      const facts = Effect.all([
        index.known(repository, ids),
        index.recentCommits(repository, 10),
        index.remarks(repository, ids.commits),
        Effect.map(index.manifests(repository, ids.snapshots), (kept) => sorted(kept.keys()))
      ])
      const known = yield* facts

      // The first two commits, and the others with one that the index does not know.
      const [small] = (yield* historyOf(lineOf(2), repository)).packs
      if (small === undefined) throw new Error("a pack was made")
      yield* index.relocate(small)
      const inSmall = placesIn(small)
      const partly = new Map([...before].map(([object, place]) => [object, inSmall.get(object) ?? place]))
      assert.notDeepEqual(partly, before)
      assert.deepStrictEqual(yield* places(repository), partly)
      yield* index.relocate(at(history.packs, 0))
      yield* index.relocate(at(history.packs, 0))
      assert.deepStrictEqual(yield* places(repository), before)
      assert.deepStrictEqual(yield* facts, known)

      // Recording them again from another pack leaves them where they are.
      yield* index.relocate(small)
      yield* index.record(batchOf(recorded))
      assert.deepStrictEqual(yield* places(repository), partly)
    })
  )

  it.effect("repositories do not see each other's packs, even when both have the same one", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const [one, other] = [yield* historyOf(lineOf(2)), yield* historyOf(lineOf(2))]
      const [ours, theirs] = [at(one.packs, 0), at(other.packs, 0)]
      assert.deepStrictEqual(ours.ref, theirs.ref)
      yield* index.record(batchOf(one))
      yield* index.record(batchOf(other))
      yield* recordPacks(index, one.repository, [ours], [])
      assert.strictEqual((yield* index.packs(other.repository)).packs.size, 0)
      yield* index.stage(theirs)
      yield* recordPacks(index, one.repository, [ours], [])
      assert.strictEqual((yield* index.staged(other.repository, idsOf(other).blobs)).size, 2)
      assert.strictEqual((yield* index.staged(one.repository, idsOf(one).blobs)).size, 0)
      const before = yield* places(other.repository)
      yield* index.relocate(at((yield* historyOf(lineOf(3), one.repository)).packs, 0))
      assert.deepStrictEqual(yield* places(other.repository), before)
      yield* recordPacks(index, one.repository, [], [ours.ref.sha256])
      yield* recordPacks(index, other.repository, [theirs], [])
      assert.deepStrictEqual((yield* index.packs(other.repository)).packs, named([theirs]))
    })
  )

  it.effect("a staged blob is found with its latest pack, and is not known, until a root names the pack", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const repository = newRepository()
      const first = yield* packOf(repository, "a", "b", "c")
      const second = yield* packOf(repository, "b", "d")
      const asked = ["d", "c", "b", "a", "unknown"].map(idOf)
      yield* index.stage(first)
      assert.deepStrictEqual(
        yield* index.staged(repository, asked),
        new Map(["a", "b", "c"].map((content) => [idOf(content), first.ref]))
      )
      yield* index.stage(second)
      yield* index.stage(second)
      const both = new Map([
        [idOf("a"), first.ref],
        [idOf("b"), second.ref],
        [idOf("c"), first.ref],
        [idOf("d"), second.ref]
      ])
      assert.deepStrictEqual(new Map(sorted(yield* index.staged(repository, asked))), new Map(sorted(both)))
      assert.deepStrictEqual(yield* index.staged(repository, [idOf("d")]), new Map([[idOf("d"), second.ref]]))
      assert.strictEqual((yield* index.known(repository, { ...nothing, blobs: asked })).blobs.size, 0)
      assert.strictEqual((yield* index.packs(repository)).packs.size, 0)

      yield* recordPacks(index, repository, [second], [])
      assert.deepStrictEqual(sorted((yield* index.staged(repository, asked)).keys()), sorted([idOf("a"), idOf("c")]))
      // A client that sends the same pack once more stages nothing.
      yield* index.stage(second)
      assert.deepStrictEqual(yield* index.staged(repository, [idOf("b"), idOf("d")]), new Map())
      yield* recordPacks(index, repository, [], [second.ref.sha256])
      yield* index.stage(second)
      assert.strictEqual((yield* index.staged(repository, [idOf("b"), idOf("d")])).size, 2)
    })
  )

  it.effect("staging a pack without blobs stages nothing", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf([{ parents: [], files: {} }])
      yield* index.stage(at(history.packs, 0))
      assert.strictEqual((yield* index.staged(history.repository, [idOf("a")])).size, 0)
    })
  )

  it.effect("dies on a pack of another repository", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const pack = yield* packOf(newRepository(), "elsewhere")
      assert.isTrue(Exit.hasDies(yield* Effect.exit(recordPacks(index, newRepository(), [pack], []))))
    })
  )

  it.effect("concurrent recording, staging, merging and reflecting lose nothing", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const count = 40
      const history = yield* historyOf(lineOf(count))
      const { repository } = history
      const parts = yield* Effect.forEach([5, 10, 20, 30], (length) => historyOf(lineOf(length), repository))
      const made = parts.flatMap((part) => part.packs)
      const ids = idsOf(history)
      yield* publish(history)
      const roots = yield* Effect.forEach(Array.from({ length: 12 }), () => moveRoot(repository, {}))
      const turned = <A>(items: ReadonlyArray<A>, by: number) => [...items.slice(by), ...items.slice(0, by)]
      const calls = roots.flatMap((root, turn) => [
        reflect(index, root),
        index.record({ ...batchOf(history, ids.snapshots), packs: turned(made, turn % 2), root }),
        recordPacks(index, repository, turned(made, turn % 4), []),
        recordPacks(index, repository, turned(made, turn % 4).toReversed(), []),
        index.relocate(at(made, turn % 4)),
        index.relocate(at(history.packs, 0)),
        index.stage(at(made, (turn + 1) % 4)),
        index.keepManifests(repository, turned(history.snapshots, turn).slice(0, 20)),
        index.record(batchOf(history, ids.snapshots))
      ])
      yield* Effect.all(calls, { concurrency: "unbounded", discard: true })
      yield* recordPacks(index, repository, made, [])
      yield* index.relocate(at(history.packs, 0))
      assert.deepStrictEqual(yield* index.packs(repository), {
        rootSequence: 13,
        packs: named([...made, ...history.packs])
      })
      assert.deepStrictEqual(yield* places(repository), new Map(sorted(placesIn(at(history.packs, 0)))))
      assert.strictEqual((yield* index.staged(repository, ids.blobs)).size, 0)
      assert.strictEqual(Option.getOrThrow(yield* rowOf(index, at(roots, -1))).branches, count)
    })
  )
}
