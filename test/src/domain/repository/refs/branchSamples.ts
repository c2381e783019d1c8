/** A repository with a history on `main`, and short ways to act on its branches. */
import { assert } from "@effect/vitest"
import type { Repository } from "@musehub/domain/repository/Root"
import { protectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { readReflog, type ReflogEntry } from "@musehub/domain/usecase/branches/readReflog"
import { Effect, Option } from "effect"
import {
  ada,
  at,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../../support/hubSamples.ts"

export const first = step("first", { "a.txt": "1" })

export const second = step("second", { "a.txt": "2" }, [first])

export const third = step("third", { "a.txt": "3" }, [second])

export const other = step("other", { "b.txt": "1" }, [first])

export const head = ({ commit }: typeof first) => commit.id

/** A hub with a repository whose `main` has three commits. */
export const begun = Effect.gen(function* () {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [first, second, third])
  return { hub, repository }
})

export const asWriter = <A, E, R>(
  hub: TestHub,
  repository: Repository,
  use: (open: Effect.Success<ReturnType<typeof opened>>) => Effect.Effect<A, E, R>
) => Effect.flatMap(opened(hub, repository), (open) => at(hub)(use(open)))

export const protect = (hub: TestHub, repository: Repository, name: string, approvals = 0) =>
  Effect.flatMap(openedFor(hub, repository, ada, "admin"), (open) =>
    at(hub)(protectBranch(open, name, { approvals, selfApproval: false }))
  )

export const sequenceOf = (hub: TestHub, repository: Repository) =>
  Effect.map(openedFor(hub, repository, ada, "read"), ({ root }) => root.value.sequence)

/** Reads the whole reflog, in pages of a given size. */
export const reflogOf = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  branch: string,
  limit = 100
) {
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
