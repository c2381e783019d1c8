/**
 * Push and pull of older agents, in memory: their pushes are checked like any push, and the pages of a pull together
 * hold exactly what a client lacks.
 */
import { assert, describe, it } from "@effect/vitest"
import { readCommit } from "@musehub/domain/invariant/ObjectReader"
import { commitIdOf } from "@musehub/domain/object/Commit"
import type { CommitId } from "@musehub/domain/object/Id"
import { BranchName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import { moveRoot } from "@musehub/domain/usecase/write/moveRoot"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { syncPull, type SyncPage } from "@musehub/domain/usecase/sync/syncPull"
import { syncPush } from "@musehub/domain/usecase/sync/syncPush"
import { jsonReader } from "@musehub/domain/wire/json"
import { syncBodyBytesMax } from "@musehub/domain/wire/Limits"
import { readSyncPull, readSyncPush, type SyncCommit, type SyncPull, type SyncPush } from "@musehub/domain/wire/sync"
import { Effect } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import {
  ada,
  assertInvisible,
  assertRowsTellTheTruth,
  at,
  bob,
  clone,
  committedAt,
  headsOf,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  type Step,
  step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { lacking, pushAtRandom } from "../support/RandomHistory.ts"
import { someCommit } from "../support/rootSamples.ts"

const asSent = ({ commit: { id, parents, record } }: Step): SyncCommit => ({
  commitId: id,
  parentIds: parents,
  message: record.message,
  snapshotId: record.snapshot_id,
  timestamp: record.committed_at,
  author: record.author
})

const headIn = (steps: ReadonlyArray<Step>): string => steps.at(-1)?.commit.id ?? ""

/** What an agent sends to push these steps, oldest first. */
const pushOf = (steps: ReadonlyArray<Step>, others: Partial<SyncPush> = {}): SyncPush => ({
  branch: "main",
  headCommitId: headIn(steps),
  force: false,
  expect: undefined,
  commits: steps.map(asSent),
  snapshots: steps.map(({ snapshot }) => snapshot),
  objects: steps.flatMap(({ blobs }) => blobs),
  ...others
})

const sync = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, request: SyncPush, by = ada) {
  return yield* at(hub)(syncPush(yield* opened(hub, repository, by), request))
})

const world = Effect.fnUntraced(function* () {
  const hub = yield* startHub()
  return { hub, repository: yield* newRepository(hub) }
})

const a = step("a", { "readme.md": "hello", "src/one.ts": "one" })
const b = step("b", { "readme.md": "hello", "src/one.ts": "two" }, [a])
const c = step("c", { "readme.md": "bye", empty: "" }, [b])

describe("syncPush", () => {
  it.effect("stores a history like any push, with its commits in any order", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const request = pushOf([a, b, c])
      const commits = [asSent(b), { ...asSent(c), author: null }, asSent(a)]
      const { head } = yield* sync(hub, repository, { ...request, commits })
      assert.strictEqual(head, c.commit.id)
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: c.commit.id })
      const { commit } = yield* at(hub)(readCommit(repository.id, c.commit.id))
      assert.deepStrictEqual(
        [commit.record.author, commit.record.branch, commit.record.repo_id, commit.record.committed_at],
        ["ada", "main", repository.id, committedAt]
      )
      yield* clone(hub, repository, [c.commit.id])
      yield* assertRowsTellTheTruth(hub, repository.id)
      // The same again changes nothing.
      yield* sync(hub, repository, request)
      assert.strictEqual((yield* opened(hub, repository)).root.value.sequence, 1)
    })
  )

  it.effect("starts or moves a branch at an existing commit, forward or by force", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a, b])
      const bare = pushOf([], { headCommitId: a.commit.id })
      yield* sync(hub, repository, { ...bare, branch: "old" })
      yield* sync(hub, repository, { ...bare, branch: "old", headCommitId: b.commit.id, expect: a.commit.id })
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: b.commit.id, old: b.commit.id })
      assert.strictEqual((yield* Effect.flip(sync(hub, repository, bare)))._tag, "NonFastForward")
      assert.strictEqual((yield* Effect.flip(sync(hub, repository, { ...bare, expect: null })))._tag, "HeadMoved")
      yield* sync(hub, repository, { ...bare, force: true })
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: a.commit.id, old: b.commit.id })
      // Commits that the head does not reach are not stored.
      const stray = step("stray", { s: "s" })
      yield* sync(hub, repository, pushOf([stray], { headCommitId: b.commit.id }))
      yield* assertInvisible(hub, repository, [stray])
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: b.commit.id, old: b.commit.id })
      yield* clone(hub, repository, [b.commit.id])
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("respects every rule of a branch", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a])
      yield* at(hub)(
        moveRoot(yield* openedFor(hub, repository, ada, "admin"), () =>
          Effect.succeed({
            root: { protection: [[BranchName.make("main"), { approvals: 1, selfApproval: false }]] },
            change: { action: "protect-branch", by: ada.user, at: "2026-11-22T15:08:10.000Z", moves: [] }
          })
        )
      )
      assert.strictEqual((yield* Effect.flip(sync(hub, repository, pushOf([b]))))._tag, "BranchProtected")
      yield* sync(hub, repository, pushOf([b], { branch: "dev" }))
      const onlyHead = pushOf([], { headCommitId: b.commit.id })
      assert.strictEqual((yield* Effect.flip(sync(hub, repository, onlyHead)))._tag, "BranchProtected")
      assert.strictEqual((yield* Effect.flip(sync(hub, repository, pushOf([b]), bob)))._tag, "Forbidden")
      assert.strictEqual(
        (yield* Effect.flip(sync(hub, repository, { ...onlyHead, branch: "main/x" })))._tag,
        "BranchClash"
      )
    })
  )

  it.effect("refuses ids that the content does not give, and names them", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a])
      const sent = asSent(b)
      const [blob] = b.blobs
      const faults: ReadonlyArray<readonly [Partial<SyncPush>, string, RegExp]> = [
        [{ objects: [] }, "ObjectsMissing", /1 blob/],
        [{ commits: [{ ...sent, commitId: "rest-commit-1" }] }, "ObjectRefused", /commit rest-commit-1: .*hex/s],
        [
          { commits: [{ ...sent, snapshotId: null }] },
          "ObjectRefused",
          new RegExp(`${b.commit.id}: it has no snapshotId`)
        ],
        [{ commits: [{ ...sent, snapshotId: "rest-snap-1" }] }, "ObjectRefused", /snapshot_id/],
        [{ commits: [{ ...sent, parentIds: ["init-1"] }] }, "ObjectRefused", /parent_commit_id/],
        [
          { commits: [{ ...sent, timestamp: "2026-01-05T10:00:00Z" }] },
          "ObjectRefused",
          /time as the client spells it/
        ],
        [{ commits: [{ ...sent, message: "other" }] }, "IdMismatch", new RegExp(b.commit.id)],
        [{ commits: [{ ...sent, parentIds: [] }] }, "IdMismatch", new RegExp(b.commit.id)],
        [{ headCommitId: "rest-commit-1" }, "ObjectRefused", /commit rest-commit-1: the new head/],
        [{ headCommitId: a.commit.id }, "BundleRefused", /the new head must be the last commit/],
        [{ headCommitId: someCommit("x"), commits: [] }, "ObjectsMissing", new RegExp(someCommit("x"))],
        [{ snapshots: [{ ...b.snapshot, id: a.snapshot.id }] }, "IdMismatch", new RegExp(a.snapshot.id)],
        [{ snapshots: [] }, "ObjectsMissing", new RegExp(b.snapshot.id)],
        [{ objects: blob === undefined ? [] : [{ id: blob.id, content: new Uint8Array([1]) }] }, "IdMismatch", /blob/],
        [{ branch: "../up" }, "BranchNameRefused", /branch name/]
      ]
      for (const [others, tag, sentence] of faults) {
        const error = yield* Effect.flip(sync(hub, repository, pushOf([b], others)))
        assert.strictEqual(error._tag, tag, error.message)
        assert.match(error.message, sentence)
      }
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: a.commit.id })
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("accepts a commit of three parents only when the third can be proven", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const [left, right] = [step("left", { l: "l" }, [a]), step("right", { r: "r" }, [a])]
      yield* pushSteps(hub, repository, "main", [a, b])
      yield* pushSteps(hub, repository, "left", [left])
      yield* pushSteps(hub, repository, "right", [right])
      const octopus = (...parents: ReadonlyArray<string>): SyncCommit => ({
        ...asSent(b),
        parentIds: parents,
        message: "octopus",
        commitId: commitIdOf({ parents, snapshotId: b.snapshot.id, message: "octopus", committedAt })
      })
      const push = (commit: SyncCommit) =>
        sync(hub, repository, pushOf([], { headCommitId: commit.commitId, commits: [commit] }))
      const three = [b, left, right].map(({ commit }) => commit.id)

      const unknown = octopus(...three.slice(0, 2), someCommit("x"))
      assert.strictEqual((yield* Effect.flip(push(unknown)))._tag, "IdMismatch")
      assert.strictEqual((yield* Effect.flip(push(octopus(...three, a.commit.id))))._tag, "ObjectRefused")
      // An id derived from two parents has no third.
      const untrue = { ...octopus(...three.slice(0, 2)), parentIds: three }
      assert.strictEqual((yield* Effect.flip(push(untrue)))._tag, "IdMismatch")

      const made = octopus(...three)
      yield* push(made)
      const { commit } = yield* at(hub)(readCommit(repository.id, made.commitId as CommitId))
      assert.deepStrictEqual(commit.record.hashed_parent_ids, three.toSorted())
      yield* clone(hub, repository, [commit.id])
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )
})

const ask = (others: Partial<SyncPull> = {}): SyncPull => ({
  branch: "main",
  haveCommits: [],
  haveObjects: [],
  cursor: undefined,
  limit: undefined,
  ...others
})

/** Collects all pages of a pull. */
const pulled = Effect.fnUntraced(function* (hub: TestHub, open: OpenRepository, request: SyncPull) {
  const pages: Array<SyncPage> = []
  for (let cursor: string | undefined; ;) {
    const page = yield* at(hub)(syncPull(open, { ...request, cursor }))
    pages.push(page)
    if (page.next === null) break
    cursor = page.next
  }
  const commits = pages.flatMap((page) => page.commits)
  const objects = pages.flatMap((page) => page.objects)
  const snapshots = pages.flatMap((page) => page.snapshots)
  return { pages, commits, objects, snapshots }
})

describe("syncPull", () => {
  it.effect("returns in pages exactly what a client lacks, in one order, with the index and without", () =>
    forSeeds(40, (random) =>
      Effect.gen(function* () {
        const { hub, repository } = yield* world()
        const { heads, steps } = yield* pushAtRandom(random, 1 + random.below(6), repository, () => hub)
        const [branch, head] = random.pick([...heads])
        const haveCommits = [...random.some([...steps.keys()], 0.2), ...random.some([someCommit("theirs")], 0.5)]
        const expected = lacking(steps, [head], haveCommits)
        const haveObjects = random.some(
          [...expected.blobs, ...a.blobs.map(({ id }) => id)],
          0.2
        ) as SyncPull["haveObjects"]
        const open = yield* opened(hub, repository)
        const request = ask({ branch, haveCommits, haveObjects })
        const whole = yield* pulled(hub, open, request)
        for (const limit of [1, 2, 5, 500]) {
          for (const from of [open, yield* openedFor(withoutIndex(hub), repository, ada, "read")]) {
            const paged = yield* pulled(hub, from, { ...request, limit })
            for (const page of paged.pages) {
              const count = page.commits.length + page.snapshots.length + page.objects.length
              assert.isAtMost(count, limit)
              if (page.next !== null) assert.strictEqual(count, limit)
              assert.strictEqual(page.remoteHead, head)
            }
            assert.deepStrictEqual(
              [paged.commits, paged.snapshots, paged.objects],
              [whole.commits, whole.snapshots, whole.objects]
            )
          }
        }
        assert.deepStrictEqual(whole.commits.map(({ id }) => id).toSorted(), expected.commits)
        assert.deepStrictEqual(
          whole.snapshots.map(({ id }) => id),
          expected.snapshots
        )
        assert.deepStrictEqual(
          whole.objects.map(({ id }) => id as string),
          expected.blobs.filter((id) => !(haveObjects as ReadonlyArray<string>).includes(id))
        )
        const seen = new Set(haveCommits)
        for (const { id, parents } of whole.commits) {
          for (const parent of parents) assert.isTrue(seen.has(parent) || !expected.commits.includes(parent))
          seen.add(id)
        }
        for (const { id, path } of whole.objects) {
          const held = [...steps.values()].some(
            ({ snapshot }) => (snapshot.manifest.get(path) as string | undefined) === id
          )
          assert.isTrue(held, `some page has ${path} with ${id}`)
        }
      })
    )
  )

  it.effect("stays at the head of its first page when the branch moves or is deleted", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a, b])
      const request = ask({ limit: 3 })
      const first = yield* at(hub)(syncPull(yield* opened(hub, repository), request))
      const [stray] = [step("stray", { s: "s" })]
      yield* pushSteps(hub, repository, "main", [stray], { force: true })
      const open = yield* opened(hub, repository)
      const second = yield* at(hub)(syncPull(open, { ...request, cursor: first.next ?? undefined }))
      const third = yield* at(hub)(syncPull(open, { ...request, cursor: second.next ?? undefined }))
      assert.isNull(third.next)
      assert.deepStrictEqual(
        [first, second, third].map(({ remoteHead }) => remoteHead),
        [b, b, b].map(({ commit }) => commit.id)
      )
      assert.deepStrictEqual(
        first.commits.map(({ id }) => id),
        [a.commit.id, b.commit.id]
      )
      const objects = [...second.objects, ...third.objects]
      assert.deepStrictEqual(objects.map(({ path }) => path).toSorted(), ["readme.md", "src/one.ts", "src/one.ts"])
      assert.strictEqual((yield* at(hub)(syncPull(open, ask()))).remoteHead, stray.commit.id)
    })
  )

  it.effect("refuses unknown branches, and cursors of another request", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      yield* pushSteps(hub, repository, "main", [a, b])
      const hidden = step("hidden", { h: "h" })
      yield* Effect.flip(pushSteps(hub, repository, "main", [hidden]))
      const open = yield* opened(hub, repository)
      const refused = (request: SyncPull) =>
        Effect.map(Effect.flip(at(hub)(syncPull(open, request))), ({ _tag }) => _tag)
      assert.strictEqual(yield* refused(ask({ branch: "nowhere" })), "BranchUnknown")
      const { next } = yield* at(hub)(syncPull(open, ask({ limit: 1 })))
      assert(next !== null)
      assert.strictEqual(yield* refused(ask({ cursor: next, haveCommits: [a.commit.id] })), "CursorRefused")
      assert.strictEqual(yield* refused(ask({ cursor: next, branch: "other" })), "CursorRefused")
      assert.strictEqual(yield* refused(ask({ cursor: "next" })), "CursorRefused")
      const forged = next.replace(b.commit.id, hidden.commit.id)
      assert.strictEqual(yield* refused(ask({ cursor: forged })), "WantUnknown")
    })
  )

  it.effect("ends a page at 16 MiB", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const large = step("large", { "7": "7".repeat(7 << 20), "8": "8".repeat(8 << 20), "9": "9".repeat(12 << 20) })
      yield* pushSteps(hub, repository, "main", [large])
      const { objects, pages } = yield* pulled(hub, yield* opened(hub, repository), ask())
      assert.deepStrictEqual(objects.map(({ path }) => path).toSorted(), ["7", "8", "9"])
      for (const page of pages) {
        const bytes = page.objects.reduce((sum, { content }) => sum + content.byteLength, 0)
        assert.isAtMost(bytes, 16 << 20)
      }
    })
  )

  it.effect("refuses an object that is larger than any body, unless the client has it", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world()
      const huge = step("huge", { h: "h".repeat(syncBodyBytesMax + 1), s: "s" })
      yield* pushSteps(hub, repository, "main", [huge])
      const open = yield* opened(hub, repository)
      const refused = yield* Effect.flip(pulled(hub, open, ask()))
      assert.deepInclude(refused, { _tag: "AnswerTooLarge", bytes: syncBodyBytesMax + 1 })
      const haveObjects = huge.blobs.flatMap(({ id, size }) => (size > syncBodyBytesMax ? [id] : []))
      const { objects } = yield* pulled(hub, open, ask({ haveObjects }))
      assert.deepStrictEqual(
        objects.map(({ content }) => Buffer.from(content).toString()),
        ["s"]
      )
    })
  )
})

describe("the JSON of the interface", () => {
  const read = <A, E>(
    text: string,
    readAll: (reader: Effect.Success<ReturnType<typeof jsonReader>>) => Effect.Effect<A, E>
  ) => Effect.flatMap(Effect.orDie(jsonReader(new TextEncoder().encode(text))), readAll)

  const blob = a.blobs[0]?.id ?? assert.fail("a has files")

  it.effect("accepts camelCase and snake_case, and object ids with or without a prefix", () =>
    Effect.gen(function* () {
      const camel = `{"branch": "main", "headCommitId": "h", "force": true, "expect": null, "ignored": [1],
        "commits": [{"commitId": "c", "parentIds": ["p"], "message": "m", "snapshotId": "s", "timestamp": "t",
          "author": "x"}],
        "snapshots": [{"snapshotId": "s", "manifest": {"__proto__": "sha256:${blob}"}, "createdAt": "now"}],
        "objects": [{"objectId": "sha256:${blob}", "path": "__proto__", "contentB64": "aGVsbG8="}]}`
      const snake = `{"commits": [{"commit_id": "c", "parent_ids": ["p"], "message": "m", "snapshot_id": "s",
          "timestamp": "t", "author": "x"}],
        "snapshots": [{"snapshot_id": "s", "manifest": {"__proto__": "${blob}"}, "created_at": "now"}],
        "objects": [{"content_b64": "aGVsbG8=", "object_id": "${blob}"}],
        "head_commit_id": "h", "branch": "main", "force": true, "expect": null}`
      const push = yield* read(camel, readSyncPush)
      assert.deepStrictEqual(yield* read(snake, readSyncPush), push)
      assert.deepStrictEqual([...(push.snapshots[0]?.manifest ?? [])], [["__proto__", blob]])
      assert.deepStrictEqual(push.objects, [{ id: blob, content: new Uint8Array(Buffer.from("hello")) }])
      assert.deepStrictEqual([push.expect, push.force], [null, true])

      const pull = yield* read(
        `{"branch": "b", "haveCommits": ["rest-1", "${a.commit.id}"], "haveObjects": ["sha256:${blob}", ` +
          `"sha256:x"], "limit": 7}`,
        readSyncPull
      )
      assert.deepStrictEqual(pull, ask({ branch: "b", haveCommits: [a.commit.id], haveObjects: [blob], limit: 7 }))
      const same =
        `{"branch": "b", "have_commits": ["${a.commit.id}"], "have_objects": ["${blob}"], "limit": 7, ` +
        `"cursor": null}`
      assert.deepStrictEqual(yield* read(same, readSyncPull), pull)
    })
  )

  it.effect("is refused with the name of the field", () =>
    Effect.gen(function* () {
      const commit = `"commitId": "c", "message": "m", "timestamp": "t"`
      const pushes: ReadonlyArray<readonly [string, RegExp]> = [
        [`{"branch": "main"}`, /field headCommitId is missing/],
        [`{"headCommitId": "h"}`, /field branch is missing/],
        [`{"branch": 1}`, /branch must be a string/],
        [`{"commits": {}}`, /commits must be an array/],
        [`{"commits": [1]}`, /commits\[0\] must be an object/],
        [`{"commits": [{${commit}}, {${commit}, "parentIds": [1]}]}`, /commits\[1\]\.parentIds must be a list/],
        [`{"commits": [{"commitId": "c"}]}`, /commits\[0\]\.message is missing/],
        [`{"snapshots": [{"snapshotId": "s"}]}`, /snapshots\[0\]\.manifest must be a map/],
        [`{"objects": [{"objectId": "sha256:x"}]}`, /objects\[0\]\.objectId must be 64/],
        [`{"objects": [{"objectId": "${blob}"}]}`, /objects\[0\]\.contentB64 is missing/],
        [`{"objects": [{"objectId": "${blob}", "contentB64": "?"}]}`, /not base64/],
        [`{"objects": [{"objectId": "${blob}", "contentB64": 1}]}`, /contentB64 must be a string/],
        [`{"expect": "h"}`, /expect must be 64/],
        [`[]`, /request must be a map/]
      ]
      for (const [text, sentence] of pushes)
        assert.match((yield* Effect.flip(read(text, readSyncPush))).message, sentence)
      for (const limit of ["0", "501", "1.5", `"1"`]) {
        const failed = yield* Effect.flip(read(`{"branch": "b", "limit": ${limit}}`, readSyncPull))
        assert.match(failed.message, /field limit must be a whole number from 1 to 500/)
      }
    })
  )
})
