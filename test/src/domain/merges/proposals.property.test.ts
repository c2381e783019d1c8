/**
 * Random proposals through the use cases: of random people, between branches that go on moving, under random rules and
 * with random approvals. Whatever happens, what lands is what the preview shows, by people whom the rule allows.
 */
import { assert, describe, it } from "@effect/vitest"
import { readCommit, readSnapshot } from "@musehub/domain/invariant/ObjectReader"
import type { CommitId } from "@musehub/domain/object/Id"
import { Discourse, MergeStrategy, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { protectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { previewMerge } from "@musehub/domain/usecase/merges/previewMerge"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { showProposal } from "@musehub/domain/usecase/proposals/showProposal"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { Effect, Result } from "effect"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import { edited, type Files, grow } from "../support/grownHistory.ts"
import { HistoryModel, namedIn } from "../support/HistoryModel.ts"
import {
  ada,
  at,
  bob,
  newRepository,
  opened,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  type Step,
  type TestHub
} from "../support/hubSamples.ts"
import { entriesOf, headOf } from "../../support/shortRefs.ts"

const seeds = 10
const proposalsPerSeed = 20

const carol = person("carol")
const dora = person("dora")
const erin = person("erin")

/** All may write; Erin only reviews. */
const workers = [ada, bob, carol, dora]
const reviewers = [...workers, erin]
const branches = ["a", "b", "c", "d", "e"]

interface World {
  readonly hub: TestHub
  readonly repository: Repository
  readonly model: HistoryModel
  /** The commits that a push can build on, by id. */
  readonly steps: Map<CommitId, { readonly step: Step; readonly files: Files }>
}

const rootOf = ({ hub, repository }: World) => Effect.map(opened(hub, repository), ({ root }) => root.value)

const headIn = (root: Root, branch: string): CommitId => {
  const head = headOf(root, branch)
  if (head === undefined) throw new Error(`there is no branch ${branch}`)
  return head
}

const begin = Effect.fnUntraced(function* (random: Seeded) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  const world: World = { hub, repository, model: new HistoryModel(), steps: new Map() }
  for (const { user } of [bob, carol, dora, erin]) {
    yield* at(hub)(ensureUser(user))
    yield* at(hub)(setCollaborator(yield* openedFor(hub, repository, ada, "admin"), user, "write"))
  }
  const grown = grow(random, 8)
  for (const [place, { files, step: made }] of grown.entries()) {
    const by = random.pick(workers)
    yield* pushSteps(hub, repository, `at-${place}`, [made], { by })
    world.model.add(made.commit.id, made.commit.parents, made.commit.record, by.user)
    world.steps.set(made.commit.id, { step: made, files })
  }
  for (const name of branches) {
    const from = random.pick(grown.slice(-3)).step.commit.id
    yield* at(hub)(createBranch(yield* opened(hub, repository), { name, from }))
  }
  return world
})

/** Returns the open proposals that a move of a branch must close: its new commits are those of their source. */
const mergedBy = ({ model }: World, before: Root, after: Root, moved: string) =>
  before.proposals.open
    .filter(({ from, to }) => {
      const [ours, theirs] = [headIn(before, moved), headIn(after, moved)]
      return to === moved && model.lacking(ours, theirs).has(headIn(after, from))
    })
    .map(({ number }) => number)

const assertClosed = Effect.fnUntraced(function* (world: World, before: Root, moved: string, own: number | undefined) {
  const after = yield* rootOf(world)
  const merged = mergedBy(world, before, after, moved).filter((number) => number !== own)
  const left = before.proposals.open.map(({ number }) => number).filter((number) => number !== own)
  assert.deepStrictEqual(
    after.proposals.open.map(({ number }) => number),
    left.filter((number) => !merged.includes(number))
  )
  for (const number of merged) {
    const open = yield* openedFor(world.hub, world.repository, null, "read")
    const shown = yield* at(world.hub)(showProposal(open, number))
    assert.deepInclude({ ...shown, way: shown.merged?.strategy }, { state: "merged", way: "pushed" })
  }
  // Nothing else moves.
  for (const [branch, head] of entriesOf(before.heads))
    if (branch !== moved) assert.strictEqual(headOf(after, branch), head)
  return merged.map(() => "closed")
})

/**
 * Pushes an edit on top of a branch, or a merge with another one that was made by hand, in the name of anybody. A
 * branch that needs approvals refuses it.
 */
const pushOn = Effect.fnUntraced(function* (
  random: Seeded,
  world: World,
  branch: string,
  message: string,
  other = branch
) {
  const { hub, model, repository, steps } = world
  const before = yield* rootOf(world)
  const parent = steps.get(headIn(before, branch))
  const second = steps.get(headIn(before, other))
  if (parent === undefined || second === undefined) return []
  const by = random.pick(workers)
  // Mostly a file of its own, so that most merges are free of conflicts.
  const both = { ...second.files, ...parent.files }
  const files = random.chance(0.2) ? edited(random, both) : { ...both, [message]: message }
  const parents = [...new Set([parent.step, second.step])]
  const made = step(message, files, parents, { author: random.pick(["ada", "Bob <b@x.example>", "zoe"]) })
  const pushed = yield* Effect.result(pushSteps(hub, repository, branch, [made], { by }))
  const needed = before.protection.find(([name]) => name === branch)?.[1].approvals ?? 0
  assert.strictEqual(
    Result.isFailure(pushed) ? pushed.failure._tag : "pushed",
    needed > 0 ? "BranchProtected" : "pushed"
  )
  if (Result.isFailure(pushed)) return []
  model.add(made.commit.id, made.commit.parents, made.commit.record, by.user)
  steps.set(made.commit.id, { step: made, files })
  return yield* assertClosed(world, before, branch, undefined)
})

const refusals = (outcome: string, strategy: MergeStrategy): ReadonlyArray<string> => {
  if (outcome === "up_to_date") return ["NothingToMerge"]
  if (outcome === "unrelated") return ["HistoriesUnrelated"]
  if (outcome === "conflicted") return ["MergeConflicts"]
  if (strategy === "rebase") return ["MergeConflicts", "RebaseUnfaithful"]
  return strategy === "fast_forward_only" && outcome === "merged" ? ["FastForwardImpossible"] : []
}

const manifestOf = ({ hub, repository }: World, commit: CommitId) =>
  Effect.gen(function* () {
    const { commit: read } = yield* at(hub)(readCommit(repository.id, commit))
    const { snapshot } = yield* at(hub)(readSnapshot(repository.id, read.snapshotId))
    return { ...read, manifest: snapshot.manifest }
  })

/** Opens a proposal, has it reviewed, and merges it by the first strategy that can. Returns all that came of it. */
const propose = Effect.fnUntraced(function* (random: Seeded, world: World, turn: number) {
  const { hub, model, repository } = world
  const from = random.pick(branches)
  const to = random.pick(branches.filter((branch) => branch !== from))
  const author = random.pick(reviewers)
  const asking = (by: Principal) => openedFor(hub, repository, by, "participate")
  const proposal = { title: ProposalTitle.make(`Proposal ${turn}`), body: Discourse.make(""), from, to }
  const listed = (yield* rootOf(world)).proposals.open.find((entry) => entry.from === from && entry.to === to)
  const number = listed?.number ?? (yield* at(hub)(openProposal(yield* asking(author), proposal))).number
  const protect = Effect.gen(function* () {
    const rule = { approvals: random.pick([0, 0, 1, 1, 2]), selfApproval: random.chance(0.4) }
    yield* at(hub)(protectBranch(yield* openedFor(hub, repository, ada, "admin"), to, rule))
  })
  const isEarly = random.chance(0.5)
  if (isEarly) yield* protect
  const review = Effect.gen(function* () {
    for (const by of random.some(reviewers, 0.7)) {
      const given = at(hub)(reviewProposal(yield* asking(by), number, { verdict: "approve", body: Discourse.make("") }))
      const refused = yield* Effect.result(given)
      if (Result.isFailure(refused)) assert.strictEqual(refused.failure._tag, "Forbidden")
    }
  })
  yield* review
  if (!isEarly) yield* protect
  const tries: Array<string> = []
  if (random.chance(0.4)) tries.push(...(yield* pushOn(random, world, from, `more ${turn}`)))
  if (random.chance(0.5)) yield* review

  if (random.chance(0.2)) tries.push(...(yield* pushOn(random, world, to, `by hand ${turn}`, from)))
  const before = yield* rootOf(world)
  if (!before.proposals.open.some((entry) => entry.number === number)) return tries
  const [ours, theirs] = [headIn(before, to), headIn(before, from)]
  const fresh = model.lacking(ours, theirs)
  const shown = yield* at(hub)(showProposal(yield* openedFor(hub, repository, null, "read"), number))
  const { approvals: needed = 0, selfApproval = true } = before.protection.find(([name]) => name === to)?.[1] ?? {}
  const contributors = new Set(
    [shown.author, ...model.authorsOf(fresh), ...model.bringersOf(fresh)].map((name) =>
      name.replace(/ <.*/, "").toLowerCase()
    )
  )
  const latest = new Set(shown.reviews.filter(({ commit }) => commit === theirs).map(({ by }) => by))
  for (const by of shown.approvals) {
    assert.isTrue(latest.has(by), `${by} approved the present head`)
    if (!selfApproval) assert.isFalse(contributors.has(by), `${by} contributed to proposal ${number}`)
  }
  if (selfApproval) assert.deepStrictEqual(shown.approvals.toSorted(), [...latest].toSorted())
  if (latest.has(erin.user) && !contributors.has(erin.user)) {
    assert.include(shown.approvals, erin.user, "who only reviews is no contributor")
  }

  const preview = yield* at(hub)(previewMerge(yield* openedFor(hub, repository, null, "read"), number))
  const by = random.pick(workers)
  for (const strategy of MergeStrategy.literals.toSorted(() => random.next() - 0.5)) {
    const merging = at(hub)(mergeProposal(yield* opened(hub, repository, by), number, { strategy }))
    const result = yield* Effect.result(merging)
    if (Result.isFailure(result)) {
      const allowed = shown.approvals.length < needed ? ["ApprovalsMissing"] : refusals(preview.outcome, strategy)
      assert.include(allowed, result.failure._tag, `${strategy} of what is ${preview.outcome}`)
      assert.strictEqual(headOf(yield* rootOf(world), to), ours)
      tries.push(result.failure._tag)
      continue
    }
    assert.isAtLeast(shown.approvals.length, needed)
    const { commits, mergeCommitId, snapshotId } = result.success
    assert.strictEqual(snapshotId, preview.snapshotId, strategy)
    assert.strictEqual(headOf(yield* rootOf(world), to), mergeCommitId)
    const landed = yield* manifestOf(world, mergeCommitId)
    assert.strictEqual(landed.snapshotId, preview.snapshotId, strategy)
    for (const id of commits) {
      const { parents, record } = yield* manifestOf(world, id)
      model.add(id, parents, record, by.user)
    }
    const arrived = model.lacking(ours, mergeCommitId)
    for (const id of arrived)
      assert.isTrue(fresh.has(id) || commits.includes(id), `commit ${id} was not in the preview`)
    const named = new Set<string>()
    for (const id of arrived) for (const name of namedIn((yield* manifestOf(world, id)).record)) named.add(name)
    for (const name of model.authorsOf(fresh)) assert.isTrue(named.has(name), `${name} is not named by ${strategy}`)
    const target = yield* manifestOf(world, ours)
    const source = yield* manifestOf(world, theirs)
    for (const path of target.manifest.keys()) {
      if (!landed.manifest.has(path)) assert.isFalse(source.manifest.has(path), `${path} of the target was lost`)
    }
    tries.push(...(yield* assertClosed(world, before, to, number)))
    return [...tries, strategy, ...(selfApproval || needed === 0 ? [] : ["approved by others"])]
  }
  return tries
})

describe("random proposals through the use cases", () => {
  it.live(
    `${seeds * proposalsPerSeed} proposals: what lands was previewed and approved, and closes what it merges`,
    () => {
      const counts = new Map<string, number>()
      const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1)
      return forSeeds(seeds, (random) =>
        Effect.gen(function* () {
          const world = yield* begin(random)
          for (let turn = 0; turn < proposalsPerSeed; turn += 1) {
            const pushed = random.chance(0.6) ? yield* pushOn(random, world, random.pick(branches), `push ${turn}`) : []
            for (const what of [...pushed, ...(yield* propose(random, world, turn))]) count(what)
          }
        })
      ).pipe(
        Effect.andThen(
          Effect.sync(() => {
            for (const what of [...MergeStrategy.literals, "ApprovalsMissing", "closed", "approved by others"]) {
              assert.isAbove(counts.get(what) ?? 0, 2, `${what} in ${JSON.stringify([...counts])}`)
            }
          })
        )
      )
    },
    240_000
  )
})
