/**
 * Receiving pushes, in memory: accepted content is in the store and served whole, refused content is invisible, and the
 * order of the writes is such that a crash between any two of them loses nothing that was acknowledged.
 */
import { assert, describe, it } from "@effect/vitest"
import { commitIdOf, decodeCommit } from "@musehub/domain/object/Commit"
import { emptyBlobId, type CommitId } from "@musehub/domain/object/Id"
import { makeSnapshot } from "@musehub/domain/object/Snapshot"
import { decodeSnapshot } from "@musehub/domain/object/Snapshot"
import { BranchClash, NonFastForward } from "@musehub/domain/repository/rule/branchRules"
import type { BundleRefused } from "@musehub/domain/usecase/push/checkBundle"
import type { ObjectsMissing } from "@musehub/domain/usecase/push/ObjectsMissing"
import { Deferred, Effect, Fiber, Option, Result } from "effect"
import { callCount, historyPath, rootPath } from "../../support/countingStore.ts"
import { injecting, random, scripted } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { forSeeds } from "../../support/seeded.ts"
import { whileTimePasses } from "../../support/time.ts"
import { withUploads } from "../../support/uploads.ts"
import {
  ada,
  assertInvisible,
  assertRowsTellTheTruth,
  bob,
  clone,
  committedAt,
  failingIndex,
  headsOf,
  loseObjects,
  newRepository,
  opened,
  person,
  pushSteps,
  startHub,
  type Step,
  step,
  storedBytesOf,
  storedIds,
  textBlob
} from "../support/hubSamples.ts"
import { chainOf, memoryIndex, memoryStore, someCommit } from "../support/rootSamples.ts"
import { entriesOf } from "../../support/shortRefs.ts"

const world = Effect.fnUntraced(function* () {
  const hub = yield* startHub()
  return { hub, repository: yield* newRepository(hub) }
})

const a = step("a", { "readme.md": "hello", "src/one.ts": "one" })
const b = step("b", { "readme.md": "hello", "src/one.ts": "one and a half" }, [a])
const c = step("c", { "readme.md": "hello again" }, [b])

const assertNonFastForward = (error: unknown, head: CommitId) => {
  assert.instanceOf(error, NonFastForward)
  assert.strictEqual(error.head, head)
}

const missingOf = (error: { readonly _tag: string }): ObjectsMissing => {
  assert.strictEqual(error._tag, "ObjectsMissing")
  return error as ObjectsMissing
}

describe("push, what is accepted", () => {
  it.effect("stores everything in a first push, records it from its bytes, and moves the branch", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const answer = yield* pushSteps(hub, repository, "trunk", [a, b, c])
      assert.strictEqual(answer.head, c.commit.id)
      assert.strictEqual(answer.commits, 3)
      const { open } = yield* clone(hub, repository, [c.commit.id])
      assert.deepStrictEqual(Object.fromEntries(entriesOf(open.root.value.heads)), { trunk: c.commit.id })
      assert.strictEqual(open.root.value.repository.defaultBranch, "trunk")
      const { action, by, moves } = open.root.value.changes[0] ?? assert.fail("the root names the change that made it")
      assert.deepStrictEqual(
        { action, by, moves },
        { action: "push", by: ada.user, moves: [{ ref: "refs/heads/trunk", from: null, to: c.commit.id }] }
      )
      const rows = yield* assertRowsTellTheTruth(hub, repository.id)
      assert.deepStrictEqual([rows.blob.length, rows.snapshot.length, rows.commit.length], [4, 3, 3])
    })
  )

  it.effect("moves a branch to a commit on its head, and to a merge with its head on either side", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a, b])
      const side = step("side", { "side.ts": "side" }, [a])
      const second = step("second", { "readme.md": "both" }, [side, b])
      assert.strictEqual((yield* pushSteps(hub, repository, "main", [side, second])).commits, 2)
      const other = step("other", { "other.ts": "other" }, [b])
      const first = step("first", { "readme.md": "all" }, [second, other])
      yield* pushSteps(hub, repository, "main", [other, first])
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: first.commit.id })
      yield* clone(hub, repository, [first.commit.id])
    })
  )

  it.effect("moves a branch forward over a criss-cross and over commits that another branch brought", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a])
      const [left, right] = [step("left", { l: "l" }, [a]), step("right", { r: "r" }, [a])]
      const cross = step("cross", { l: "l", r: "r" }, [left, right])
      const criss = step("criss", { l: "l", r: "r", x: "x" }, [right, left])
      yield* pushSteps(hub, repository, "other", [left, right, cross])
      const top = step("top", { t: "t" }, [criss, cross])
      // The bundle stops where the client knows that the server has the history.
      const answer = yield* pushSteps(hub, repository, "main", [criss, top])
      assert.strictEqual(answer.commits, 2)
      yield* clone(hub, repository, [top.commit.id])
    })
  )

  it.effect("starts a new branch at an old commit without storing the commit again", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a, b, c])
      const answer = yield* pushSteps(hub, repository, "old", [a], { blobs: [], snapshots: [] })
      assert.strictEqual(answer.commits, 0)
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: c.commit.id, old: a.commit.id })
    })
  )

  it.effect("writes no object and no root when everything is there already", () =>
    Effect.gen(function* () {
      const count = callCount()
      const hub = yield* startHub({ store: interposed(yield* memoryStore, count.interpose) })
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [a, b])
      count.reset()
      const answer = yield* pushSteps(hub, repository, "main", [a, b], { blobs: [] })
      assert.strictEqual(answer.commits, 0)
      assert.deepStrictEqual([count.of("put").length, count.of("documents.write", rootPath).length], [0, 0])
      assert.strictEqual((yield* opened(hub, repository)).root.value.sequence, 1)
    })
  )

  it.effect("keeps the default branch when a second branch is pushed", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "trunk", [a])
      yield* pushSteps(hub, repository, "other", [a, b])
      assert.strictEqual((yield* opened(hub, repository)).root.value.repository.defaultBranch, "trunk")
    })
  )

  it.effect("omits commits that the new head does not reach", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const stray = step("stray", { stray: "stray" })
      yield* pushSteps(hub, repository, "main", [stray, a], { blobs: a.blobs })
      const stored = yield* storedIds(hub.store, repository.id)
      assert.deepStrictEqual(stored.commit, [a.commit.id])
      assert.deepStrictEqual(stored.snapshot, [a.snapshot.id])
      yield* assertInvisible(hub, repository, [stray])
    })
  )

  it.effect("needs no upload of the empty file", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const empty = step("empty", { nothing: "", something: "something" })
      yield* pushSteps(hub, repository, "main", [empty], { blobs: [textBlob("something")] })
      assert.include((yield* clone(hub, repository, [empty.commit.id])).blobs, emptyBlobId)
    })
  )

  it.effect("serves a commit without files, though its snapshot has the id of the empty file", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const bare = step("bare", {})
      assert.strictEqual(bare.snapshot.id, emptyBlobId as string)
      yield* pushSteps(hub, repository, "main", [bare])
      const plan = yield* clone(hub, repository, [bare.commit.id])
      assert.deepStrictEqual([plan.snapshots.length, plan.blobs.length], [1, 0])
    })
  )

  it.effect("returns a newer client's unknown fields and 64-bit integers as they were sent", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const delta = { domain: "code", big: 2n ** 63n, ["__proto__"]: [1.5, "x"] }
      const odd = step("odd", { f: "f" }, [], { structured_delta: delta, from_the_future: { deep: [true, null] } })
      yield* pushSteps(hub, repository, "main", [odd])
      const bytes = yield* storedBytesOf(hub.store, repository.id, { type: "commit", id: odd.commit.id })
      assert.deepStrictEqual(Result.getOrThrow(decodeCommit(bytes)).record, odd.commit.record)
    })
  )
})

describe("push, existing objects stay", () => {
  it.effect("keeps the stored commit when it is pushed again with other unhashed fields", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const rich = step("rich", { f: "f" }, [], { structured_delta: { ops: [1, 2] }, author: "ada" })
      yield* pushSteps(hub, repository, "main", [rich])
      const read = storedBytesOf(hub.store, repository.id, { type: "commit", id: rich.commit.id })
      const before = yield* read
      const poor = step("rich", { f: "f" }, [], { structured_delta: null, author: "mallory" })
      assert.strictEqual(poor.commit.id, rich.commit.id)
      const next = step("next", { f: "g" }, [poor])
      const answer = yield* pushSteps(hub, repository, "main", [poor, next])
      assert.strictEqual(answer.commits, 1)
      assert.deepStrictEqual(yield* read, before)
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("keeps the first of two records of one commit that are pushed at the same time", () =>
    Effect.gen(function* () {
      const { hub: other, repository } = yield* world()
      const rich = step("rich", { f: "f" }, [], { structured_delta: { ops: [1, 2] } })
      const poor = step("rich", { f: "f" }, [], { structured_delta: null })
      const first = Effect.orDie(pushSteps(other, repository, "main", [rich]))
      // A hub with an index of its own does not hear of the first push, so it checks the second one before.
      const hub = yield* startHub({ store: other.store })
      const failed = yield* whileTimePasses(
        Effect.flip(pushSteps(hub, repository, "other", [poor], { meanwhile: first }))
      )
      assert.strictEqual(failed._tag, "RootContended")
      yield* pushSteps(hub, repository, "other", [poor])
      const bytes = yield* storedBytesOf(hub.store, repository.id, { type: "commit", id: poor.commit.id })
      assert.deepStrictEqual(Result.getOrThrow(decodeCommit(bytes)).record, rich.commit.record)
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("takes the same commit from two pushes at the same time", () =>
    Effect.gen(function* () {
      const { hub: other, repository } = yield* world()
      const first = Effect.orDie(pushSteps(other, repository, "main", [a]))
      const hub = yield* startHub({ store: other.store })
      yield* whileTimePasses(pushSteps(hub, repository, "other", [a], { meanwhile: first }))
      yield* clone(hub, repository, [a.commit.id])
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("keeps the stored merge when it is pushed again with its parents in the other order", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const [left, right] = [step("left", { l: "l" }), step("right", { r: "r" })]
      const [merge, turned] = [step("merge", { m: "m" }, [left, right]), step("merge", { m: "m" }, [right, left])]
      assert.strictEqual(turned.commit.id, merge.commit.id)
      yield* pushSteps(hub, repository, "main", [left, right, merge])
      yield* pushSteps(hub, repository, "other", [left, right, turned])
      const bytes = yield* storedBytesOf(hub.store, repository.id, { type: "commit", id: merge.commit.id })
      assert.deepStrictEqual(Result.getOrThrow(decodeCommit(bytes)).record, merge.commit.record)
      yield* clone(hub, repository, [merge.commit.id])
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("keeps the first of two snapshots of one manifest", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a])
      const again = step("again", { "readme.md": "hello", "src/one.ts": "one" }, [a])
      const later = makeSnapshot(again.snapshot.manifest, "2027-01-01T00:00:00+00:00")
      assert.strictEqual(later.id, a.snapshot.id)
      yield* pushSteps(hub, repository, "main", [again], { snapshots: [later] })
      const bytes = yield* storedBytesOf(hub.store, repository.id, { type: "snapshot", id: later.id })
      assert.strictEqual(Result.getOrThrow(decodeSnapshot(bytes)).createdAt, committedAt)
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )
})

describe("push, what is refused", () => {
  it.effect("refuses to move a branch back or sideways, and leaves nothing of the attempt visible", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a, b, c])
      assertNonFastForward(yield* Effect.flip(pushSteps(hub, repository, "main", [a, b])), c.commit.id)
      const aside = step("aside", { aside: "aside" }, [b])
      assertNonFastForward(yield* Effect.flip(pushSteps(hub, repository, "main", [aside])), c.commit.id)
      const unrelated = step("unrelated", { new: "new" })
      assertNonFastForward(yield* Effect.flip(pushSteps(hub, repository, "main", [unrelated])), c.commit.id)
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: c.commit.id })
      yield* assertInvisible(hub, repository, [aside, unrelated])
    })
  )

  it.effect("moves a branch anywhere by force, records that in the reflog, and still serves the old commits", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a, b, c])
      const aside = step("aside", { aside: "aside" }, [a])
      yield* pushSteps(hub, repository, "main", [aside], { force: true })
      const { root } = yield* opened(hub, repository)
      assert.deepStrictEqual(
        root.value.changes.map(({ action, moves }) => [action, moves]),
        [["force-push", [{ ref: "refs/heads/main", from: c.commit.id, to: aside.commit.id }]]]
      )
      yield* clone(hub, repository, [aside.commit.id, c.commit.id])
      yield* pushSteps(hub, repository, "main", [step("forward", { f: "f" }, [aside])], { force: true })
      assert.strictEqual((yield* opened(hub, repository)).root.value.changes[0]?.action, "push")
    })
  )

  it.effect("refuses an empty bundle, and one whose first commit is not the newest", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      for (const steps of [[], [b, a]]) {
        const failed = yield* Effect.flip(pushSteps(hub, repository, "main", steps))
        assert.strictEqual((failed as BundleRefused)._tag, "BundleRefused")
      }
      assert.deepStrictEqual(yield* headsOf(hub, repository), {})
    })
  )

  it.effect("refuses a branch inside another, whichever came first", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "a/b", [a])
      for (const name of ["a", "a/b/c"]) {
        const failed = yield* Effect.flip(pushSteps(hub, repository, name, [a]))
        assert.instanceOf(failed, BranchClash)
        assert.strictEqual(failed.existing, "a/b")
      }
      yield* pushSteps(hub, repository, "a/bc", [a])
      assert.deepStrictEqual(Object.keys(yield* headsOf(hub, repository)), ["a/b", "a/bc"])
    })
  )

  it.effect("names each missing parent, snapshot and blob, and counts those after the first hundred", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const orphan = missingOf(yield* Effect.flip(pushSteps(hub, repository, "main", [b])))
      assert.deepStrictEqual([orphan.type, orphan.missing, orphan.total], ["commit", [a.commit.id], 1])
      const bare = missingOf(yield* Effect.flip(pushSteps(hub, repository, "main", [a], { snapshots: [] })))
      assert.deepStrictEqual([bare.type, bare.missing, bare.total], ["snapshot", [a.snapshot.id], 1])
      const files = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`file ${n}`, `content ${n}`]))
      const many = step("many", files)
      const hollow = missingOf(yield* Effect.flip(pushSteps(hub, repository, "main", [many], { blobs: [] })))
      assert.deepStrictEqual([hollow.type, hollow.missing.length, hollow.total], ["blob", 100, 150])
      assert.deepStrictEqual(yield* headsOf(hub, repository), {})
      yield* assertInvisible(hub, repository, [a, b, many])
    })
  )

  it.effect("counts objects of a refused push as missing until they are sent again", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const [known, unknown] = [textBlob("hello"), textBlob("one")]
      yield* Effect.flip(pushSteps(hub, repository, "main", [a], { blobs: [known] }))
      yield* assertInvisible(hub, repository, [a])
      // The parent of b is in no root, so b cannot build on it, although its parts may be stored.
      yield* Effect.flip(pushSteps(hub, repository, "main", [a, b], { blobs: [known] }))
      const orphan = missingOf(yield* Effect.flip(pushSteps(hub, repository, "main", [b])))
      assert.strictEqual(orphan.type, "commit")
      yield* pushSteps(hub, repository, "main", [a], { blobs: [unknown] })
      yield* clone(hub, repository, [a.commit.id])
    })
  )
})

describe("push, commits of three parents", () => {
  /** What the client makes of three parents: the id hashes all three, the record names two. */
  const octopus = (parents: readonly [Step, Step, Step], recorded: readonly [Step, Step]): Step => {
    const plain = step("octopus", { all: "all" }, recorded)
    const id = commitIdOf({
      parents: parents.map(({ commit }) => commit.id),
      snapshotId: plain.snapshot.id,
      message: "octopus",
      committedAt
    })
    return { ...plain, commit: { ...plain.commit, id, record: { ...plain.commit.record, commit_id: id } } }
  }
  const [x, y, z] = [step("x", { x: "x" }), step("y", { y: "y" }), step("z", { z: "z" })] as const

  it.effect("are accepted when the third parent is in the same push, on a branch, or in an older history", () =>
    Effect.gen(function* () {
      const together = yield* world()
      const merged = octopus([x, y, z], [x, y])
      const carrier = step("carrier", { c: "c" }, [merged, z])
      yield* pushSteps(together.hub, together.repository, "main", [x, y, z, merged, carrier])

      const onBranch = yield* world()
      yield* pushSteps(onBranch.hub, onBranch.repository, "third", [z])
      yield* pushSteps(onBranch.hub, onBranch.repository, "main", [x, y, merged])
      yield* clone(onBranch.hub, onBranch.repository, [merged.commit.id])

      const older = yield* world()
      yield* pushSteps(older.hub, older.repository, "third", [z, step("newer", { n: "n" }, [z])])
      yield* pushSteps(older.hub, older.repository, "main", [x, y, merged])
      const name = { type: "commit", id: merged.commit.id } as const
      const bytes = yield* storedBytesOf(older.hub.store, older.repository.id, name)
      const { record } = Result.getOrThrow(decodeCommit(bytes))
      assert.deepStrictEqual(record.hashed_parent_ids, [x, y, z].map(({ commit }) => commit.id).toSorted())
      yield* assertRowsTellTheTruth(older.hub, older.repository.id)
    })
  )

  it.effect("are not proven again once the repository has them", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const merged = octopus([x, y, z], [x, y])
      yield* pushSteps(hub, repository, "third", [z])
      yield* pushSteps(hub, repository, "main", [x, y, merged])
      // An index whose recent commits no longer include the third parent, as in a long history.
      const forgetful = { ...hub.index, recentCommits: () => Effect.succeed([]) }
      const later = yield* startHub({ store: hub.store, index: forgetful })
      yield* pushSteps(later, repository, "third", [x, y, merged], { force: true })
      assert.strictEqual((yield* headsOf(later, repository))["third"], merged.commit.id)
    })
  )

  it.effect("are refused when the third parent is nowhere to be found", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "other", [a])
      const failed = yield* Effect.flip(pushSteps(hub, repository, "main", [x, y, octopus([x, y, z], [x, y])]))
      assert.strictEqual(failed._tag, "IdMismatch")
      assert.deepStrictEqual(Object.keys(yield* headsOf(hub, repository)), ["other"])
    })
  )

  it.effect("are refused when only the record names the third parent", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const forged = octopus([x, y, z], [x, y])
      const hashed = [x, y, z].map(({ commit }) => commit.id).toSorted()
      const claiming = (fields: object): Step => ({
        ...forged,
        commit: { ...forged.commit, record: { ...forged.commit.record, hashed_parent_ids: hashed, ...fields } }
      })
      // The third parent that the commit names is not here; nor may a record omit parents that its id is derived from.
      for (const fields of [{}, { parent2_commit_id: null }, { parent_commit_id: null, parent2_commit_id: null }]) {
        const failed = yield* Effect.flip(pushSteps(hub, repository, "main", [x, y, claiming(fields)]))
        assert.strictEqual(failed._tag, "IdMismatch")
      }
      yield* pushSteps(hub, repository, "third", [z])
      yield* pushSteps(hub, repository, "main", [x, y, claiming({})])
      yield* clone(hub, repository, [forged.commit.id])
    })
  )

  it.effect("do not excuse a wrong id of another commit", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const wrong = { ...b, commit: { ...b.commit, record: { ...b.commit.record, message: "changed" } } }
      assert.strictEqual((yield* Effect.flip(pushSteps(hub, repository, "main", [a, wrong])))._tag, "IdMismatch")
    })
  )
})

describe("push, objects of other repositories", () => {
  const fork = Effect.fnUntraced(function* (visibility: "public" | "private") {
    const hub = yield* startHub()
    const upstream = yield* newRepository(hub, "upstream", { visibility })
    yield* pushSteps(hub, upstream, "main", [a, b, c])
    return { hub, upstream }
  })
  const d = step("d", { "readme.md": "hello again", "src/one.ts": "one" }, [c])

  it.effect("copies the history of a readable repository, and the copy is independent", () =>
    Effect.gen(function* () {
      const { hub, upstream } = yield* fork("public")
      const mine = yield* newRepository(hub, "mine", { by: bob })
      const answer = yield* pushSteps(hub, mine, "main", [d], { by: bob, blobs: [] })
      assert.strictEqual(answer.commits, 1)
      yield* loseObjects(hub.store, upstream.id)
      const plan = yield* clone(hub, mine, [d.commit.id], bob)
      assert.strictEqual(plan.commits.length, 4)
      yield* assertRowsTellTheTruth(hub, mine.id)
    })
  )

  it.effect("copies snapshots and blobs on their own too", () =>
    Effect.gen(function* () {
      const { hub } = yield* fork("public")
      const mine = yield* newRepository(hub, "mine", { by: bob })
      const same = step("same files, other history", { "readme.md": "hello", "src/one.ts": "one" })
      yield* pushSteps(hub, mine, "main", [same], { by: bob, blobs: [], snapshots: [] })
      yield* clone(hub, mine, [same.commit.id], bob)
    })
  )

  it.effect("copies only the missing part of a history", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const upstream = yield* newRepository(hub, "upstream")
      const mine = yield* newRepository(hub, "mine", { by: bob })
      yield* pushSteps(hub, upstream, "main", [a, b, c])
      yield* pushSteps(hub, mine, "main", [a, b], { by: bob })
      yield* pushSteps(hub, mine, "main", [d], { by: bob, blobs: [] })
      const { commit, snapshot, blob } = yield* storedIds(hub.store, mine.id)
      assert.deepStrictEqual([commit.length, new Set(commit).size], [4, 4])
      assert.strictEqual(new Set(snapshot).size, snapshot.length)
      assert.strictEqual(new Set(blob).size, blob.length)
      yield* clone(hub, mine, [d.commit.id], bob)
    })
  )

  it.effect("keeps its own bytes of a snapshot that the copied history has with others", () =>
    Effect.gen(function* () {
      const { hub } = yield* fork("public")
      const mine = yield* newRepository(hub, "mine", { by: bob })
      const own = step("own", { "readme.md": "hello", "src/one.ts": "one" })
      const later = makeSnapshot(own.snapshot.manifest, "2027-01-01T00:00:00Z")
      yield* pushSteps(hub, mine, "main", [own], { by: bob, snapshots: [later] })
      yield* pushSteps(hub, mine, "topic", [d], { by: bob, blobs: [] })
      const bytes = yield* storedBytesOf(hub.store, mine.id, { type: "snapshot", id: later.id })
      assert.strictEqual(Result.getOrThrow(decodeSnapshot(bytes)).createdAt, later.createdAt)
      const { snapshot } = yield* storedIds(hub.store, mine.id)
      assert.lengthOf(snapshot, new Set(snapshot).size)
    })
  )

  it.effect.each([
    { who: "someone who may not read it", by: bob },
    { who: "its owner with a token for another repository", by: person("ada", { repository: null }) }
  ])("does not copy from a private repository for $who", ({ by, who }) =>
    Effect.gen(function* () {
      const { hub } = yield* fork("private")
      const mine = yield* newRepository(hub, "mine", { by })
      const limited = who.startsWith("its owner") ? person("ada", { repository: mine.id }) : by
      const commit = missingOf(yield* Effect.flip(pushSteps(hub, mine, "main", [d], { by: limited })))
      assert.deepStrictEqual([commit.type, commit.missing], ["commit", [c.commit.id]])
      const same = step("same files", { "readme.md": "hello", "src/one.ts": "one" })
      const snapshot = missingOf(
        yield* Effect.flip(pushSteps(hub, mine, "main", [same], { by: limited, blobs: [], snapshots: [] }))
      )
      assert.strictEqual(snapshot.type, "snapshot")
      const blob = missingOf(yield* Effect.flip(pushSteps(hub, mine, "main", [same], { by: limited, blobs: [] })))
      assert.strictEqual(blob.type, "blob")
      assert.deepStrictEqual(yield* headsOf(hub, mine, by), {})
    })
  )

  it.effect("copies from a private repository for its owner's unlimited token", () =>
    Effect.gen(function* () {
      const { hub } = yield* fork("private")
      const mine = yield* newRepository(hub, "mine")
      yield* pushSteps(hub, mine, "main", [d], { blobs: [] })
      yield* clone(hub, mine, [d.commit.id])
    })
  )

  it.effect("copies nothing from another repository's refused push", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const upstream = yield* newRepository(hub, "upstream")
      yield* Effect.flip(pushSteps(hub, upstream, "main", [a], { blobs: [textBlob("hello")] }))
      const mine = yield* newRepository(hub, "mine", { by: bob })
      const failed = missingOf(yield* Effect.flip(pushSteps(hub, mine, "main", [a], { by: bob, blobs: [] })))
      assert.strictEqual(failed.total, 2)
    })
  )
})

describe("push, direct uploads", () => {
  it.effect("are hashed on their way to the real key, and their staging object is deleted", () =>
    Effect.gen(function* () {
      const { store, upload, uploaded } = withUploads(yield* memoryStore)
      const hub = yield* startHub({ store })
      const repository = yield* newRepository(hub)
      for (const blob of a.blobs) upload({ repository: repository.id, id: blob.id }, blob.content)
      yield* pushSteps(hub, repository, "main", [a], { blobs: [] })
      yield* clone(hub, repository, [a.commit.id])
      assert.deepStrictEqual(uploaded(), [])
    })
  )

  it.effect("are refused when their bytes do not match the id, and never become a blob", () =>
    Effect.gen(function* () {
      const { store, upload } = withUploads(yield* memoryStore)
      const hub = yield* startHub({ store })
      const repository = yield* newRepository(hub)
      for (const blob of a.blobs) upload({ repository: repository.id, id: blob.id }, textBlob("forged").content)
      const failed = yield* Effect.flip(pushSteps(hub, repository, "main", [a], { blobs: [] }))
      assert.strictEqual(failed._tag, "ContentRefused")
      assert.deepStrictEqual((yield* storedIds(hub.store, repository.id)).blob, [])
    })
  )

  it.effect("that the store cannot read fail as a fault of the store, not of the push", () =>
    Effect.gen(function* () {
      const { store, upload } = withUploads(yield* memoryStore)
      const spoilt = interposed(
        store,
        injecting(scripted([{ operation: "uploads.stream", fault: { failBefore: true } }]))
      )
      const hub = yield* startHub({ store: spoilt })
      const repository = yield* newRepository(hub)
      for (const blob of a.blobs) upload({ repository: repository.id, id: blob.id }, blob.content)
      const failed = yield* Effect.flip(pushSteps(hub, repository, "main", [a], { blobs: [] }))
      assert.strictEqual(failed._tag, "StoreUnavailable")
      assert.deepStrictEqual((yield* storedIds(hub.store, repository.id)).blob, [])
    })
  )
})

describe("push, failures along the way", () => {
  it.effect("stands when the index fails to record it; the next caller brings the index up to date", () =>
    Effect.gen(function* () {
      let away = false
      const hub = yield* startHub({
        index: failingIndex(yield* memoryIndex, (operation) => away && operation === "record")
      })
      const repository = yield* newRepository(hub)
      away = true
      const answer = yield* pushSteps(hub, repository, "main", [a, b])
      assert.strictEqual(answer.head, b.commit.id)
      away = false
      yield* clone(hub, repository, [b.commit.id])
      yield* pushSteps(hub, repository, "main", [c])
      yield* clone(hub, repository, [c.commit.id])
    })
  )

  it.effect("brings the index up to date for a push that it missed when another push follows", () =>
    Effect.gen(function* () {
      const [store, index] = [yield* memoryStore, yield* memoryIndex]
      const deaf = yield* startHub({ store, index: failingIndex(index, (operation) => operation === "record") })
      const hub = yield* startHub({ store, index })
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [a])
      const theirs = step("theirs", { theirs: "theirs" }, [a])
      // Opened before the other process moves the root and finished after it, so this push's root does not follow the
      // root it knew.
      yield* whileTimePasses(
        pushSteps(hub, repository, "mine", [b], {
          meanwhile: Effect.orDie(pushSteps(deaf, repository, "theirs", [theirs]))
        })
      )
      assert.deepStrictEqual(yield* headsOf(hub, repository), {
        main: a.commit.id,
        mine: b.commit.id,
        theirs: theirs.commit.id
      })
      yield* clone(hub, repository, [b.commit.id, theirs.commit.id])
      yield* pushSteps(hub, repository, "theirs", [step("onwards", { on: "on" }, [theirs])])
    })
  )

  it.effect("keeps a push whose caller goes away while it shares a root write", () =>
    Effect.gen(function* () {
      const writing = yield* Deferred.make<void>()
      const proceed = yield* Deferred.make<void>()
      const fault = {
        meanwhile: Effect.andThen(Deferred.succeed(writing, undefined), Deferred.await(proceed))
      }
      const slow = injecting(scripted([{ operation: "documents.write", path: rootPath, nth: 2, fault }]))
      const hub = yield* startHub({ store: interposed(yield* memoryStore, slow) })
      const repository = yield* newRepository(hub)
      const blocking = yield* Effect.forkChild(pushSteps(hub, repository, "main", [a]))
      yield* Deferred.await(writing)
      const [left, right] = [step("left", { l: "l" }), step("right", { r: "r" })]
      const leaving = yield* Effect.forkChild(pushSteps(hub, repository, "left", [left]))
      const staying = yield* Effect.forkChild(pushSteps(hub, repository, "right", [right]))
      yield* Effect.repeat(Effect.yieldNow, { times: 300 })
      yield* Fiber.interrupt(leaving)
      yield* Deferred.succeed(proceed, undefined)
      yield* Fiber.join(blocking)
      yield* Fiber.join(staying)
      const heads = yield* headsOf(hub, repository)
      assert.strictEqual(heads["left"], left.commit.id)
      yield* clone(hub, repository, Object.values(heads))
    })
  )

  it.effect("succeeds once when the answer to the root write is lost", () =>
    Effect.gen(function* () {
      const lost = scripted([{ operation: "documents.write", path: rootPath, nth: 2, fault: { failAfter: true } }])
      const hub = yield* startHub({ store: interposed(yield* memoryStore, injecting(lost)) })
      const repository = yield* newRepository(hub)
      const answer = yield* pushSteps(hub, repository, "main", [a])
      assert.strictEqual(answer.head, a.commit.id)
      const { root } = yield* opened(hub, repository)
      assert.strictEqual(root.value.sequence, 1)
      yield* clone(hub, repository, [a.commit.id])
    })
  )
})

describe("push, races", () => {
  it.effect("lets exactly one of the pushers to a branch win, and tells the others its head", () =>
    Effect.gen(function* () {
      const [store, index] = [yield* memoryStore, yield* memoryIndex]
      const slow = interposed(
        store,
        injecting(() => ({ turnsBefore: 2, turnsAfter: 2 }))
      )
      const hubs = [yield* startHub({ store: slow, index }), yield* startHub({ store: slow, index })] as const
      const repository = yield* newRepository(hubs[0])
      yield* pushSteps(hubs[0], repository, "main", [a])
      const rivals = Array.from({ length: 8 }, (_, n) => step(`rival ${n}`, { [`file ${n}`]: `${n}` }, [a]))
      const outcomes = yield* whileTimePasses(
        Effect.forEach(
          rivals,
          (rival, n) => Effect.result(pushSteps(hubs[n % 2 === 0 ? 0 : 1], repository, "main", [rival])),
          { concurrency: "unbounded" }
        )
      )
      const winners = outcomes.filter(Result.isSuccess)
      assert.strictEqual(winners.length, 1)
      const heads = yield* headsOf(hubs[1], repository)
      assert.strictEqual(heads["main"], winners[0]?.success.head)
      for (const outcome of outcomes)
        if (Result.isFailure(outcome)) assertNonFastForward(outcome.failure, heads["main"] ?? someCommit("none"))
      yield* clone(hubs[0], repository, Object.values(heads))
    })
  )

  it.effect("accepts all pushers to different branches, and serves everything", () =>
    Effect.gen(function* () {
      const [store, index] = [yield* memoryStore, yield* memoryIndex]
      const slow = interposed(
        store,
        injecting(() => ({ turnsBefore: 2, turnsAfter: 2 }))
      )
      const hubs = [yield* startHub({ store: slow, index }), yield* startHub({ store: slow, index })] as const
      const repository = yield* newRepository(hubs[0])
      const rivals = Array.from({ length: 12 }, (_, n) => step(`rival ${n}`, { [`file ${n}`]: `${n}` }))
      const outcomes = yield* whileTimePasses(
        Effect.forEach(
          rivals,
          (rival, n) => Effect.result(pushSteps(hubs[n % 2 === 0 ? 0 : 1], repository, `branch-${n}`, [rival])),
          { concurrency: "unbounded" }
        )
      )
      assert.isTrue(outcomes.every(Result.isSuccess))
      const heads = Object.values(yield* headsOf(hubs[1], repository))
      assert.strictEqual(heads.length, 12)
      yield* clone(hubs[1], repository, heads)
    })
  )
})

describe("push, any interleaving", () => {
  it.effect("serves acknowledged pushes whole, also from a rebuilt index, whatever calls fail or disconnect", () =>
    whileTimePasses(
      forSeeds(20, (seed) =>
        Effect.gen(function* () {
          const [plain, plainIndex] = [yield* memoryStore, yield* memoryIndex]
          const faults = random(seed, {
            "documents.write": { failBefore: 0.04, failAfter: 0.04, turnsMax: 3, delayMillisMax: 2 },
            "documents.read": { failBefore: 0.02, turnsMax: 3 },
            put: { failBefore: 0.02, failAfter: 0.02, turnsMax: 3 },
            other: { turnsMax: 3 }
          })
          const store = interposed(plain, injecting(faults))
          const index = failingIndex(plainIndex, (operation) => seed.chance(operation === "record" ? 0.2 : 0.02))
          const hub = yield* startHub({ store: plain, index: plainIndex })
          const repository = yield* newRepository(hub)
          const hubs = [
            yield* startHub({ store, index }),
            yield* startHub({ store, index }),
            yield* startHub({ store, index })
          ]
          const steps = new Map<CommitId, Step>()
          const acknowledged = new Set<CommitId>()
          const client = (name: number) =>
            Effect.forEach(
              Array.from({ length: 8 }, (_, turn) => turn),
              Effect.fnUntraced(function* (turn) {
                const branch = seed.pick(["main", "dev", `own-${name}`])
                const heads = yield* Effect.option(headsOf(seed.pick(hubs), repository))
                if (Option.isNone(heads)) return
                const head = heads.value[branch]
                const parent = head === undefined ? undefined : steps.get(head)
                const own = step(`${name}/${turn}`, { [`${name}`]: `${turn}` }, parent === undefined ? [] : [parent])
                steps.set(own.commit.id, own)
                const outcome = yield* pushSteps(seed.pick(hubs), repository, branch, [own]).pipe(
                  // Now and then a client disconnects without waiting for its answer.
                  Effect.timeoutOption(seed.chance(0.25) ? 1 + seed.below(6) : 100_000),
                  Effect.result
                )
                if (Result.isSuccess(outcome) && Option.isSome(outcome.success)) acknowledged.add(own.commit.id)
              })
            )
          yield* Effect.forEach([1, 2, 3, 4, 5], client, { concurrency: "unbounded" })
          // A client that disconnected may have left a move in the queue; it must be settled before the final checks.
          yield* Effect.sleep("5 seconds")
          const chain = yield* chainOf(plain, repository.id)
          const heads = Object.values(yield* headsOf(hub, repository))
          for (const each of [hub, yield* startHub({ store: plain })]) {
            const { commits } = yield* clone(each, repository, heads)
            for (const id of acknowledged) assert.include(commits, id)
          }
          assert.isAbove(acknowledged.size, 5)
          assert.isAbove(chain.length, 2)
        })
      )
    )
  )
})

describe("push, order and number of writes", () => {
  const counted = Effect.fnUntraced(function* () {
    const count = callCount()
    // Every call takes a while, so that independent calls are seen to overlap.
    const slow = interposed(
      yield* memoryStore,
      injecting(() => ({ turnsBefore: 1, turnsAfter: 1 }))
    )
    const hub = yield* startHub({ store: interposed(slow, count.interpose) })
    const repository = yield* newRepository(hub)
    yield* pushSteps(hub, repository, "main", [a])
    count.reset()
    return { count, hub, repository }
  })

  it.effect("puts packs and the copy of the root before the root, in two rounds", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* counted()
      yield* pushSteps(hub, repository, "main", [b, c])
      const kinds = count.calls.flatMap(({ operation, path }) => {
        if (operation === "put") return [path.split("/")[2] ?? ""]
        return operation === "documents.write" ? [rootPath.test(path) ? "root" : "history"] : []
      })
      assert.deepStrictEqual(kinds.at(0), "packs", "the blobs that were sent ahead")
      assert.sameMembers(kinds.slice(1, 3), ["packs", "history"])
      assert.deepStrictEqual(kinds.slice(3), ["root"])
    })
  )

  it.effect("makes one put, one root write, one copy and one conditional root read, beside those of its chunks", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* counted()
      const blobs = [textBlob("one and a half"), textBlob("hello again")]
      yield* pushSteps(hub, repository, "main", [b, c], { blobs })
      assert.strictEqual(count.of("put").length, 2)
      assert.strictEqual(count.of("documents.write", rootPath).length, 1)
      assert.strictEqual(count.of("documents.write", historyPath).length, 1)
      assert.strictEqual(count.of("documents.read").length, 1)
      assert.strictEqual(count.calls.length, 5)
    })
  )

  it.effect("costs the same for one commit onto a long history as onto a short one", () =>
    Effect.gen(function* () {
      const costs: Array<number> = []
      for (const length of [10, 1000]) {
        const { count, hub, repository } = yield* counted()
        const history: Array<Step> = [a]
        for (let n = 1; n < length; n += 1) history.push(step(`${n}`, { f: `${n}` }, history.slice(-1)))
        yield* pushSteps(hub, repository, "main", history)
        count.reset()
        yield* pushSteps(hub, repository, "main", [step("next", { f: "next" }, history.slice(-1))])
        costs.push(count.calls.length)
      }
      assert.strictEqual(costs[0], costs[1])
    })
  )
})
