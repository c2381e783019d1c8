/**
 * Commits that the hub makes from sets of file changes: each is an ordinary commit on the requested branch, and a
 * refused one leaves nothing that any ref reaches.
 */
import { filesMax } from "@musehub/domain/object/Manifest"
import { assert, describe, it } from "@effect/vitest"
import { RootContended } from "@musehub/domain/repository/rootErrors"
import { readBlob, readCommit, readSnapshot } from "@musehub/domain/invariant/ObjectReader"
import { blobOf } from "@musehub/domain/object/Blob"
import type { CommitId } from "@musehub/domain/object/Id"
import { BranchName } from "@musehub/domain/repository/Names"
import { atOnce } from "@musehub/domain/base/Slices"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import { commitFiles, type CommitFiles, NothingToCommit } from "@musehub/domain/usecase/commits/commitFiles"
import {
  applyingChanges,
  ChangesRefused,
  checkingChanges,
  type FileChange
} from "@musehub/domain/usecase/commits/fileChanges"
import { moveRoot } from "@musehub/domain/usecase/write/moveRoot"
import { Effect, Result } from "effect"
import { injecting } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { forSeeds } from "../../support/seeded.ts"
import { whileTimePasses } from "../../support/time.ts"
import {
  ada,
  assertInvisible,
  assertRowsTellTheTruth,
  at,
  bob,
  clone,
  failingIndex,
  headsOf,
  newRepository,
  opened,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  type TestHub,
  textBlob
} from "../support/hubSamples.ts"
import { chainOf, memoryIndex, memoryStore, someCommit } from "../support/rootSamples.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const put = (path: string, text: string): FileChange => ({ op: "put", path, content: bytes(text) })
const remove = (path: string): FileChange => ({ op: "delete", path })
const move = (from: string, to: string): FileChange => ({ op: "move", from, to })

type Wanted = Partial<CommitFiles> & Pick<CommitFiles, "changes">

const commit = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, wanted: Wanted, by = ada) {
  const open = yield* opened(hub, repository, by)
  return yield* at(hub)(commitFiles(open, { branch: "main", message: "a change", ...wanted }))
})

const refused = (hub: TestHub, repository: Repository, wanted: Wanted, by = ada) =>
  Effect.flip(commit(hub, repository, wanted, by))

/** Lists the path and text of every file of a commit. */
const filesOf = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, id: CommitId) {
  const { commit: found } = yield* at(hub)(readCommit(repository.id, id))
  const { snapshot } = yield* at(hub)(readSnapshot(repository.id, found.snapshotId))
  const files: Record<string, string> = {}
  for (const [path, blob] of snapshot.manifest) {
    files[path] = new TextDecoder().decode(yield* at(hub)(readBlob(repository.id, blob)))
  }
  return files
})

const world = Effect.fnUntraced(function* () {
  const hub = yield* startHub()
  return { hub, repository: yield* newRepository(hub) }
})

const a = step("a", { "readme.md": "hello", "src/one.ts": "one" })

/** Creates a repository with one pushed commit. */
const begun = Effect.fnUntraced(function* () {
  const { hub, repository } = yield* world()
  yield* pushSteps(hub, repository, "main", [a])
  return { hub, repository }
})

describe("commitFiles", () => {
  it.effect("makes the first commit of an empty repository, whose branch becomes the default one", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const made = yield* commit(hub, repository, {
        branch: "trunk",
        message: "begin",
        changes: [put("readme.md", "hello"), put("empty", "")],
        metadata: { section: "intro" }
      })
      assert.isNull(made.parent)
      assert.deepStrictEqual(yield* headsOf(hub, repository), { trunk: made.commitId })
      assert.deepStrictEqual(yield* filesOf(hub, repository, made.commitId), { "readme.md": "hello", empty: "" })
      const { commit: read } = yield* at(hub)(readCommit(repository.id, made.commitId))
      const { author, branch, format_version, message, metadata, repo_id } = read.record
      assert.deepStrictEqual(
        { author, branch, format_version, message, metadata, repo_id },
        {
          author: "ada",
          branch: "trunk",
          format_version: 5,
          message: "begin",
          metadata: { section: "intro" },
          repo_id: repository.id
        }
      )
      const open = yield* opened(hub, repository)
      assert.strictEqual(open.root.value.repository.defaultBranch, "trunk")
      assert.deepStrictEqual(open.root.value.changes[0]?.moves, [
        { ref: "refs/heads/trunk", from: null, to: made.commitId }
      ])
      assert.strictEqual(open.root.value.changes[0]?.action, "commit-files")
      yield* clone(hub, repository, [made.commitId])
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("puts, deletes and moves on the head of a branch, in one commit", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const made = yield* commit(hub, repository, {
        expect: a.commit.id,
        author: "somebody else",
        changes: [move("src/one.ts", "lib/one.ts"), put("readme.md", "bye"), put("src", "now a file")]
      })
      assert.strictEqual(made.parent, a.commit.id)
      assert.deepStrictEqual(yield* filesOf(hub, repository, made.commitId), {
        "lib/one.ts": "one",
        "readme.md": "bye",
        src: "now a file"
      })
      const last = yield* commit(hub, repository, {
        changes: [remove("src"), remove("lib/one.ts"), remove("readme.md")]
      })
      assert.deepStrictEqual(yield* filesOf(hub, repository, last.commitId), {})
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: last.commitId })
      yield* clone(hub, repository, [last.commitId])
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("begins a branch at a branch or a commit", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const b = yield* commit(hub, repository, { changes: [put("b", "b")] })
      const dev = yield* commit(hub, repository, { branch: "dev", from: "main", changes: [put("dev", "dev")] })
      assert.strictEqual(dev.parent, b.commitId)
      const old = yield* commit(hub, repository, {
        branch: "old",
        from: a.commit.id,
        expect: null,
        changes: [put("old", "old")]
      })
      assert.deepStrictEqual(yield* filesOf(hub, repository, old.commitId), {
        "readme.md": "hello",
        "src/one.ts": "one",
        old: "old"
      })
      const heads = { main: b.commitId, dev: dev.commitId, old: old.commitId }
      assert.deepStrictEqual(yield* headsOf(hub, repository), heads)
      yield* clone(hub, repository, Object.values(heads))
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("refuses a base that does not exist, and a branch that does or does not exist", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const changes = [put("x", "x")]
      const tags = yield* Effect.forEach(
        [
          { branch: "dev", changes },
          { branch: "dev", from: "nowhere", changes },
          { branch: "dev", from: someCommit("nowhere"), changes },
          { branch: "main", from: "main", changes },
          { branch: "main", expect: null, changes },
          { branch: "main", expect: someCommit("other"), changes },
          { branch: "dev", expect: a.commit.id, changes },
          { branch: "main/dev", from: "main", changes },
          { branch: "a..b", from: "main", changes }
        ],
        (wanted) => Effect.map(refused(hub, repository, wanted), ({ _tag }) => _tag)
      )
      assert.deepStrictEqual(tags, [
        "BranchUnknown",
        "BranchUnknown",
        "CommitUnknown",
        "BranchExists",
        "HeadMoved",
        "HeadMoved",
        "HeadMoved",
        "BranchClash",
        "BranchNameRefused"
      ])
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: a.commit.id })
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("names the offending path", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const faults: ReadonlyArray<readonly [ReadonlyArray<FileChange>, string | null, RegExp]> = [
        [[remove("nothing")], "nothing", /cannot be deleted: there is no such file/],
        [[move("nothing", "there")], "nothing", /cannot be moved: there is no such file/],
        [[move("readme.md", "src/one.ts")], "src/one.ts", /already has a file/],
        [[put("x", "1"), put("x", "2")], "x", /changed twice/],
        [[put("x", "1"), move("x", "y")], "x", /changed twice/],
        [[move("readme.md", "readme.md")], "readme.md", /changed twice/],
        [[put("src", "a file")], "src", /both a file and a folder/],
        [[put("readme.md/more", "a folder")], "readme.md", /both a file and a folder/],
        [[put("../up", "")], "../up", /segment/],
        [[put("/absolute", "")], "/absolute", /absolute/],
        [[put(".muse/HEAD", "")], ".muse/HEAD", /own folder/],
        [[move("readme.md", "a\0b")], "a\0b", /NUL/],
        [[put("\ud800", "")], "\ud800", /Unicode/],
        [[put("", "")], "", /empty/],
        [Array.from({ length: 10_001 }, (_, n) => put(`f${n}`, "")), null, /more than 10000 changes/]
      ]
      for (const [changes, path, sentence] of faults) {
        const error = yield* refused(hub, repository, { changes })
        assert.instanceOf(error, ChangesRefused)
        assert.strictEqual(error.path, path)
        assert.match(error.message, sentence)
      }
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: a.commit.id })
    })
  )

  it.effect("limits contents, message, author and metadata", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const changes = [put("x", "x")]
      const half = new Uint8Array(32 * 1024 * 1024)
      const many = Object.fromEntries(Array.from({ length: 65 }, (_, n) => [`key ${n}`, ""]))
      const faults: ReadonlyArray<readonly [Wanted, RegExp]> = [
        [
          {
            changes: [{ op: "put", path: "a", content: half }, { op: "put", path: "b", content: half }, put("c", "c")]
          },
          /67108864 bytes/
        ],
        [{ changes, message: "m".repeat(65_537) }, /message/],
        [{ changes, message: "\udc00" }, /message/],
        [{ changes, author: "a".repeat(256) }, /author/],
        [{ changes, metadata: many }, /64 entries/],
        [{ changes, metadata: { key: "v".repeat(1025) } }, /metadata/],
        [{ changes, metadata: { "": "v" } }, /metadata/]
      ]
      for (const [wanted, sentence] of faults) {
        const error = yield* refused(hub, repository, wanted)
        assert.instanceOf(error, ChangesRefused)
        assert.isNull(error.path)
        assert.match(error.message, sentence)
      }
    })
  )

  it.effect("refuses a change set that changes nothing", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const nothing: ReadonlyArray<Wanted> = [
        { changes: [] },
        { changes: [put("readme.md", "hello")] },
        { branch: "dev", from: "main", changes: [put("readme.md", "hello"), put("src/one.ts", "one")] }
      ]
      for (const wanted of nothing) assert.instanceOf(yield* refused(hub, repository, wanted), NothingToCommit)
      assert.strictEqual((yield* opened(hub, repository)).root.value.sequence, 1)
    })
  )

  it.effect("accepts paths like __proto__, and the same content under several paths", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const { snapshotId } = yield* commit(hub, repository, {
        changes: [put("__proto__", "same"), put("constructor", "same"), put("𝛼/\ue000", "same")]
      })
      const { snapshot } = yield* at(hub)(readSnapshot(repository.id, snapshotId))
      assert.deepStrictEqual([...snapshot.manifest.keys()].toSorted(), ["__proto__", "constructor", "𝛼/\ue000"])
      assert.deepStrictEqual([...new Set(snapshot.manifest.values())], [textBlob("same").id])
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("respects branch protection, and requires write access", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun()
      const protection: Root["protection"] = [[BranchName.make("main"), { approvals: 1, selfApproval: false }]]
      yield* at(hub)(
        moveRoot(yield* openedFor(hub, repository, ada, "admin"), () =>
          Effect.succeed({
            root: { protection },
            change: { action: "protect-branch", by: ada.user, at: "2026-11-22T15:08:10.000Z", moves: [] }
          })
        )
      )
      const changes = [put("x", "x")]
      assert.strictEqual((yield* refused(hub, repository, { changes }))._tag, "BranchProtected")
      yield* commit(hub, repository, { branch: "dev", from: "main", changes })
      assert.strictEqual((yield* refused(hub, repository, { changes }, bob))._tag, "Forbidden")
      assert.strictEqual(
        (yield* refused(hub, repository, { changes }, person("ada", { scope: "read" })))._tag,
        "Forbidden"
      )
    })
  )

  it.effect("rebuilds the commit on a head that moved meanwhile, unless the caller expected a head", () =>
    Effect.gen(function* () {
      const [store, index] = [yield* memoryStore, yield* memoryIndex]
      const other = yield* startHub({ store, index })
      let meanwhile: Effect.Effect<unknown> = Effect.void
      // The other process is faster: it moves the branch while our pack is being written.
      const hub = yield* startHub({
        index,
        store: interposed(store, ({ operation, path }, effect) =>
          operation === "put" && path.includes("/packs/")
            ? Effect.andThen(
                Effect.suspend(() => meanwhile),
                effect
              )
            : effect
        )
      })
      const repository = yield* newRepository(hub)
      yield* pushSteps(other, repository, "main", [a])
      const faster = (change: FileChange) =>
        Effect.suspend(() => {
          meanwhile = Effect.void
          return Effect.orDie(commit(other, repository, { changes: [change] }))
        })

      meanwhile = faster(put("theirs", "once"))
      const made = yield* whileTimePasses(commit(hub, repository, { changes: [put("ours", "ours")] }))
      const files = { "readme.md": "hello", "src/one.ts": "one", theirs: "once", ours: "ours" }
      assert.deepStrictEqual(yield* filesOf(hub, repository, made.commitId), files)

      meanwhile = faster(put("theirs", "twice"))
      const lost = yield* whileTimePasses(
        refused(hub, repository, { expect: made.commitId, changes: [put("ours", "again")] })
      )
      assert.strictEqual(lost._tag, "HeadMoved")

      meanwhile = faster(remove("theirs"))
      const gone = yield* whileTimePasses(refused(hub, repository, { changes: [move("theirs", "mine")] }))
      assert.strictEqual(gone._tag, "ChangesRefused")

      let turn = 0
      const always = Effect.suspend((): Effect.Effect<unknown> =>
        Effect.orDie(commit(other, repository, { changes: [put("theirs", `turn ${++turn}`)] }))
      )
      meanwhile = always
      assert.instanceOf(
        yield* whileTimePasses(refused(hub, repository, { changes: [put("ours", "late")] })),
        RootContended
      )
      assert.strictEqual(turn, 5)
      meanwhile = Effect.void

      const { main } = yield* headsOf(hub, repository)
      yield* clone(hub, repository, main === undefined ? [] : [main])
      yield* assertRowsTellTheTruth(hub, repository.id)
      yield* chainOf(store, repository.id)
    })
  )

  it.effect("keeps every commit when several callers write at once", () =>
    forSeeds(10, (random) =>
      Effect.gen(function* () {
        const [store, index] = [yield* memoryStore, yield* memoryIndex]
        const hubs = yield* Effect.forEach([0, 1], () => startHub({ store, index }))
        const [first] = hubs
        assert(first !== undefined)
        const repository = yield* newRepository(first)
        const made = yield* whileTimePasses(
          Effect.forEach(
            Array.from({ length: 4 }, (_, n) => n),
            (n) => commit(random.pick(hubs), repository, { changes: [put(`file ${n}`, `${n}`)] }),
            { concurrency: "unbounded" }
          )
        )
        const { main } = yield* headsOf(first, repository)
        assert(main !== undefined)
        const files = yield* filesOf(first, repository, main)
        assert.deepStrictEqual(Object.keys(files).toSorted(), ["file 0", "file 1", "file 2", "file 3"])
        const cloned = yield* clone(first, repository, [main])
        const ids = made.map(({ commitId }) => commitId)
        assert.sameMembers([...cloned.commits], ids)
        const { commits } = yield* index.known(repository.id, { blobs: [], snapshots: [], commits: ids })
        const generations = Array.from(commits.values(), ({ generation }) => generation)
        assert.deepStrictEqual(generations.toSorted(), [1, 2, 3, 4], "each was built on a head that the index has")
        yield* assertRowsTellTheTruth(first, repository.id)
      })
    )
  )

  it.effect("leaves no trace when it fails before the root moves, and succeeds when it is sent again", () =>
    Effect.gen(function* () {
      let away = false
      const store = interposed(
        yield* memoryStore,
        injecting(({ operation }) => (away && operation === "put" ? { failAfter: true } : undefined))
      )
      const hub = yield* startHub({ store })
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [a])
      const changes = [put("x", "x")]
      const open = yield* opened(hub, repository)
      const wanted: CommitFiles = { branch: "main", message: "x", changes }
      away = true
      const failed = yield* Effect.flip(at(hub)(commitFiles(open, wanted)))
      assert.strictEqual(failed._tag, "StoreUnavailable")
      away = false
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: a.commit.id })
      yield* assertInvisible(hub, repository, [step("x", { x: "x" }, [a])])
      const made = yield* at(hub)(commitFiles(open, wanted))
      yield* clone(hub, repository, [made.commitId])
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("succeeds although the index fails to follow", () =>
    Effect.gen(function* () {
      let away = false
      const hub = yield* startHub({
        index: failingIndex(yield* memoryIndex, (operation) => away && operation === "record")
      })
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [a])
      away = true
      const made = yield* commit(hub, repository, { changes: [put("x", "x")] })
      away = false
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: made.commitId })
      yield* clone(hub, repository, [made.commitId])
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )
})

describe("applyingChanges", () => {
  it("keeps a tree within its limits, and moves and deletes where it has as many files as it may", () => {
    const { id } = textBlob("one")
    const before = new Map(Array.from({ length: filesMax }, (_, file) => [`${file}`, id]))
    const apply = (...changes: ReadonlyArray<FileChange>) => {
      const given = Result.getOrThrow(atOnce(checkingChanges(changes)))
      const contents = new Map(Array.from(given, ([path, content]) => [path, blobOf(content)]))
      return atOnce(applyingChanges(before, changes, contents))
    }
    const changed = apply(move("0", "moved"), put("1", "two"), remove("2"), put("new", "two"))
    assert.strictEqual(Result.getOrThrow(changed).size, filesMax)
    const crowded = apply(put("new", "two"))
    assert(Result.isFailure(crowded))
    assert.strictEqual(crowded.failure.message, "the commit was refused: its tree has more than 524288 files")
    const deep = apply(...Array.from({ length: 50 }, (_, file) => move(`${file}`, `${file}${"/a".repeat(2000)}`)))
    assert(Result.isFailure(deep))
    assert.include(deep.failure.message, "too many deep folders")
  })

  it.effect("applies changes in any order, with the result that a file system would have", () =>
    forSeeds(200, (random) =>
      Effect.sync(() => {
        const names = ["a", "b", "c", "d/e", "d/f", "g"]
        const before = new Map(random.some(names, 0.6).map((path) => [path, textBlob(path).id]))
        const changes: Array<FileChange> = []
        const expected = new Map(before)
        const free = new Set(names)
        for (let n = random.below(5); n > 0; n -= 1) {
          const path = random.pick(names)
          const to = random.pick(names)
          if (!free.delete(path)) continue
          if (!before.has(path)) {
            changes.push(put(path, `new ${n}`))
            expected.set(path, textBlob(`new ${n}`).id)
          } else if (random.chance(0.5) && !before.has(to) && free.delete(to)) {
            changes.push(move(path, to))
            expected.set(to, textBlob(path).id)
            expected.delete(path)
          } else {
            changes.push(remove(path))
            expected.delete(path)
          }
        }
        for (const ordered of [changes, changes.toReversed()]) {
          const given = Result.getOrThrow(atOnce(checkingChanges(ordered)))
          const contents = new Map(Array.from(given, ([path, content]) => [path, blobOf(content)]))
          const after = Result.getOrThrow(atOnce(applyingChanges(before, ordered, contents)))
          assert.deepStrictEqual(new Map([...after].toSorted()), new Map([...expected].toSorted()))
        }
      })
    )
  )
})
