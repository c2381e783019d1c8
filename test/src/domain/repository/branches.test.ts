/**
 * Branches created, renamed, deleted, protected and restored; and the reflog, which shows each move and works from the
 * store alone.
 */
import { assert, describe, it } from "@effect/vitest"
import { withHead } from "@musehub/domain/invariant/refs/heads"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { CommitId } from "@musehub/domain/object/Id"
import { BranchName, UserName } from "@musehub/domain/repository/Names"
import { ProposalNumber } from "@musehub/domain/repository/Proposal"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { listBranches, showBranch, showHeads } from "@musehub/domain/usecase/branches/listBranches"
import { protectBranch, unprotectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { readReflog, readReflogs, type ReflogEntry } from "@musehub/domain/usecase/branches/readReflog"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { repositoryLimits } from "@musehub/domain/repository/rule/repositoryLimits"
import { Effect, Option } from "effect"
import {
  ada,
  assertRowsTellTheTruth,
  at,
  bob,
  clone,
  failingIndex,
  headsOf,
  loseObjects,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { chainOf, memoryIndex, memoryStore, someCommit } from "../support/rootSamples.ts"
import { claiming, entriesOf, headOf, headsOf as listOf } from "../../support/shortRefs.ts"

const first = step("first", { "a.txt": "1" })
const second = step("second", { "a.txt": "2" }, [first])
const third = step("third", { "a.txt": "3" }, [second])
const other = step("other", { "b.txt": "1" }, [first])

const head = ({ commit }: typeof first) => commit.id

/** A hub with a repository whose `main` has three commits. */
const begun = Effect.gen(function* () {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [first, second, third])
  return { hub, repository }
})

const asWriter = <A, E, R>(
  hub: TestHub,
  repository: Repository,
  use: (open: Effect.Success<ReturnType<typeof opened>>) => Effect.Effect<A, E, R>
) => Effect.flatMap(opened(hub, repository), (open) => at(hub)(use(open)))

const protect = (hub: TestHub, repository: Repository, name: string, approvals = 0) =>
  Effect.flatMap(openedFor(hub, repository, ada, "admin"), (open) =>
    at(hub)(protectBranch(open, name, { approvals, selfApproval: false }))
  )

/** Sets parts of the root that other use cases make. */
const withRoot = (hub: TestHub, repository: Repository, parts: (root: Root) => Partial<Root>) =>
  at(hub)(
    Effect.flatMap(Roots, (roots) =>
      roots.move(repository.id, (root) =>
        Effect.succeed({
          root: parts(root),
          change: { action: "push", by: ada.user, at: "2026-11-22T15:08:10.000Z", moves: [] }
        })
      )
    )
  )

const sequenceOf = (hub: TestHub, repository: Repository) =>
  Effect.map(openedFor(hub, repository, ada, "read"), ({ root }) => root.value.sequence)

/** Reads the whole reflog, in pages of a given size. */
const reflogOf = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, branch: string, limit = 100) {
  const open = yield* openedFor(hub, repository, ada, "read")
  const entries: Array<ReflogEntry> = []
  for (let after: string | undefined; ;) {
    const page = yield* at(hub)(readReflog(open, branch, { after, limit }))
    assert.isAtMost(page.items.length, limit)
    entries.push(...page.items)
    if (Option.isNone(page.next)) return entries
    after = page.next.value
  }
})

const movesOf = (entries: ReadonlyArray<ReflogEntry>) => entries.map(({ action, from, to }) => [action, from, to])

describe("branches", () => {
  it.effect("are listed by name, page by page, and shown one by one", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      for (const name of ["b", "a", "c/d"]) {
        yield* asWriter(hub, repository, (open) => createBranch(open, { name, from: "main" }))
      }
      yield* protect(hub, repository, "a", 2)
      const open = yield* openedFor(hub, repository, null, "read")
      const page = yield* at(hub)(listBranches(open, { limit: 3 }))
      assert.deepStrictEqual(
        page.items.map(({ name, isDefault }) => [name, isDefault]),
        [
          ["a", false],
          ["b", false],
          ["c/d", false]
        ]
      )
      assert.deepStrictEqual(page.next, Option.some("c/d"))
      const rest = yield* at(hub)(listBranches(open, { after: "c/d", limit: 3 }))
      assert.deepStrictEqual(rest.items, [
        { name: BranchName.make("main"), head: head(third), isDefault: true, protection: null, warnings: [] }
      ])
      assert.deepStrictEqual(rest.next, Option.none())
      const shown = yield* at(hub)(showBranch(open, "a"))
      assert.deepStrictEqual(shown.protection, { approvals: 2, selfApproval: false })
      assert.strictEqual((yield* Effect.flip(at(hub)(showBranch(open, "d"))))._tag, "BranchUnknown")
    })
  )

  it.effect("start at the head of another branch, at any commit that a root ever reached, and nowhere else", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const create = (name: string, from: string) =>
        asWriter(hub, repository, (open) => createBranch(open, { name, from }))
      assert.strictEqual((yield* create("dev", "main")).head, head(third))
      assert.strictEqual((yield* create("old", head(first))).head, head(first))
      yield* pushSteps(hub, repository, "dev", [other], { force: true })
      yield* pushSteps(hub, repository, "main", [other], { force: true })
      yield* asWriter(hub, repository, (open) => deleteBranch(open, "old"))
      assert.strictEqual((yield* create("rescued", head(third))).head, head(third), "no branch leads to it any more")
      assert.strictEqual((yield* clone(hub, repository, [head(third)])).commits.length, 3)

      assert.strictEqual((yield* Effect.flip(create("x", "nowhere")))._tag, "BranchUnknown")
      assert.strictEqual((yield* Effect.flip(create("x", someCommit("x"))))._tag, "CommitUnknown")
      assert.strictEqual((yield* Effect.flip(create("dev", "main")))._tag, "BranchExists")
      assert.strictEqual((yield* Effect.flip(create("dev/x", "main")))._tag, "BranchClash")
      assert.strictEqual((yield* Effect.flip(create("..", "main")))._tag, "BranchNameRefused")
      yield* assertRowsTellTheTruth(hub, repository.id)
    })
  )

  it.effect("cannot start at commits of a refused push", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const refused = yield* Effect.flip(pushSteps(hub, repository, "main", [other]))
      assert.strictEqual(refused._tag, "NonFastForward")
      const created = yield* Effect.flip(
        asWriter(hub, repository, (open) => createBranch(open, { name: "x", from: head(other) }))
      )
      assert.strictEqual(created._tag, "CommitUnknown")
    })
  )

  it.effect("are limited in number, however they are created", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const names = Array.from({ length: 100 }, (_, place) => `b${place}`)
      yield* withRoot(hub, repository, ({ heads }) => ({
        heads: listOf([...entriesOf(heads), ...names.map((name) => [name, head(first)] as const)])
      }))
      yield* withRoot(hub, repository, ({ heads }) => ({
        heads: claiming(heads, { count: repositoryLimits.branches })
      }))
      const created = yield* Effect.flip(
        asWriter(hub, repository, (open) => createBranch(open, { name: "more", from: "main" }))
      )
      assert.strictEqual(created._tag, "RepositoryFull")
      assert.match(created.message, /100000 branches/)
      assert.strictEqual((yield* Effect.flip(pushSteps(hub, repository, "more", [first])))._tag, "RepositoryFull")
      const renamed = yield* asWriter(hub, repository, (open) => renameBranch(open, "b0", "c0"))
      assert.strictEqual(renamed.name, "c0")
    })
  )

  it.effect("are created once when two writers create the same name", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const create = asWriter(hub, repository, (open) =>
        Effect.result(createBranch(open, { name: "dev", from: "main" }))
      )
      const results = yield* Effect.all([create, create, create], { concurrency: "unbounded" })
      assert.deepStrictEqual(results.map((result) => result._tag).toSorted(), ["Failure", "Failure", "Success"])
    })
  )
})

describe("renaming a branch", () => {
  it.effect("moves the default branch and open proposals along, in one write", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* asWriter(hub, repository, (open) => createBranch(open, { name: "dev", from: head(second) }))
      const [dev, main] = [BranchName.make("dev"), BranchName.make("main")]
      yield* withRoot(hub, repository, () => ({
        proposals: { last: 1, open: [{ number: ProposalNumber.make(1), from: dev, to: main }] }
      }))
      const before = yield* sequenceOf(hub, repository)
      const renamed = yield* asWriter(hub, repository, (open) => renameBranch(open, "main", "trunk"))
      assert.deepStrictEqual(renamed, {
        name: BranchName.make("trunk"),
        head: head(third),
        isDefault: true,
        protection: null,
        warnings: []
      })
      yield* asWriter(hub, repository, (open) => renameBranch(open, "dev", "dev/next"))
      const { value } = (yield* openedFor(hub, repository, ada, "read")).root
      assert.strictEqual(value.sequence, before + 2)
      assert.strictEqual(value.repository.defaultBranch, "trunk")
      assert.deepStrictEqual(
        value.proposals.open.map(({ number, from, to }) => [number, from, to].join(" ")),
        ["1 dev/next trunk"]
      )
      assert.deepStrictEqual(yield* headsOf(hub, repository), { "dev/next": head(second), trunk: head(third) })
      const row = Option.getOrThrow(yield* hub.index.repositoryByName(repository.owner, repository.slug))
      assert.strictEqual(row.rootSequence, value.sequence, "the index followed")
      assert.strictEqual(row.branches, 2)
    })
  )

  it.effect("is refused where the new name is taken, clashes or is invalid, and where the branch is protected", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* asWriter(hub, repository, (open) => createBranch(open, { name: "dev", from: "main" }))
      const rename = (name: string, newName: string) =>
        Effect.map(
          Effect.flip(asWriter(hub, repository, (open) => renameBranch(open, name, newName))),
          ({ _tag }) => _tag
        )
      const before = yield* sequenceOf(hub, repository)
      assert.strictEqual(yield* rename("dev", "main"), "BranchExists")
      assert.strictEqual(yield* rename("dev", "main/x"), "BranchClash")
      assert.strictEqual(yield* rename("dev", "a\\b"), "BranchNameRefused")
      assert.strictEqual(yield* rename("gone", "new"), "BranchUnknown")
      assert.strictEqual(yield* rename("gone", "gone"), "BranchUnknown")
      yield* asWriter(hub, repository, (open) => renameBranch(open, "dev", "dev"))
      assert.strictEqual(yield* sequenceOf(hub, repository), before, "nothing was written")
      yield* protect(hub, repository, "dev")
      assert.strictEqual(yield* rename("dev", "new"), "BranchProtected")
    })
  )
})

describe("deleting a branch", () => {
  it.effect("checks the lease, and refuses the default branch and protected ones", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* asWriter(hub, repository, (open) => createBranch(open, { name: "dev", from: "main" }))
      const remove = (name: string, expect?: CommitId) =>
        asWriter(hub, repository, (open) => deleteBranch(open, name, { expect }))
      assert.strictEqual((yield* Effect.flip(remove("main")))._tag, "DefaultBranchKept")
      assert.strictEqual((yield* Effect.flip(remove("gone")))._tag, "BranchUnknown")
      assert.strictEqual((yield* Effect.flip(remove("dev", head(first))))._tag, "HeadMoved")
      yield* protect(hub, repository, "dev")
      assert.strictEqual((yield* Effect.flip(remove("dev")))._tag, "BranchProtected")
      const open = yield* openedFor(hub, repository, ada, "admin")
      yield* at(hub)(unprotectBranch(open, "dev"))
      yield* remove("dev", head(third))
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: head(third) })
      assert.strictEqual((yield* Effect.flip(remove("dev")))._tag, "BranchUnknown")
    })
  )

  it.effect("is decided on the root at the time of the write, not when the repository was opened", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* asWriter(hub, repository, (open) => createBranch(open, { name: "dev", from: head(first) }))
      const open = yield* opened(hub, repository)
      yield* pushSteps(hub, repository, "dev", [other])
      const refused = yield* Effect.flip(at(hub)(deleteBranch(open, "dev", { expect: head(first) })))
      assert.strictEqual(refused._tag, "HeadMoved")
      assert.strictEqual((yield* headsOf(hub, repository))["dev"], head(other))
    })
  )
})

describe("protecting a branch", () => {
  it.effect("may come before the branch, replaces the rule, and does not repeat a write", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* protect(hub, repository, "release", 1)
      const before = yield* sequenceOf(hub, repository)
      yield* protect(hub, repository, "release", 1)
      assert.strictEqual(yield* sequenceOf(hub, repository), before)
      yield* pushSteps(hub, repository, "release", [first])
      const refused = yield* Effect.flip(pushSteps(hub, repository, "release", [second]))
      assert.strictEqual(refused._tag, "BranchProtected")
      yield* protect(hub, repository, "release", 0)
      yield* pushSteps(hub, repository, "release", [second])
      const open = yield* openedFor(hub, repository, ada, "admin")
      assert.deepStrictEqual((yield* at(hub)(showBranch(open, "release"))).protection, {
        approvals: 0,
        selfApproval: false
      })
      yield* at(hub)(unprotectBranch(open, "release"))
      const unprotected = yield* sequenceOf(hub, repository)
      yield* at(hub)(unprotectBranch(open, "release"))
      assert.strictEqual(yield* sequenceOf(hub, repository), unprotected)
      assert.strictEqual((yield* Effect.flip(protect(hub, repository, "a..b")))._tag, "BranchNameRefused")
    })
  )

  it.effect("is limited in number", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const rule = { approvals: 0, selfApproval: false }
      const names = Array.from({ length: repositoryLimits["branch protections"] }, (_, place) => `b${1000 + place}`)
      yield* withRoot(hub, repository, () => ({
        protection: names.map((name) => [BranchName.make(name), rule] as const)
      }))
      assert.strictEqual((yield* Effect.flip(protect(hub, repository, "z")))._tag, "RepositoryFull")
      yield* protect(hub, repository, "b1000", 3)
    })
  )
})

describe("the reflog", () => {
  it.effect("shows every move of a branch, newest first, in pages of any size, also when the branch is deleted", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* asWriter(hub, repository, (open) => createBranch(open, { name: "dev", from: head(second) }))
      yield* pushSteps(hub, repository, "dev", [third])
      yield* pushSteps(hub, repository, "dev", [other], { force: true })
      yield* asWriter(hub, repository, (open) => renameBranch(open, "dev", "next"))
      yield* asWriter(hub, repository, (open) => deleteBranch(open, "next"))
      const whole = yield* reflogOf(hub, repository, "dev")
      assert.deepStrictEqual(movesOf(whole), [
        ["rename-branch", head(other), null],
        ["force-push", head(third), head(other)],
        ["push", head(second), head(third)],
        ["create-branch", null, head(second)]
      ])
      assert.deepStrictEqual(movesOf(yield* reflogOf(hub, repository, "next")), [
        ["delete-branch", head(other), null],
        ["rename-branch", null, head(other)]
      ])
      assert.isTrue(whole.every(({ by, proposal }) => by === ada.user && proposal === null))
      for (const limit of [1, 2, 3]) {
        assert.deepStrictEqual(yield* reflogOf(hub, repository, "dev", limit), whole)
      }
      const chain = yield* chainOf(hub.store, repository.id)
      assert.deepStrictEqual(
        whole.map(({ sequence }) => chain[sequence]?.changes[0]?.action),
        whole.map(({ action }) => action)
      )
    })
  )

  it.effect("splits moves that shared a write over pages", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const x = BranchName.make("x")
      const force = (to: CommitId) =>
        Effect.flatMap(Roots, (roots) =>
          roots.move(repository.id, (root) =>
            Effect.map(withHead(root, x, to), ({ heads }) => ({
              root: { heads },
              change: {
                action: "force-push",
                by: ada.user,
                at: "2026-11-22T15:08:10.000Z",
                moves: [{ ref: "refs/heads/x", from: headOf(root, x) ?? null, to }]
              }
            }))
          )
        )
      const heads = [first, second, third, first, second, third].map(head)
      yield* at(hub)(Effect.all(heads.map(force), { concurrency: "unbounded" }))
      const whole = yield* reflogOf(hub, repository, x)
      assert.deepStrictEqual(
        whole.map(({ to }) => to),
        heads.toReversed()
      )
      assert.isBelow(new Set(whole.map(({ sequence }) => sequence)).size, whole.length, "some shared a write")
      for (const limit of [1, 2, 5, 6]) assert.deepStrictEqual(yield* reflogOf(hub, repository, x, limit), whole)
    })
  )

  it.effect("needs no index, and tells an unknown branch from a deleted one", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const hub = yield* startHub({ store })
      const repository = yield* newRepository(hub, "engine", { initialize: true })
      yield* asWriter(hub, repository, (open) => createBranch(open, { name: "dev", from: "main" }))
      yield* asWriter(hub, repository, (open) => deleteBranch(open, "dev"))
      const blind = yield* startHub({ store, index: failingIndex(yield* memoryIndex, () => true) })
      assert.deepStrictEqual(
        (yield* reflogOf(blind, repository, "dev")).map(({ action }) => action),
        ["delete-branch", "create-branch"]
      )
      assert.deepStrictEqual(
        (yield* reflogOf(blind, repository, "main")).map(({ action }) => action),
        ["create"]
      )
      for (const name of ["never", "..", ""]) {
        assert.strictEqual((yield* Effect.flip(reflogOf(blind, repository, name)))._tag, "BranchUnknown")
      }
    })
  )

  it.effect("of all branches has the moves of each, newest first, also of those that are gone", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* asWriter(hub, repository, (open) => createBranch(open, { name: "dev", from: "main" }))
      yield* asWriter(hub, repository, (open) => renameBranch(open, "dev", "next"))
      yield* asWriter(hub, repository, (open) => deleteBranch(open, "next", {}))
      const open = yield* openedFor(hub, repository, null, "read")
      const moved: Array<readonly [string, string, CommitId | null]> = []
      for (let after: string | undefined; ;) {
        const page = yield* at(hub)(readReflogs(open, { after, limit: 2 }))
        moved.push(...page.items.map(({ action, branch, to }) => [action, branch, to] as const))
        if (Option.isNone(page.next)) break
        after = page.next.value
      }
      assert.deepStrictEqual(moved, [
        ["delete-branch", "next", null],
        ["rename-branch", "next", head(third)],
        ["rename-branch", "dev", null],
        ["create-branch", "dev", head(third)],
        ["push", "main", head(third)]
      ])
      const names = ["main", "next"].map((name) => BranchName.make(name))
      assert.deepStrictEqual([...(yield* at(hub)(showHeads(open, names)))], [["main", head(third)]])
    })
  )

  it.effect("accepts only its own cursors", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const open = yield* openedFor(hub, repository, ada, "read")
      for (const after of ["", "x", "-1.0", "99.0", "0", "1.99999", "0.0 "]) {
        const refused = yield* Effect.flip(at(hub)(readReflog(open, "main", { after, limit: 10 })))
        assert.strictEqual(refused._tag, "CursorRefused", after)
      }
    })
  )
})

describe("restoring a branch", () => {
  it.effect("undoes a force push, and restores a deleted branch", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* pushSteps(hub, repository, "main", [other], { force: true })
      const restored = yield* asWriter(hub, repository, (open) =>
        restoreBranch(open, "main", { commit: head(third), expect: head(other) })
      )
      assert.strictEqual(restored.head, head(third))
      yield* asWriter(hub, repository, (open) => createBranch(open, { name: "dev", from: head(second) }))
      yield* asWriter(hub, repository, (open) => deleteBranch(open, "dev"))
      yield* asWriter(hub, repository, (open) => restoreBranch(open, "dev", { commit: head(second), expect: null }))
      assert.deepStrictEqual(yield* headsOf(hub, repository), { dev: head(second), main: head(third) })
      assert.deepStrictEqual(movesOf(yield* reflogOf(hub, repository, "main"))[0], [
        "restore-branch",
        head(other),
        head(third)
      ])
      const before = yield* sequenceOf(hub, repository)
      yield* asWriter(hub, repository, (open) => restoreBranch(open, "dev", { commit: head(second) }))
      assert.strictEqual(yield* sequenceOf(hub, repository), before)
    })
  )

  it.effect("restores commits of a forced push from an index that was rebuilt from the store", () =>
    Effect.gen(function* () {
      const store = yield* memoryStore
      const before = yield* startHub({ store })
      const repository = yield* newRepository(before)
      yield* pushSteps(before, repository, "main", [first, second, third])
      yield* pushSteps(before, repository, "main", [other], { force: true })
      const hub = yield* startHub({ store })
      const open = yield* opened(hub, repository)
      const { commits } = yield* hub.index.known(repository.id, { blobs: [], snapshots: [], commits: [head(third)] })
      assert.strictEqual(commits.size, 1, "they are in a pack that the root names")
      yield* at(hub)(restoreBranch(open, "main", { commit: head(third) }))
      const row = Option.getOrThrow(yield* hub.index.repositoryByName(repository.owner, repository.slug))
      assert.strictEqual(row.branches, 1, "before the repository is opened again")
      assert.strictEqual((yield* clone(hub, repository, [head(third)])).commits.length, 3)
      yield* assertRowsTellTheTruth(hub, repository.id)
      yield* pushSteps(hub, repository, "main", [step("fourth", { "a.txt": "4" }, [third])])
    })
  )

  it.effect("succeeds though the index fails, which catches up later", () =>
    Effect.gen(function* () {
      let away = false
      const hub = yield* startHub({ index: failingIndex(yield* memoryIndex, () => away) })
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [first, second])
      yield* pushSteps(hub, repository, "main", [other], { force: true })
      const open = yield* opened(hub, repository)
      away = true
      yield* at(hub)(restoreBranch(open, "main", { commit: head(second) }))
      away = false
      assert.strictEqual((yield* clone(hub, repository, [head(second)])).commits.length, 2)
      assert.strictEqual(headOf((yield* opened(hub, repository)).root.value, "main"), head(second))
    })
  )

  it.effect("refuses commits that the branch was never at, moved leases, and protected and unknown branches", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* pushSteps(hub, repository, "dev", [other])
      const restore = (branch: string, commit: CommitId, expect?: CommitId | null) =>
        Effect.map(
          Effect.flip(asWriter(hub, repository, (open) => restoreBranch(open, branch, { commit, expect }))),
          ({ _tag }) => _tag
        )
      assert.strictEqual(yield* restore("main", head(other)), "NotInReflog", "only dev was there")
      assert.strictEqual(yield* restore("main", head(first)), "NotInReflog", "an ancestor that was never the head")
      assert.strictEqual(yield* restore("never", head(first)), "NotInReflog")
      yield* pushSteps(hub, repository, "dev", [third], { force: true })
      assert.strictEqual(yield* restore("dev", head(other), head(first)), "HeadMoved")
      assert.strictEqual(yield* restore("dev", head(other), null), "HeadMoved")
      yield* protect(hub, repository, "dev")
      assert.strictEqual(yield* restore("dev", head(other)), "BranchProtected")
    })
  )

  it.effect("is refused when the commit is no longer in the store", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* pushSteps(hub, repository, "main", [other], { force: true })
      yield* loseObjects(hub.store, repository.id)
      const later = yield* startHub({ store: hub.store, index: hub.index })
      const refused = yield* Effect.flip(
        asWriter(later, repository, (open) => restoreBranch(open, "main", { commit: head(third) }))
      )
      assert.strictEqual(refused._tag, "CommitUnknown")
      assert.include(refused.message, head(third))
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: head(other) })
    })
  )
})

describe("access to branches", () => {
  it.effect("is checked when the repository is opened", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      assert.strictEqual((yield* Effect.flip(opened(hub, repository, bob)))._tag, "Forbidden")
      yield* withRoot(hub, repository, () => ({ grants: [[UserName.make("bob"), "write"]] }))
      const open = yield* opened(hub, repository, bob)
      yield* at(hub)(createBranch(open, { name: "bobs", from: "main" }))
      assert.deepStrictEqual(
        (yield* reflogOf(hub, repository, "bobs")).map(({ by }) => by),
        [bob.user]
      )
      assert.strictEqual((yield* Effect.flip(openedFor(hub, repository, bob, "admin")))._tag, "Forbidden")
    })
  )
})

describe("a change without effect", () => {
  it.live("does not mark the index as current when another writer's root is still missing from it", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const index = failingIndex(hub.index, (operation) => operation === "record")
      const crashing = yield* startHub({ store: hub.store, index })
      const open = yield* opened(hub, repository)
      yield* pushSteps(crashing, repository, "dev", [other])
      const same = yield* at(hub)(renameBranch(open, "main", "main"))
      assert.strictEqual(same.head, head(third))
      assert.strictEqual((yield* clone(hub, repository, [head(other)])).commits.length, 2)
    })
  )
})
