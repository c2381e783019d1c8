/**
 * Random programs of all that people do to the history of a few repositories: pushes in both forms, with blobs sent
 * ahead and objects that only another repository has, proposals, force pushes, tags, releases, branches that go and
 * come back, commits of files, remarks, forks, and merges of packs in between.
 */
import { assert } from "@effect/vitest"
import type { ErrorKind } from "@musehub/domain/base/ErrorKind"
import { BranchName, RepositoryName } from "@musehub/domain/repository/Names"
import { Discourse, MergeStrategy, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import { ReleaseId, TagId } from "@musehub/domain/repository/Tag"
import { annotate } from "@musehub/domain/usecase/annotations/annotate"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { readReflog } from "@musehub/domain/usecase/branches/readReflog"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { closeProposal } from "@musehub/domain/usecase/proposals/closeProposal"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { push } from "@musehub/domain/usecase/push/push"
import { pushMpack } from "@musehub/domain/usecase/push/pushMpack"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { removeCollaborator, setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { forkRepository } from "@musehub/domain/usecase/repositories/forkRepository"
import { publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { deleteTag, storeTags } from "@musehub/domain/usecase/tags/storeTags"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Effect, Result } from "effect"
import { mpackOf } from "../../e2e/muse/mpackOf.ts"
import type { Seeded } from "../../support/seeded.ts"
import { ada, at, bob, committedAt, newRepository, opened, openedFor, type TestHub } from "../support/hubSamples.ts"
import { branches, RandomWorld } from "./RandomWorld.ts"
import { entriesOf, headOf } from "../../support/shortRefs.ts"

const pushDictionaries = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const { hub } = world
  const { again, branch, force, made } = yield* world.grown(repository, world.repositories)
  const blobs = yield* world.needed(
    "blob",
    made.flatMap((each) => world.blobsOf(each.snapshot.manifest.values()))
  )
  yield* world.sendAhead(repository, blobs)
  const snapshots = yield* world.needed(
    "snapshot",
    made.map(({ snapshot }) => snapshot)
  )
  const records = [...again, ...made].map(({ commit }) => ({
    ...commit.record,
    ...(again.some((each) => each.commit === commit) && { reviewed_by: ["erin"] })
  }))
  const request = { branch, force, commits: records.toReversed(), snapshots }
  yield* at(hub)(push(yield* opened(hub, repository), request))
  return true
})

const pushStream = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const { hub, random } = world
  const { branch, force, made } = yield* world.grown(repository, [repository])
  const ahead = random.some(
    made.flatMap(({ blobs }) => blobs),
    0.3
  )
  yield* world.sendAhead(repository, ahead)
  const sent = new Set(ahead.map(({ id }) => id))
  const steps = made.map((each) => ({ ...each, blobs: each.blobs.filter(({ id }) => !sent.has(id)) }))
  const head = made.at(-1)?.commit.id
  if (head === undefined) return false
  const { header, objects } = mpackOf(repository.id, steps, { branch, force, head })
  yield* Effect.scoped(at(hub)(pushMpack(yield* opened(hub, repository), writeMpack(header, objects))))
  return true
})

/** Two pushes, to different branches mostly, that may bring the same objects. */
const pushAtOnce = (world: RandomWorld, repository: Repository) =>
  Effect.all([Effect.result(pushDictionaries(world, repository)), Effect.result(pushStream(world, repository))], {
    concurrency: 2
  }).pipe(Effect.flatMap(([one, other]) => Effect.andThen(Effect.fromResult(one), Effect.fromResult(other))))

/** A push that does not move the branch forward is refused once its blobs have come. */
const refusedPush = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const { hub, random } = world
  const { heads } = yield* world.root(repository)
  if (heads.count === 0) return false
  const [branch] = random.pick(entriesOf(heads))
  const lone = world.next([])
  yield* world.sendAhead(repository, lone.blobs)
  const request = { branch, force: false, commits: [lone.commit.record], snapshots: [lone.snapshot] }
  const outcome = yield* Effect.result(at(hub)(push(yield* opened(hub, repository), request)))
  assert.isTrue(Result.isFailure(outcome) && outcome.failure._tag === "NonFastForward")
  return true
})

const commitOn = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const { hub, random } = world
  const path = world.path()
  const content = new TextEncoder().encode(world.content())
  const open = yield* opened(hub, repository)
  const branch = random.pick(branches)
  const [head] = entriesOf(open.root.value.heads)
  const from = headOf(open.root.value, branch) === undefined && head !== undefined ? { from: head[0] } : {}
  yield* at(hub)(commitFiles(open, { branch, message: "a change", changes: [{ op: "put", path, content }], ...from }))
  return true
})

const pair = (world: RandomWorld, { heads }: Root) => {
  const branches = entriesOf(heads)
  const [from, to] = [world.random.pick(branches)[0], world.random.pick(branches)[0]]
  return { title: ProposalTitle.make(`bring ${from}`), body: Discourse.make(""), from, to }
}

const propose = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const root = yield* world.root(repository)
  if (root.heads.count < 2) return false
  yield* at(world.hub)(openProposal(yield* openedFor(world.hub, repository, ada, "participate"), pair(world, root)))
  return true
})

/** Merges an open proposal, or opens one first. */
const land = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const { hub, random } = world
  if ((yield* world.root(repository)).proposals.open.length === 0) yield* propose(world, repository)
  const { proposals } = yield* world.root(repository)
  if (proposals.open.length === 0) return false
  const { number } = random.pick(proposals.open)
  const strategy = random.pick(MergeStrategy.literals)
  yield* at(hub)(mergeProposal(yield* opened(hub, repository), number, { strategy }))
  return true
})

const close = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const { proposals } = yield* world.root(repository)
  if (proposals.open.length === 0) return false
  const { number } = world.random.pick(proposals.open)
  yield* at(world.hub)(closeProposal(yield* openedFor(world.hub, repository, ada, "participate"), number))
  return true
})

const tag = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const commits = yield* world.commits(repository)
  if (commits.length === 0) return false
  const tag = {
    tag_id: TagId.make(world.uuid()),
    repo_id: repository.id,
    commit_id: world.random.pick(commits),
    tag: "stage:mix",
    created_at: committedAt
  }
  yield* at(world.hub)(storeTags(yield* opened(world.hub, repository), [tag]))
  return true
})

const untag = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const { tags } = yield* world.root(repository)
  if (tags.count === 0) return false
  yield* at(world.hub)(deleteTag(yield* opened(world.hub, repository), world.random.pick(entriesOf(tags))[0]))
  return true
})

const release = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const commits = yield* world.commits(repository)
  if (commits.length === 0) return false
  const { commit } = yield* world.step(repository, world.random.pick(commits))
  const id = world.uuid()
  const release = {
    release_id: ReleaseId.make(id),
    repo_id: repository.id,
    tag: `1.0.${Number(id.slice(-6))}`,
    semver: { major: 1, minor: 0, patch: 0, pre: "", build: "" },
    channel: "stable",
    commit_id: commit.id,
    snapshot_id: commit.snapshotId,
    title: "One",
    body: "",
    changelog: [],
    agent_id: "",
    model_id: "",
    is_draft: world.random.chance(0.3),
    gpg_signature: "",
    created_at: committedAt
  } as const
  yield* at(world.hub)(publishRelease(yield* opened(world.hub, repository), release))
  return true
})

const branch = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const commits = yield* world.commits(repository)
  if (commits.length === 0) return false
  const wanted = { name: world.random.pick(branches), from: world.random.pick(commits) }
  yield* at(world.hub)(createBranch(yield* opened(world.hub, repository), wanted))
  return true
})

const dropBranch = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  yield* at(world.hub)(deleteBranch(yield* opened(world.hub, repository), world.random.pick(branches)))
  return true
})

const renameOne = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const [name, newName] = [world.random.pick(branches), world.random.pick(branches)]
  yield* at(world.hub)(renameBranch(yield* opened(world.hub, repository), name, newName))
  return true
})

const restoreOld = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const { hub, random } = world
  const name = BranchName.make(random.pick(branches))
  const { items } = yield* at(hub)(readReflog(yield* opened(hub, repository), name, { limit: 100 }))
  const commits = items.flatMap(({ from }) => (from === null ? [] : [from]))
  if (commits.length === 0) return false
  yield* at(hub)(restoreBranch(yield* opened(hub, repository), name, { commit: random.pick(commits) }))
  return true
})

const remark = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const commits = yield* world.commits(repository)
  if (commits.length === 0) return false
  const remarks = { reviewedBy: [world.random.pick(["carol", "finn"])], testRuns: world.random.below(3) }
  yield* at(world.hub)(annotate(yield* opened(world.hub, repository), world.random.pick(commits), remarks))
  return true
})

const settings = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const { hub, random } = world
  const open = yield* openedFor(hub, repository, ada, "admin")
  if (random.chance(0.3)) yield* at(hub)(changeSettings(open, { visibility: random.pick(["public", "private"]) }))
  else if (random.chance(0.7)) yield* at(hub)(setCollaborator(open, bob.user, random.pick(["read", "write"])))
  else yield* at(hub)(removeCollaborator(open, bob.user))
  return true
})

const forkOnce = Effect.fnUntraced(function* (world: RandomWorld, repository: Repository) {
  const { hub, repositories } = world
  if (repositories.length > 2) return false
  const open = yield* openedFor(hub, repository, ada, "read")
  repositories.push(yield* at(hub)(forkRepository(open, { name: RepositoryName.make("fork") })))
  return true
})

const mergeSmall = (world: RandomWorld, repository: Repository) =>
  Effect.map(at(world.hub)(mergePacks(repository.id, 2)), ({ into }) => into !== undefined)

/** A step of a program. Says whether it had something to do. */
type ProgramStep = (
  world: RandomWorld,
  repository: Repository
) => Effect.Effect<boolean, { readonly _tag: string; readonly kind: ErrorKind }>

const programSteps = {
  push: pushDictionaries,
  "push as mpack": pushStream,
  "two pushes at once": pushAtOnce,
  "refused push": refusedPush,
  "commit of files": commitOn,
  "open proposal": propose,
  "merge proposal": land,
  "close proposal": close,
  tag,
  "delete tag": untag,
  release,
  "create branch": branch,
  "delete branch": dropBranch,
  "rename branch": renameOne,
  "restore branch": restoreOld,
  remark,
  settings,
  fork: forkOnce,
  "merge packs": mergeSmall
} satisfies { readonly [kind: string]: ProgramStep }

export type StepKind = keyof typeof programSteps

export const stepKinds = Object.keys(programSteps) as ReadonlyArray<StepKind>

const often: ReadonlyArray<StepKind> = [
  "push",
  "push",
  "push as mpack",
  "push as mpack",
  "two pushes at once",
  "commit of files",
  "open proposal",
  "merge proposal",
  "merge proposal",
  "merge packs",
  "merge packs"
]

/** What may happen to a step: the state refuses it. Nothing is busy, lost or damaged. */
const explained: ReadonlyArray<ErrorKind> = ["conflict", "refused", "not found"]

/**
 * Runs steps on two new repositories and a fork, each at one of two hubs with the same store and index. Counts those of
 * each kind that were taken. `after` runs after each step.
 */
export const runProgram = Effect.fnUntraced(function* (
  random: Seeded,
  hubs: readonly [TestHub, TestHub],
  steps: number,
  after: (repositories: ReadonlyArray<Repository>) => Effect.Effect<void> = () => Effect.void
) {
  const [hub] = hubs
  const world = new RandomWorld(random, hub)
  const { repositories } = world
  repositories.push(yield* newRepository(hub, "songs"), yield* newRepository(hub, "tunes", { initialize: true }))
  const taken = new Map<StepKind, number>()
  for (let place = 0; place < steps; place += 1) {
    const kind = random.pick([...often, ...stepKinds])
    world.hub = random.pick(hubs)
    const take: ProgramStep = programSteps[kind]
    const outcome = yield* Effect.result(take(world, random.pick(repositories)))
    if (Result.isFailure(outcome)) assert.include(explained, outcome.failure.kind, `${kind}: ${outcome.failure._tag}`)
    else if (outcome.success) taken.set(kind, (taken.get(kind) ?? 0) + 1)
    yield* after(repositories)
  }
  return { repositories, taken }
})
