/** The reflog of a repository with large roots: a page is bounded in bytes, a name that never was is refused early. */
import { assert, describe, it } from "@effect/vitest"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { Page } from "@musehub/domain/port/Page"
import { BranchName } from "@musehub/domain/repository/Names"
import { readReflog, type ReflogEntry } from "@musehub/domain/usecase/branches/readReflog"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { Effect, Option } from "effect"
import { callCount, historyPath } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { ada, at, newRepository, opened, openedFor, pushSteps, startHub, step } from "../support/hubSamples.ts"
import { change, memoryStore } from "../support/rootSamples.ts"

const first = step("first", { "a.txt": "1" })

/** How often the root of some 900 KB is moved. */
const moves = 28

/** A repository whose former branch `old` was deleted before `moves` changes of a large root. */
const begun = Effect.gen(function* () {
  const count = callCount()
  const hub = yield* startHub({ store: interposed(yield* memoryStore, count.interpose) })
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [first])
  const open = yield* opened(hub, repository)
  yield* at(hub)(createBranch(open, { name: "old", from: "main" }))
  yield* at(hub)(deleteBranch(open, "old", {}))
  const roots = yield* at(hub)(Roots)
  const many = Array.from({ length: 3300 }, (_, place) => {
    const name = BranchName.make(`z${String(place).padStart(6, "0")}${"x".repeat(190)}`)
    return [name, { approvals: 0, selfApproval: true }] as const
  })
  for (let turn = 0; turn < moves; turn++) {
    yield* roots.move(repository.id, () =>
      Effect.succeed({
        root: turn === 0 ? { protection: many } : { offeredTo: null },
        change: { ...change(`turn ${turn}`), at: new Date(turn).toISOString() }
      })
    )
  }
  count.reset()
  return { count, hub, repository }
})

describe("the reflog of a repository with large roots", () => {
  it.effect("of a branch that does not exist is refused early, with the cursor to older changes", () =>
    Effect.gen(function* () {
      const { count, hub, repository } = yield* begun
      const open = yield* openedFor(hub, repository, ada, "read")
      const refused = yield* Effect.flip(at(hub)(readReflog(open, "never", { limit: 10 })))
      assert.strictEqual(refused._tag, "ReflogUnfinished")
      assert.match(refused.message, /there is no branch "never".*cursor=\d+\.0/)
      const read = count.of("documents.read", historyPath).length
      assert.isBelow(read, moves, "8 MiB of roots, and the copies that were read ahead")

      const entries: Array<ReflogEntry> = []
      assert(refused._tag === "ReflogUnfinished")
      for (let next: string | undefined = refused.next; next !== undefined;) {
        const page: Page<ReflogEntry> = yield* at(hub)(readReflog(open, "old", { limit: 10, after: next }))
        entries.push(...page.items)
        next = Option.getOrUndefined(page.next)
      }
      assert.deepStrictEqual(
        entries.map(({ action }) => action),
        ["delete-branch", "create-branch"],
        "the cursor leads to a branch that was deleted long ago"
      )
      const main = yield* at(hub)(readReflog(open, "main", { limit: 10 }))
      assert.deepStrictEqual(main.items, [], "a branch that exists has pages that may be empty")
      assert.isTrue(Option.isSome(main.next))
    })
  )
})
