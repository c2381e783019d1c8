/** The reflog, which shows each move and works from the store alone, and branches restored from it. */
import { assert, describe, it } from "@effect/vitest"
import { withHead } from "@musehub/domain/invariant/refs/heads"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { CommitId } from "@musehub/domain/object/Id"
import { BranchName } from "@musehub/domain/repository/Names"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { showHeads } from "@musehub/domain/usecase/branches/listBranches"
import { readReflog, readReflogs, type ReflogEntry } from "@musehub/domain/usecase/branches/readReflog"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { Effect, Option } from "effect"
import {
  ada,
  assertRowsTellTheTruth,
  at,
  clone,
  failingIndex,
  headsOf,
  loseObjects,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step
} from "../../support/hubSamples.ts"
import { chainOf, memoryIndex, memoryStore } from "../../support/rootSamples.ts"
import { headOf } from "../../../support/shortRefs.ts"
import { first, second, third, other, head, begun, asWriter, protect, sequenceOf, reflogOf } from "./branchSamples.ts"

const movesOf = (entries: ReadonlyArray<ReflogEntry>) => entries.map(({ action, from, to }) => [action, from, to])

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
