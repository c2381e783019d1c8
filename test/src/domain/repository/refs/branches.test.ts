/** Branches created, renamed, deleted and protected, and who may do so. */
import { assert, describe, it } from "@effect/vitest"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { CommitId } from "@musehub/domain/object/Id"
import { BranchName, UserName } from "@musehub/domain/repository/Names"
import { ProposalNumber } from "@musehub/domain/repository/Proposal"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { listBranches, showBranch } from "@musehub/domain/usecase/branches/listBranches"
import { unprotectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
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
  opened,
  openedFor,
  pushSteps,
  startHub,
  type TestHub
} from "../../support/hubSamples.ts"
import { someCommit } from "../../support/rootSamples.ts"
import { claiming, entriesOf, headsOf as listOf } from "../../../support/shortRefs.ts"
import { first, second, third, other, head, begun, asWriter, protect, sequenceOf, reflogOf } from "./branchSamples.ts"

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
