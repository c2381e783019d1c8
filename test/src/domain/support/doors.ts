/**
 * The doors to a protected name: each way in which a use case brings content under it, takes it away, or could be
 * thought to. Who may pass is in `docs/proposals.md`, "The doors".
 */
import { Discourse, MergeStrategy, ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { RepositoryName } from "@musehub/domain/repository/Names"
import type { Protection, Repository } from "@musehub/domain/repository/Root"
import { ReleaseId, TagId } from "@musehub/domain/repository/Tag"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { Access, Principal } from "@musehub/domain/usecase/access/policy"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { protectBranch, unprotectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { pushMpack } from "@musehub/domain/usecase/push/pushMpack"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { forkRepository } from "@musehub/domain/usecase/repositories/forkRepository"
import { acceptTransfer, offerTransfer } from "@musehub/domain/usecase/repositories/transferRepository"
import { syncPush } from "@musehub/domain/usecase/sync/syncPush"
import { publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { storeTags } from "@musehub/domain/usecase/tags/storeTags"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { type Context, Effect } from "effect"
import { mpackOf } from "../../e2e/muse/mpackOf.ts"
import {
  ada,
  at,
  bob,
  committedAt,
  newRepository,
  opened,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "./hubSamples.ts"

const carol = person("carol")
const dora = person("dora")
const erin = person("erin")

/** The callers of a public repository, by role. */
export const callers: { readonly [role: string]: Principal | null } = {
  anonymous: null,
  read: dora,
  write: bob,
  admin: erin,
  owner: ada
}

/** The rules that can protect a name. */
export const rules: { readonly [rule: string]: Protection } = {
  forward: { approvals: 0, selfApproval: true },
  approvals: { approvals: 1, selfApproval: true },
  others: { approvals: 1, selfApproval: false }
}

const first = step("first", { song: "one" })
const second = step("second", { song: "two" }, [first])
const third = step("third", { song: "three" }, [second])
const aside = step("aside", { song: "aside" }, [first])

/** The name that the rules guard. */
export const guarded = "kept"

export interface Arena {
  readonly hub: TestHub
  readonly repository: Repository
}

type Services = TestHub["services"] extends Context.Context<infer R> ? R : never

type Attempt = (arena: Arena, by: Principal | null) => Effect.Effect<unknown, { readonly _tag: string }>

export interface Door {
  /** The use case behind it. */
  readonly useCase: string
  /** The ways of it, which all have the same result. */
  readonly attempts: ReadonlyArray<Attempt>
  /** What happens while the name has a branch and no rule. */
  readonly prepare?: (arena: Arena) => Effect.Effect<unknown, unknown>
  /** The attempt leaves the branch where it is, also when it is allowed. */
  readonly aside?: true
}

/**
 * Makes Ada's repository in which the other callers have their roles and Carol may write. The guarded name was at the
 * second commit when it was deleted, unless it exists; `topic` and `spare` are one commit further.
 */
export const arenaOf = Effect.fnUntraced(function* (exists: boolean, rule: Protection, { prepare }: Door) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  const arena: Arena = { hub, repository }
  const asAdmin = openedFor(hub, repository, ada, "admin")
  for (const [{ user }, role] of [
    [bob, "write"],
    [carol, "write"],
    [dora, "read"],
    [erin, "admin"]
  ] as const) {
    yield* at(hub)(ensureUser(user))
    yield* at(hub)(setCollaborator(yield* asAdmin, user, role))
  }
  yield* at(hub)(ensureUser(ada.user))
  yield* pushSteps(hub, repository, "main", [first])
  yield* pushSteps(hub, repository, guarded, [second])
  yield* pushSteps(hub, repository, "topic", [third])
  yield* pushSteps(hub, repository, "spare", [third])
  if (prepare !== undefined) yield* prepare(arena)
  if (!exists) yield* at(hub)(deleteBranch(yield* opened(hub, repository), guarded))
  yield* at(hub)(protectBranch(yield* asAdmin, guarded, rule))
  return arena
})

/** An attempt that opens the repository for this access, as the caller. */
const opening =
  <A extends Access>(
    access: A,
    use: (open: OpenRepository<A>) => Effect.Effect<unknown, { readonly _tag: string }, Services>
  ): Attempt =>
  ({ hub, repository }, by) =>
    Effect.flatMap(openedFor(hub, repository, by, access), (open) => at(hub)(use(open)))

const pushing =
  (pushed: typeof third, force: boolean): Attempt =>
  (arena, by) =>
    by === null
      ? opening("write", () => Effect.void)(arena, by)
      : pushSteps(arena.hub, arena.repository, guarded, [pushed], { by, force })

const sync = opening("write", (open) => {
  const { commit, snapshot, blobs } = third
  return syncPush(open, {
    branch: guarded,
    headCommitId: commit.id,
    force: false,
    expect: undefined,
    commits: [
      {
        commitId: commit.id,
        parentIds: commit.parents,
        message: commit.record.message,
        snapshotId: snapshot.id,
        timestamp: commit.record.committed_at,
        author: commit.record.author
      }
    ],
    snapshots: [snapshot],
    objects: blobs
  })
})

const stream = opening("write", (open) => {
  const { header, objects } = mpackOf(open.id, [third], { branch: guarded, force: false, head: third.commit.id })
  return Effect.scoped(pushMpack(open, writeMpack(header, objects)))
})

const committing = (from?: string) =>
  opening("write", (open) => {
    const changes = [{ op: "put", path: "new", content: new Uint8Array([1]) } as const]
    return commitFiles(open, { branch: guarded, message: "", changes, from })
  })

/** A merge, by each strategy, of the proposal to bring `topic`, which Ada pushed and proposed. */
const merging = (approvedBy?: Principal): Door => ({
  useCase: "mergeProposal",
  prepare: Effect.fnUntraced(function* ({ hub, repository }) {
    const proposal = { title: ProposalTitle.make("t"), body: Discourse.make(""), from: "topic", to: guarded }
    const { number } = yield* at(hub)(openProposal(yield* openedFor(hub, repository, ada, "participate"), proposal))
    if (approvedBy === undefined) return
    const open = yield* openedFor(hub, repository, approvedBy, "participate")
    yield* at(hub)(reviewProposal(open, number, { verdict: "approve", body: Discourse.make("") }))
  }),
  attempts: MergeStrategy.literals.map((strategy) =>
    opening("write", (open) => mergeProposal(open, ProposalNumber.make(1), { strategy }))
  )
})

const tagging = opening("write", (open) =>
  storeTags(open, [
    {
      tag_id: TagId.make("00000000-0000-4000-8000-000000000001"),
      repo_id: open.id,
      commit_id: third.commit.id,
      tag: guarded,
      created_at: committedAt
    }
  ])
)

const releasing = opening("write", (open) =>
  publishRelease(open, {
    release_id: ReleaseId.make("00000000-0000-4000-8000-000000000002"),
    repo_id: open.id,
    tag: "v1.0.0",
    semver: { major: 1, minor: 0, patch: 0, pre: "", build: "" },
    channel: "stable",
    commit_id: third.commit.id,
    snapshot_id: third.snapshot.id,
    title: guarded,
    body: "",
    changelog: [],
    agent_id: "",
    model_id: "",
    is_draft: false,
    gpg_signature: "",
    created_at: committedAt
  })
)

/** All doors, by the name that the page gives them. */
export const doors: { readonly [door: string]: Door } = {
  "a push": { useCase: "push", attempts: [pushing(third, false)] },
  "a forced push that drops commits": { useCase: "push", attempts: [pushing(aside, true)] },
  "a push as an mpack stream": { useCase: "pushMpack", attempts: [stream] },
  "a JSON sync": { useCase: "syncPush", attempts: [sync] },
  "a commit of files": { useCase: "commitFiles", attempts: [committing()] },
  "a commit of files with `from`": { useCase: "commitFiles", attempts: [committing("main")] },
  "creating the branch": {
    useCase: "createBranch",
    attempts: [opening("write", (open) => createBranch(open, { name: guarded, from: "topic" }))]
  },
  "renaming a branch onto it": {
    useCase: "renameBranch",
    attempts: [opening("write", (open) => renameBranch(open, "spare", guarded))]
  },
  "renaming it away": {
    useCase: "renameBranch",
    attempts: [opening("write", (open) => renameBranch(open, guarded, "elsewhere"))]
  },
  "deleting it": { useCase: "deleteBranch", attempts: [opening("write", (open) => deleteBranch(open, guarded))] },
  "restoring an earlier head": {
    useCase: "restoreBranch",
    prepare: ({ hub, repository }) => pushSteps(hub, repository, guarded, [third]),
    attempts: [opening("write", (open) => restoreBranch(open, guarded, { commit: second.commit.id }))]
  },
  "a merge": merging(),
  "a merge approved by its author": merging(ada),
  "a merge approved by another": merging(carol),
  "changing the rule": {
    useCase: "protectBranch",
    aside: true,
    attempts: [opening("admin", (open) => protectBranch(open, guarded, { approvals: 2, selfApproval: false }))]
  },
  "removing the rule": {
    useCase: "unprotectBranch",
    aside: true,
    attempts: [opening("admin", (open) => unprotectBranch(open, guarded))]
  },
  "making it the default branch": {
    useCase: "changeSettings",
    aside: true,
    attempts: [opening("admin", (open) => changeSettings(open, { defaultBranch: guarded }))]
  },
  "a tag of the same name": { useCase: "storeTags", aside: true, attempts: [tagging] },
  "a release": { useCase: "publishRelease", aside: true, attempts: [releasing] },
  "a fork": {
    useCase: "forkRepository",
    aside: true,
    attempts: [opening("read", (open) => forkRepository(open, { name: RepositoryName.make("copy") }))]
  },
  "offering the repository to another user": {
    useCase: "offerTransfer",
    aside: true,
    attempts: [opening("admin", (open) => offerTransfer(open, carol.user))]
  },
  "accepting the repository, offered to the caller": {
    useCase: "acceptTransfer",
    aside: true,
    attempts: [
      Effect.fnUntraced(function* (arena, by) {
        if (by !== null) yield* opening("admin", (open) => offerTransfer(open, by.user))(arena, ada)
        yield* opening("participate", (open) => acceptTransfer(open))(arena, by)
      })
    ]
  }
}

/** What else moves roots, or helps to, and why it needs no row. */
export const elsewhere: { readonly [name: string]: string } = {
  moveRoot: "moves the root for the others",
  layer: "merges packs beside the requests",
  mergePacks: "names other packs with the same objects; its branches stay",
  copyPack: "reads a pack for `mergePacks`, `dropObjects` and `replaceDamaged`",
  isUndisturbed: "compares two roots for those",
  dropObjects: "names other packs without what nothing leads to; its branches stay",
  putBack: "names packs of what its history lost; its branches stay, as the operator",
  replaceDamaged: "names other packs without what is lost; its branches stay, as the operator",
  lacksNothing: "says for that whether anything is missed",
  repair: "does both, and moves no branch",
  verifyHub: "repairs so if the operator asks for it",
  repositoriesNamed: "reads names for `verifyHub`",
  verifyNoted: "does what `verifyHub` does",
  addingRun: "adds to a note for `verifyNoted`",
  lastVerification: "reads that note",
  drillHub: "verifies without a repair",
  lastDrill: "reads a note",
  repositoriesCalled: "reads names for `adoptHub`",
  estimateAdoption: "reads the sizes of a legacy hub",
  estimateImport: "reads a file, and verifies it",
  hubHealth: "reads notes",
  repositoryHealth: "reads notes",
  status: "reads notes",
  pendingWork: "reads the index for `status`",
  applyGc: "deletes what no root names, as the operator",
  erase: "deletes a repository that was deleted before; no branch of it can be seen, as the operator",
  collectEvery: "plans and applies like the operator, as often as it is told to",
  adoptHub: "brings what a legacy hub has, as the operator",
  adoptRepository: "does that for one repository; in one that was changed here branches come and move forward alone",
  uploadBlobs: "puts back lost blobs, which changes no branch",
  moveToName: "gives the repository another name for `changeSettings` and `acceptTransfer`",
  moveBranch: "moves the branch for `push` and `pushMpack`",
  checkTarget: "refuses early for `push` and `pushMpack`",
  establish: "makes the repository for `createRepository` and `forkRepository`",
  checkCreator: "refuses early for those and `acceptTransfer`",
  createRepository: "makes a repository, which has no rule yet",
  importHistory: "makes a repository, which has no rule yet",
  tagCommit: "makes a tag for `storeTags`",
  openProposal: "lists a proposal",
  closeProposal: "lists a proposal no longer",
  reopenProposal: "lists a proposal again",
  setArchived: "archives the repository or brings it back; its branches stay",
  deleteRepository: "hides the repository whole; its branches stay, and come back with it",
  undeleteRepository: "brings the repository back with the branches that it had",
  listCollaborators: "reads",
  setCollaborator: "gives a role, with admin access",
  removeCollaborator: "takes a role, with admin access",
  withdrawTransfer: "takes an offer back, as the owner",
  deleteTag: "takes away a tag, which holds no branch",
  deleteRelease: "takes away a release, which holds no branch"
}
