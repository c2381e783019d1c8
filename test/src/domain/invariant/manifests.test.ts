/**
 * Manifests that the index evicted: the caller reads them from the store with the same result, and the index keeps them
 * again, if there is an index.
 */
import { admitted } from "@musehub/domain/usecase/admission/Admission"
import { assert, describe, it } from "@effect/vitest"
import { emptyBatch } from "@musehub/contract/IndexSamples"
import { witnessSnapshots } from "@musehub/domain/invariant/ObjectWriter"
import type { Decision } from "@musehub/domain/invariant/Roots"
import { moveRoot } from "@musehub/domain/usecase/write/moveRoot"
import { storeHistory } from "@musehub/domain/usecase/write/storeHistory"
import { makeSnapshot } from "@musehub/domain/object/Snapshot"
import { keptManifestsMax } from "@musehub/domain/port/index/ObjectIndex"
import { BranchName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import { introductionsOf, manifestsOf } from "@musehub/domain/usecase/manifests/introductions"
import { mergeSource } from "@musehub/domain/usecase/merges/mergeSource"
import { Effect } from "effect"
import { indexControl, interposedIndex } from "../../e2e/hub/interposedIndex.ts"
import {
  ada,
  at,
  clone,
  committedAt,
  newRepository,
  opened,
  openedFor,
  planOf,
  pushSteps,
  startHub,
  type Step,
  step,
  textBlob,
  type TestHub
} from "../support/hubSamples.ts"
import { memoryIndex, someCommit } from "../support/rootSamples.ts"

/**
 * A hub whose index calls are recorded, after `main` moved often enough to evict the first manifest, by another process
 * with a memory of its own.
 */
const world = Effect.fnUntraced(function* () {
  const index = indexControl()
  const pushing = yield* startHub({ index: interposedIndex(yield* memoryIndex, index.interpose) })
  const repository = yield* newRepository(pushing)
  const first = step("first", { "shared.md": "shared", "only.md": "of the first" })
  yield* pushSteps(pushing, repository, "main", [first])
  let tip = first
  for (let place = 0; place <= keptManifestsMax; place++) {
    tip = step(`step ${place}`, { "shared.md": "shared", "count.md": String(place) }, [tip])
    yield* pushSteps(pushing, repository, "main", [tip])
  }
  const hub = yield* startHub(pushing)
  assert.isFalse(yield* isKept(hub, repository, first))
  index.calls.length = 0
  return { hub, repository, first, tip, index }
})

const isKept = (hub: TestHub, { id }: Repository, { snapshot }: Step) =>
  Effect.map(hub.index.manifests(id, [snapshot.id]), (kept) => kept.has(snapshot.id))

const sideOf = (first: Step, name: string) => step(name, { "shared.md": "shared", [`${name}.md`]: name }, [first])

describe("a manifest that the index evicted", () => {
  it.effect("is read from the store by a push onto its commit, and kept for the next", () =>
    Effect.gen(function* () {
      const { hub, repository, first } = yield* world()
      const one = sideOf(first, "one")
      yield* pushSteps(hub, repository, "one", [one])
      assert.isTrue(yield* isKept(hub, repository, first))
      const plan = yield* planOf(hub, repository, [one.commit.id], [first.commit.id])
      assert.deepStrictEqual(plan.blobs, [textBlob("one").id], "the manifest determines what the push introduced")

      yield* pushSteps(hub, repository, "two", [sideOf(first, "two")])
      yield* clone(hub, repository, [one.commit.id])
    })
  )

  it.effect("costs the push nothing when the index refuses to keep it", () =>
    Effect.gen(function* () {
      const { hub, repository, first, index } = yield* world()
      index.fail((operation) => operation === "keepManifests")
      const one = sideOf(first, "one")
      const answer = yield* pushSteps(hub, repository, "one", [one])
      assert.strictEqual(answer.head, one.commit.id)
      assert.isFalse(yield* isKept(hub, repository, first))
    })
  )

  it.effect("is read from the store alone when the repository was opened without the index", () =>
    Effect.gen(function* () {
      const { hub, repository, first, index } = yield* world()
      index.fail((operation) => operation === "repositoryByName")
      const open = yield* openedFor(hub, repository, ada, "read")
      assert.isFalse(open.indexed)
      index.fail(() => true)
      index.calls.length = 0
      const source = yield* at(hub)(admitted("merge", mergeSource(open)))
      assert.deepStrictEqual(yield* source.manifestOf(first.commit.id), first.snapshot.manifest)
      assert.deepStrictEqual(index.calls, [])
    })
  )

  it.effect("is never taken for an empty one: it is a defect to ask for it when its commit is not in the graph", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const open = yield* opened(hub, repository)
      const parent = step("elsewhere", { "a.md": "a" })
      const { commit, snapshot } = parent
      const source = yield* at(hub)(admitted("merge", mergeSource(open)))
      const merged = yield* Effect.exit(source.manifestOf(commit.id))
      assert.include(String(merged), `expected commit ${commit.id} in the graph, which is absent`)
      const child = step("child", { "a.md": "a" }, [parent]).commit
      const offered = new Map([[snapshot.id, snapshot]])
      const introduced = yield* Effect.exit(at(hub)(introductionsOf(open, [child], new Map(), offered)))
      assert.include(String(introduced), `expected the node of parent ${commit.id}, which is absent`)
    })
  )
})

describe("many manifests that the index never had", () => {
  /** Snapshots in the store and recorded, but not kept. */
  const recorded = Effect.fnUntraced(function* (sizes: ReadonlyArray<number>) {
    const hub = yield* startHub()
    const repository = yield* newRepository(hub)
    const blob = textBlob("x").id
    const made = sizes.map((size, place) => {
      const entries = Array.from({ length: size }, (_, entry) => [`${place}-${entry}`, blob] as const)
      return makeSnapshot(new Map(entries), committedAt)
    })
    const before = yield* opened(hub, repository)
    const moving = { branch: BranchName.make("main"), head: someCommit("main") }
    const packs = yield* at(hub)(storeHistory(before, { blobs: [], snapshots: made, commits: [] }, moving))
    const { root } = before
    const naming: Decision<never> = () =>
      Effect.succeed({ root: { packs: [...root.value.packs, ...packs.map(({ ref }) => ref)] }, change: null })
    yield* at(hub)(moveRoot(before, naming))
    const snapshots = yield* at(hub)(
      witnessSnapshots(
        repository.id,
        made.map(({ id }) => id)
      )
    )
    yield* hub.index.record({ ...emptyBatch(repository.id), snapshots })
    const other = yield* startHub(hub)
    const open = yield* opened(other, repository)
    const ids = snapshots.map(({ id }) => id)
    const found = yield* at(other)(manifestsOf(open, ids, new Map()))
    for (const { id, value } of snapshots) assert.strictEqual(found.get(id)?.size, value.manifest.size)
    const kept = yield* hub.index.manifests(repository.id, ids)
    return ids.flatMap((id, place) => (kept.has(id) ? [place] : []))
  })

  it.effect("are all found, and only the last ones are kept", () =>
    Effect.gen(function* () {
      const kept = yield* recorded(Array.from({ length: keptManifestsMax + 10 }, () => 1))
      assert.deepStrictEqual(
        kept,
        Array.from({ length: keptManifestsMax }, (_, place) => place + 10)
      )
    })
  )

  it.effect("are kept unless writing them would cost too much", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* recorded([10, 60_000, 60_000, 100_001, 5]), [0, 2, 4])
    })
  )
})
