/** `.musegovernance.json` at the head of the target stops merges by its rules, and nothing but a merge gets past it. */
import { assert, describe, it } from "@effect/vitest"
import { servedBytes } from "@musehub/domain/invariant/servedObjects"
import { decodeDocument } from "@musehub/domain/reading/document/DocumentKind"
import { DocumentReader, layer as documentReader } from "@musehub/domain/reading/document/DocumentReader"
import { governanceKind } from "@musehub/domain/reading/document/Governance"
import { Discourse, type MergeStrategy, type ProposalNumber, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Repository } from "@musehub/domain/repository/Root"
import { protectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { previewMerge } from "@musehub/domain/usecase/merges/previewMerge"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { Effect } from "effect"
import {
  ada,
  at,
  bob,
  headsOf,
  newRepository,
  opened,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  type TestHub,
  textBlob
} from "../support/hubSamples.ts"

const carol = person("carol")
const path = governanceKind.path

/** A repository of Ada's, to which Bob and Carol may write, with these files on `main`. */
const governed = Effect.fnUntraced(function* (document: unknown, more: { readonly [path: string]: string } = {}) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  const files = {
    "songs/a": "a\n",
    ...more,
    [path]: typeof document === "string" ? document : JSON.stringify(document)
  }
  const first = step("first", files)
  yield* pushSteps(hub, repository, "main", [first])
  for (const { user } of [bob, carol]) {
    yield* at(hub)(ensureUser(user))
    yield* at(hub)(setCollaborator(yield* openedFor(hub, repository, ada, "admin"), user, "write"))
  }
  /** Proposes these files on a branch. */
  const propose = Effect.fnUntraced(function* (branch: string, changed: { readonly [path: string]: string }) {
    yield* pushSteps(hub, repository, branch, [step(branch, { ...files, ...changed }, [first], { branch })], {
      by: bob
    })
    const body = Discourse.make("")
    const { number } = yield* at(hub)(
      openProposal(yield* openedFor(hub, repository, bob, "participate"), {
        title: ProposalTitle.make(branch),
        body,
        from: branch,
        to: "main"
      })
    )
    return number
  })
  return { hub, repository, propose }
})

const merge = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  number: ProposalNumber,
  strategy: MergeStrategy = "squash"
) {
  return yield* at(hub)(mergeProposal(yield* opened(hub, repository), number, { strategy }))
})

const approve = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  number: ProposalNumber,
  by: Principal,
  verdict: "approve" | "request_changes" = "approve"
) {
  const open = yield* openedFor(hub, repository, by, "participate")
  yield* at(hub)(reviewProposal(open, number, { verdict, body: Discourse.make("") }))
})

const preview = Effect.fnUntraced(function* (hub: TestHub, repository: Repository, number: ProposalNumber) {
  const { governance } = yield* at(hub)(previewMerge(yield* openedFor(hub, repository, null, "read"), number))
  return governance
})

describe("a governance rule", () => {
  it.effect("stops a merge with its name until its reviewers approve the present head", () =>
    Effect.gen(function* () {
      const { hub, propose, repository } = yield* governed({
        rules: [{ name: "songs", paths: ["songs/*"], reviewers: ["ada", "bob"], strategies: ["squash", "rebase"] }]
      })
      const before = yield* headsOf(hub, repository)
      const number = yield* propose("topic", { "songs/a": "b\n" })
      const refused = Effect.fnUntraced(function* (reason: string, strategy?: MergeStrategy) {
        const error = yield* Effect.flip(merge(hub, repository, number, strategy))
        assert(error._tag === "RuleUnmet", error._tag)
        assert.deepStrictEqual([error.rule, error.path], ["songs", "songs/a"])
        assert.include(error.message, reason)
      })
      yield* refused("asks for 1 approval(s) of its present head by ada, bob, not by its author, and has 0")
      yield* approve(hub, repository, number, bob)
      yield* approve(hub, repository, number, carol)
      const [rule] = (yield* preview(hub, repository, number)).rules
      assert.strictEqual(rule?.given, 0, "the approvals of the author and of who is no reviewer do not count")
      yield* refused("and has 0")
      yield* approve(hub, repository, number, ada)
      yield* approve(hub, repository, number, carol, "request_changes")
      yield* refused("waits while changes are requested by carol")
      yield* approve(hub, repository, number, carol)
      yield* refused("lets it land only by squash, rebase", "merge_commit")
      assert.deepStrictEqual(yield* preview(hub, repository, number), {
        rules: [
          {
            name: "songs",
            path: "songs/a",
            approvals: 1,
            reviewers: [ada.user, bob.user],
            strategies: ["squash", "rebase"],
            given: 1,
            refusal: null
          }
        ],
        invalid: null,
        landing: null
      })
      assert.strictEqual((yield* headsOf(hub, repository))["main"], before["main"])
      yield* merge(hub, repository, number)
    })
  )

  it.effect("is for the paths that a merge changes", () =>
    Effect.gen(function* () {
      const { hub, propose, repository } = yield* governed(
        { rules: [{ paths: ["notes/*"], approvals: 2 }] },
        { "notes/n": "n" }
      )
      yield* merge(hub, repository, yield* propose("other", { "songs/a": "b\n" }), "merge_commit")
      const number = yield* propose("topic", { "notes/m": "m" })
      const error = yield* Effect.flip(merge(hub, repository, number))
      assert(error._tag === "RuleUnmet", error._tag)
      assert.strictEqual(error.rule, "rule 1")
      assert.deepInclude(error, { path: "notes/m", needed: 2, given: 0 })
    })
  )

  it.effect("is read at the target: what a proposal does to the document holds after it", () =>
    Effect.gen(function* () {
      const { hub, propose, repository } = yield* governed({ rules: [{ name: "all", paths: ["*"], approvals: 1 }] })
      for (const [branch, document] of [
        ["emptied", '{"rules": []}'],
        ["weakened", '{"rules": [{"paths": ["*"], "approvals": 0}]}']
      ] as const) {
        const error = yield* Effect.flip(merge(hub, repository, yield* propose(branch, { [path]: document })))
        assert(error._tag === "RuleUnmet", error._tag)
        assert.strictEqual(error.rule, "all")
      }
    })
  )

  it.effect("of a document that is not valid does not hold, which is said; a merge lands no such document", () =>
    Effect.gen(function* () {
      const { hub, propose, repository } = yield* governed('{"rules": [{"paths": ["*"], "approval": 1}]}')
      const number = yield* propose("topic", { "songs/a": "b\n" })
      const wrong = ".musegovernance.json: rules[0].approval is not a known field"
      const { invalid, rules } = yield* preview(hub, repository, number)
      assert.include(invalid, wrong)
      assert.deepStrictEqual(rules, [])
      const broken = yield* propose("broken", { [path]: "{" })
      assert.include((yield* preview(hub, repository, broken)).landing, ".musegovernance.json: ")
      const error = yield* Effect.flip(merge(hub, repository, broken))
      assert.strictEqual(error._tag, "GovernanceInvalid")
      assert.include((yield* merge(hub, repository, number)).governanceInvalid, wrong)
    })
  )

  it.effect("cannot be taken away by a push to a protected target", () =>
    Effect.gen(function* () {
      const { hub, propose, repository } = yield* governed({ rules: [{ name: "all", paths: ["*"], approvals: 1 }] })
      const open = yield* openedFor(hub, repository, ada, "admin")
      yield* at(hub)(protectBranch(open, "main", { approvals: 1, selfApproval: true }))
      const number = yield* propose("topic", { "songs/a": "b\n" })
      for (const force of [false, true]) {
        const damage = step("damage", { "songs/a": "a\n", [path]: "{" })
        const refused = yield* Effect.flip(pushSteps(hub, repository, "main", [damage], { by: bob, force }))
        assert.include(["BranchProtected", "NonFastForward"], refused._tag)
      }
      yield* approve(hub, repository, number, bob)
      const error = yield* Effect.flip(merge(hub, repository, number))
      assert(error._tag === "RuleUnmet", "protection counts the author's approval, and the rule does not")
      yield* approve(hub, repository, number, carol)
      yield* merge(hub, repository, number)
    })
  )
})

describe("documents in memory", () => {
  it.effect("are decoded once for each blob of a repository", () =>
    Effect.gen(function* () {
      const text = '{"rules": []}'
      const { hub, repository } = yield* governed(text)
      const { id } = textBlob(text)
      const key = { repository: repository.id, type: "blob", id } as const
      const decoded = decodeDocument(governanceKind, yield* at(hub)(servedBytes(key)))
      const { of } = yield* DocumentReader
      const first = yield* at(hub)(of(governanceKind, repository.id, id))
      assert.deepStrictEqual(first, decoded)
      assert.strictEqual(yield* at(hub)(of(governanceKind, repository.id, id)), first)
    }).pipe(Effect.provide(documentReader))
  )
})
