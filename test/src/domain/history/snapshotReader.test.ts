/** Trees of snapshots: where they are read from, how often, and what happens if the index has a wrong manifest. */
import { assert, describe, it } from "@effect/vitest"
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import type { BlobId, SnapshotId } from "@musehub/domain/object/Id"
import type { Manifest } from "@musehub/domain/object/Manifest"
import { layerOf, SnapshotReader } from "@musehub/domain/reading/SnapshotReader"
import type { Repository } from "@musehub/domain/repository/Root"
import { Effect, Layer } from "effect"
import { indexControl, interposedIndex } from "../../e2e/hub/interposedIndex.ts"
import {
  ada,
  at,
  newRepository,
  openedFor,
  planOf,
  pushSteps,
  startHub,
  step,
  textBlob,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { memoryIndex } from "../support/rootSamples.ts"

const first = step("first", { "a.md": "a", "docs/b.md": "b" })
const second = step("second", { "a.md": "a", "docs/b.md": "c" }, [first])

/** A repository with two commits, and a second process that has nothing in memory. */
const world = Effect.fnUntraced(function* (spoil: (index: WholeIndex) => WholeIndex = (index) => index) {
  const control = indexControl()
  const index = yield* memoryIndex
  const pushing = yield* startHub({ index: interposedIndex(spoil(index), control.interpose) })
  const repository = yield* newRepository(pushing)
  yield* pushSteps(pushing, repository, "main", [first, second])
  const hub = yield* startHub(pushing)
  control.calls.length = 0
  return { control, hub, pushing, repository }
})

const readAt = (hub: TestHub, repository: Repository, snapshot: SnapshotId) =>
  Effect.gen(function* () {
    const open = yield* openedFor(hub, repository, ada, "read")
    const reader = yield* SnapshotReader
    return yield* reader.tree(open, snapshot)
  }).pipe(at(hub))

const manifestCalls = (calls: ReadonlyArray<string>) => calls.filter((call) => /manifests/i.test(call))

const blobIn = (text: string): string => textBlob(text).id

/** An index whose manifests have at their first path what the next commit brings in. */
const spoiled = (index: WholeIndex): WholeIndex => ({
  ...index,
  manifests: (repository, ids) =>
    Effect.map(index.manifests(repository, ids), (kept) => {
      const changed = ([id, manifest]: readonly [SnapshotId, Manifest]) => {
        const [path = ""] = manifest.keys()
        return [id, new Map(manifest).set(path, blobIn("d") as BlobId)] as const
      }
      return new Map([...kept].map(changed))
    })
})

describe("the tree of a snapshot", () => {
  it.effect("is read from the index once, for readers at the same time and for those who come later", () =>
    Effect.gen(function* () {
      const { control, hub, repository } = yield* world()
      const reads = Array.from({ length: 5 }, () => readAt(hub, repository, first.snapshot.id))
      const trees = yield* Effect.all(reads, { concurrency: "unbounded" })
      assert.lengthOf(new Set(trees), 1)
      assert.strictEqual(trees[0]?.entry("docs/b.md"), blobIn("b"))
      assert.strictEqual(yield* readAt(hub, repository, first.snapshot.id), trees[0])
      assert.deepStrictEqual(manifestCalls(control.calls), ["manifests"])
    })
  )

  it.effect("is made from memory after a push, without a look into the index", () =>
    Effect.gen(function* () {
      const { control, pushing, repository } = yield* world()
      const tree = yield* readAt(pushing, repository, second.snapshot.id)
      assert.strictEqual(tree.entry("docs/b.md"), blobIn("c"))
      assert.deepStrictEqual(manifestCalls(control.calls), [])
    })
  )

  it.effect("is read from the store while the index is away, and if it goes away meanwhile", () =>
    Effect.gen(function* () {
      const { control, hub, repository } = yield* world()
      const away = yield* readAt(withoutIndex(hub), repository, first.snapshot.id)
      assert.strictEqual(away.entry("docs/b.md"), blobIn("b"))
      control.fail((operation) => operation === "manifests")
      const leaving = yield* readAt(hub, repository, second.snapshot.id)
      assert.strictEqual(leaving.entry("docs/b.md"), blobIn("c"))
      assert.deepStrictEqual(manifestCalls(control.calls), ["manifests"])
    })
  )

  it.effect("is read from the store if the index has another manifest, which no push believes either", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world(spoiled)
      const tree = yield* readAt(hub, repository, second.snapshot.id)
      assert.deepStrictEqual([tree.size, tree.entry("a.md")], [2, blobIn("a")])
      const third = step("third", { "a.md": "a", "docs/b.md": "d" }, [second])
      yield* pushSteps(hub, repository, "main", [third])
      const { blobs } = yield* planOf(hub, repository, [third.commit.id], [second.commit.id])
      assert.deepStrictEqual(blobs, [blobIn("d")])
    })
  )

  it.effect("displaces the one that was used longest ago", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const one = yield* readAt(hub, repository, first.snapshot.id)
      const two = yield* readAt(hub, repository, second.snapshot.id)
      const keptOf = (bytesMax: number) =>
        Effect.gen(function* () {
          const open = yield* openedFor(hub, repository, ada, "read")
          const reader = yield* SnapshotReader
          const read = yield* reader.tree(open, first.snapshot.id)
          assert.deepStrictEqual(read.weight, one.weight)
          yield* reader.tree(open, second.snapshot.id)
          return [first, second].map(({ snapshot }) => reader.kept(repository.id, snapshot.id) !== undefined)
        }).pipe(Effect.provide(Layer.fresh(layerOf(bytesMax))), at(hub))
      assert.deepStrictEqual(yield* keptOf(one.weight + two.weight), [true, true])
      assert.deepStrictEqual(yield* keptOf(one.weight + two.weight - 1), [false, true])
      assert.deepStrictEqual(yield* keptOf(1), [false, true])
    })
  )

  it.effect("that is in another repository is not read from here", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* readAt(hub, repository, first.snapshot.id)
      const other = yield* newRepository(hub, "other")
      const failed = yield* Effect.flip(readAt(hub, other, first.snapshot.id))
      assert.strictEqual(failed._tag, "ObjectMissing")
    })
  )
})
