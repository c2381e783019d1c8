/** A repository with branches to propose, and what callers do with proposals. */
import type { WholeIndex } from "@musehub/contract/wholeIndex"
import { assert } from "@effect/vitest"
import { readProposal } from "@musehub/domain/invariant/RepositoryDocuments"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { CommitId } from "@musehub/domain/object/Id"
import type { ProposalRow } from "@musehub/domain/port/index/ProposalIndex"
import { everyItem } from "@musehub/domain/port/Page"
import { BranchName } from "@musehub/domain/repository/Names"
import {
  Discourse,
  type MergeStrategy,
  ProposalNumber,
  type ProposalState,
  ProposalTitle,
  type Verdict
} from "@musehub/domain/repository/Proposal"
import { type Protection, type Repository, type Root, withPair } from "@musehub/domain/repository/Root"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { closeProposal } from "@musehub/domain/usecase/proposals/closeProposal"
import { listProposals } from "@musehub/domain/usecase/proposals/listProposals"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { reopenProposal } from "@musehub/domain/usecase/proposals/reopenProposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { Effect, Option, Stream } from "effect"
import type { Store } from "../../support/interposedStore.ts"
import {
  ada,
  at,
  bob,
  newRepository,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  type TestHub,
  withoutIndex
} from "./hubSamples.ts"

export const carol = person("carol")
export const dora = person("dora")

export const a = step("a", { "readme.md": "hello" })
export const b = step("b", { "readme.md": "hello", "one.txt": "one" }, [a])
export const c = step("c", { "readme.md": "hello", "one.txt": "one", "two.txt": "two" }, [b])
const d = step("d", { "readme.md": "hello", "three.txt": "three" }, [a])

export const aTitle = ProposalTitle.make("Add one")
export const aBody = Discourse.make("It brings **one**.")
export const number = (value: number) => ProposalNumber.make(value)

/** Changes the root as an operator would: only the content of the root matters here, not who changed it. */
export const changeRoot = (hub: TestHub, repository: Repository, parts: (root: Root) => Partial<Root>) =>
  at(hub)(
    Effect.flatMap(Roots, (roots) =>
      roots.move(repository.id, (root) =>
        Effect.succeed({
          root: parts(root),
          change: { action: "change-settings", by: ada.user, at: "2026-11-22T15:08:10.000Z", moves: [] }
        })
      )
    )
  )

export const protect = (hub: TestHub, repository: Repository, branch: string, protection: Protection) =>
  changeRoot(hub, repository, (root) => ({
    protection: withPair(root.protection, BranchName.make(branch), protection)
  }))

/** A public repository of Ada's with `main` at a, `feature` at b and `other` at d; Carol may write, Bob may read. */
export const world = Effect.fnUntraced(function* (
  shared: { readonly store?: Store; readonly index?: WholeIndex } = {}
) {
  const hub = yield* startHub(shared)
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [a])
  yield* pushSteps(hub, repository, "feature", [b])
  yield* pushSteps(hub, repository, "other", [d])
  yield* changeRoot(hub, repository, (root) => ({ grants: withPair(root.grants, carol.user, "write") }))
  return { hub, repository }
})

export const asking = (hub: TestHub, repository: Repository, by: Principal = bob) =>
  openedFor(hub, repository, by, "participate")

export const propose = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  options: { readonly from?: string; readonly to?: string; readonly by?: Principal; readonly title?: string } = {}
) {
  const open = yield* asking(hub, repository, options.by)
  const { from = "feature", title = aTitle, to = "main" } = options
  return yield* at(hub)(openProposal(open, { title: ProposalTitle.make(title), body: aBody, from, to }))
})

export const show = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, value = 1) {
  return yield* at(hub)(showProposal(yield* openedFor(hub, repository, ada, "read"), number(value)))
})

export const close = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, value = 1, by = ada) {
  return yield* at(hub)(closeProposal(yield* asking(hub, repository, by), number(value)))
})

export const reopen = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, value = 1, by = ada) {
  return yield* at(hub)(reopenProposal(yield* asking(hub, repository, by), number(value)))
})

export const merge = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  strategy: MergeStrategy = "merge_commit",
  value = 1
) {
  const open = yield* openedFor(hub, repository, ada, "write")
  return yield* at(hub)(mergeProposal(open, number(value), { strategy }))
})

export const review = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  by: Principal,
  verdict: Verdict = "approve",
  commit?: CommitId
) {
  const open = yield* asking(hub, repository, by)
  return yield* at(hub)(reviewProposal(open, number(1), { verdict, body: Discourse.make(""), commit }))
})

/** Collects every page of a list. */
export const listed = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  state?: ProposalState,
  options: { readonly limit?: number; readonly indexed?: boolean } = {}
) {
  const open = yield* openedFor(options.indexed === false ? withoutIndex(hub) : hub, repository, ada, "read")
  const rows = everyItem(options.limit ?? 100, (page) => at(hub)(listProposals(open, { state }, page)))
  return yield* Stream.runCollect(rows)
})

export const brief = ({ number: value, state, from, to }: Pick<ProposalRow, "number" | "state" | "from" | "to">) =>
  `${value} ${state} ${from}→${to}`

export const document = (hub: TestHub, repository: Repository, value = 1) =>
  Effect.map(at(hub)(readProposal(repository.id, number(value))), (read) => Option.getOrUndefined(read)?.value)

/** Asserts that a value has these members. */
export const assertSays = (found: object | null | undefined, expected: object) => {
  assert.deepInclude({ ...found }, expected)
}

export const proposalPath = /^repositories\/[^/]+\/proposals\/\d+$/
