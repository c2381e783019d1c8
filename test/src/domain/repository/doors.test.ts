/**
 * The doors to a protected name: every use case that can bring content under it, for each role and each rule, and what
 * must come of it. The rule guards the name, so it holds for a branch that does not exist yet as well.
 */
import { assert, describe, it } from "@effect/vitest"
import { Discourse, type MergeStrategy, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { headOf, type Repository } from "@musehub/domain/repository/Root"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { protectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import { commitFiles } from "@musehub/domain/usecase/commits/commitFiles"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { pushMpack } from "@musehub/domain/usecase/push/pushMpack"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { syncPush } from "@musehub/domain/usecase/sync/syncPush"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Effect, Exit } from "effect"
import { globSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { mpackOf } from "../../e2e/muse/mpackOf.ts"
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
  type TestHub
} from "../support/hubSamples.ts"

const carol = person("carol")
const dora = person("dora")

const first = step("first", { song: "one" })
const second = step("second", { song: "two" }, [first])
const third = step("third", { song: "three" }, [second])
const aside = step("aside", { song: "aside" }, [first])

interface Arena {
  readonly hub: TestHub
  readonly repository: Repository
}

const asAdmin = ({ hub, repository }: Arena) => openedFor(hub, repository, ada, "admin")

/**
 * Ada's repository: bob and carol may write, dora may read. `kept` is protected, and was at the second commit when it
 * was deleted, unless it exists; `topic` is one commit further.
 */
const arenaOf = Effect.fnUntraced(function* (exists: boolean, approvals: number) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  const arena: Arena = { hub, repository }
  for (const [{ user }, role] of [
    [bob, "write"],
    [carol, "write"],
    [dora, "read"]
  ] as const) {
    yield* at(hub)(ensureUser(user))
    yield* at(hub)(setCollaborator(yield* asAdmin(arena), user, role))
  }
  yield* pushSteps(hub, repository, "main", [first])
  yield* pushSteps(hub, repository, "kept", [second])
  yield* pushSteps(hub, repository, "topic", [third])
  yield* pushSteps(hub, repository, "spare", [third])
  if (!exists) yield* at(hub)(deleteBranch(yield* opened(hub, repository), "kept"))
  yield* at(hub)(protectBranch(yield* asAdmin(arena), "kept", { approvals, selfApproval: true }))
  return arena
})

type Attempt = (arena: Arena, by: Principal) => Effect.Effect<unknown, { readonly _tag: string }>

const sync: Attempt = ({ hub, repository }, by) =>
  Effect.gen(function* () {
    const { commit, snapshot, blobs } = third
    yield* at(hub)(
      syncPush(yield* opened(hub, repository, by), {
        branch: "kept",
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
    )
  })

const stream: Attempt = ({ hub, repository }, by) =>
  Effect.gen(function* () {
    const push = { branch: "kept", force: false, head: third.commit.id }
    const { header, objects } = mpackOf(repository.id, [third], push)
    yield* at(hub)(pushMpack(yield* opened(hub, repository, by), writeMpack(header, objects)))
  }).pipe(Effect.scoped)

const commit =
  (from?: string): Attempt =>
  ({ hub, repository }, by) =>
    Effect.gen(function* () {
      const changes = [{ op: "put", path: "new", content: new Uint8Array([1]) } as const]
      const open = yield* opened(hub, repository, by)
      yield* at(hub)(commitFiles(open, { branch: "kept", message: "", changes, from }))
    })

const merge =
  (strategy: MergeStrategy, approved: boolean): Attempt =>
  ({ hub, repository }, by) =>
    Effect.gen(function* () {
      const proposing = { title: ProposalTitle.make("t"), body: Discourse.make(""), from: "topic", to: "kept" }
      const { number } = yield* at(hub)(openProposal(yield* openedFor(hub, repository, ada, "participate"), proposing))
      if (approved) {
        const open = yield* openedFor(hub, repository, carol, "participate")
        yield* at(hub)(reviewProposal(open, number, { verdict: "approve", body: Discourse.make("") }))
      }
      yield* at(hub)(mergeProposal(yield* opened(hub, repository, by), number, { strategy }))
    })

/** What comes of an attempt: `moves`, or the tag of the refusal. */
type Result = string

/** By whether `kept` exists; where it cannot come to the attempt, the case is left out. */
interface Expected {
  /** The rule asks for one approval: by a writer, and by an admin. */
  readonly approvals: readonly [writer: Result, admin: Result]
  /** The rule asks for none: the branch only moves forward. */
  readonly forward: readonly [writer: Result, admin: Result]
}

const never = (tag: Result): Expected => ({ approvals: [tag, tag], forward: [tag, tag] })
const byProposalOnly: Expected = {
  approvals: ["BranchProtected", "BranchProtected"],
  forward: ["moves", "moves"]
}
const firstByAdmin: Expected = { approvals: ["BranchProtected", "moves"], forward: ["moves", "moves"] }
const approvedOnly: Expected = { approvals: ["ApprovalsMissing", "ApprovalsMissing"], forward: ["moves", "moves"] }
const always = never("moves")

interface Door {
  /** The use case, as a file below `usecase`. */
  readonly file: string
  readonly attempt: Attempt
  readonly exists?: Expected
  readonly absent?: Expected
}

const doors: { readonly [door: string]: Door } = {
  "a push": {
    file: "push/push.ts",
    attempt: ({ hub, repository }, by) => pushSteps(hub, repository, "kept", [third], { by }),
    exists: byProposalOnly,
    absent: firstByAdmin
  },
  "a forced push that drops commits": {
    file: "push/push.ts",
    attempt: ({ hub, repository }, by) => pushSteps(hub, repository, "kept", [aside], { by, force: true }),
    exists: never("BranchProtected"),
    absent: firstByAdmin
  },
  "a push as an mpack stream": {
    file: "push/pushMpack.ts",
    attempt: stream,
    exists: byProposalOnly,
    absent: firstByAdmin
  },
  "a JSON sync": { file: "sync/syncPush.ts", attempt: sync, exists: byProposalOnly, absent: firstByAdmin },
  "a commit of files": { file: "commits/commitFiles.ts", attempt: commit(), exists: byProposalOnly },
  "a commit of files on a new branch": {
    file: "commits/commitFiles.ts",
    attempt: commit("main"),
    absent: firstByAdmin
  },
  "creating the branch": {
    file: "branches/createBranch.ts",
    attempt: ({ hub, repository }, by) =>
      Effect.flatMap(opened(hub, repository, by), (open) =>
        at(hub)(createBranch(open, { name: "kept", from: "topic" }))
      ),
    exists: never("BranchExists"),
    absent: firstByAdmin
  },
  "renaming a branch onto it": {
    file: "branches/renameBranch.ts",
    attempt: ({ hub, repository }, by) =>
      Effect.flatMap(opened(hub, repository, by), (open) => at(hub)(renameBranch(open, "spare", "kept"))),
    exists: never("BranchExists"),
    absent: firstByAdmin
  },
  "renaming it away": {
    file: "branches/renameBranch.ts",
    attempt: ({ hub, repository }, by) =>
      Effect.flatMap(opened(hub, repository, by), (open) => at(hub)(renameBranch(open, "kept", "elsewhere"))),
    exists: never("BranchProtected")
  },
  "deleting it": {
    file: "branches/deleteBranch.ts",
    attempt: ({ hub, repository }, by) =>
      Effect.flatMap(opened(hub, repository, by), (open) => at(hub)(deleteBranch(open, "kept"))),
    exists: never("BranchProtected")
  },
  "restoring it after a deletion": {
    file: "branches/restoreBranch.ts",
    attempt: ({ hub, repository }, by) =>
      Effect.flatMap(opened(hub, repository, by), (open) =>
        at(hub)(restoreBranch(open, "kept", { commit: second.commit.id }))
      ),
    absent: firstByAdmin
  },
  "a merge by merge_commit": merging("merge_commit", false),
  "a merge by squash": merging("squash", false),
  "a merge by rebase": merging("rebase", false),
  "a merge by fast-forward": merging("fast_forward_only", false),
  "an approved merge by merge_commit": merging("merge_commit", true),
  "an approved merge by squash": merging("squash", true),
  "an approved merge by rebase": merging("rebase", true),
  "an approved merge by fast-forward": merging("fast_forward_only", true)
}

function merging(strategy: MergeStrategy, approved: boolean): Door {
  return {
    file: "merges/mergeProposal.ts",
    attempt: merge(strategy, approved),
    exists: approved ? always : approvedOnly,
    absent: never("BranchUnknown")
  }
}

/** Use cases that move the root and no branch, and why each needs no row. */
const elsewhere: { readonly [file: string]: string } = {
  "write/moveRoot.ts": "moves the root for the others",
  "branches/protectBranch.ts": "changes the rule itself, with admin access",
  "proposals/openProposal.ts": "lists a proposal",
  "proposals/closeProposal.ts": "lists a proposal no longer",
  "proposals/reopenProposal.ts": "lists a proposal again",
  "repositories/archiveRepository.ts": "archives or brings back the repository, with admin access",
  "repositories/moveToName.ts": "gives the repository another name, with admin access",
  "repositories/transferRepository.ts": "offers the repository to another user, with admin access",
  "repositories/collaborators.ts": "changes grants, with admin access",
  "tags/publishRelease.ts": "names a release; protection is of branches",
  "tags/storeTags.ts": "names a tag; protection is of branches"
}

const useCases = fileURLToPath(new URL("../../../../packages/domain/src/usecase/", import.meta.url))

const outcomeOf = (attempt: Attempt, arena: Arena, by: Principal) =>
  Effect.map(Effect.exit(attempt(arena, by)), (exit) => {
    if (Exit.isSuccess(exit)) return "moves"
    return exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error._tag ?? String(exit.cause)
  })

const keptIn = ({ hub, repository }: Arena) =>
  Effect.map(opened(hub, repository), ({ root }) => headOf(root.value, "kept"))

describe("the doors to a protected name", () => {
  it("each use case that moves a root has a row, or a reason for having none", () => {
    const moving = globSync("**/*.ts", { cwd: useCases }).filter((file) => {
      const text = readFileSync(useCases + file, "utf8")
      return !file.endsWith(".test.ts") && /\bmoveRoot\(|\broots\.move\(|\byield\* push\(/.test(text)
    })
    const rows = new Set([...Object.values(doors).map(({ file }) => file), ...Object.keys(elsewhere)])
    assert.deepStrictEqual(
      moving.filter((file) => !rows.has(file)),
      [],
      "a use case that moves a root is not in the table"
    )
    assert.deepStrictEqual(
      [...rows].filter((file) => !moving.includes(file)),
      [],
      "the table names a use case that moves no root"
    )
  })

  for (const [door, { absent, attempt, exists }] of Object.entries(doors)) {
    for (const [state, expected] of [
      ["an existing branch", exists],
      ["a name without a branch", absent]
    ] as const) {
      if (expected === undefined) continue
      for (const [rule, approvals] of [
        ["that needs an approval", 1],
        ["that only moves forward", 0]
      ] as const) {
        const [writer, admin] = approvals === 1 ? expected.approvals : expected.forward
        for (const [role, by, result] of [
          ["a reader", dora, "Forbidden"],
          ["a writer", bob, writer],
          ["an admin", ada, admin]
        ] as const) {
          it.effect(`${door}: ${state} ${rule}, by ${role}: ${result}`, () =>
            Effect.gen(function* () {
              const arena = yield* arenaOf(state === "an existing branch", approvals)
              const before = yield* keptIn(arena)
              const outcome = yield* outcomeOf(attempt, arena, by)
              // A proposal to a branch that does not exist cannot even be opened, whoever would merge it.
              assert.strictEqual(
                outcome,
                result === "Forbidden" && expected === absent && admin === "BranchUnknown" ? admin : result
              )
              const after = yield* keptIn(arena)
              if (result === "moves") assert.notStrictEqual(after, before)
              else assert.strictEqual(after, before)
            })
          )
        }
      }
    }
  }
})
