/** Organisations: rights by teams, from `members.json` of `<handle>/identity`, in memory. */
import { assert, describe, it } from "@effect/vitest"
import { elementAt } from "@musehub/domain/base/expected"
import { packKey } from "@musehub/domain/invariant/packs/PackReads"
import { Sha256 } from "@musehub/domain/object/Id"
import type { Sealed } from "@musehub/domain/port/ObjectStore"
import { Description, Domain, RepositoryName, Slug } from "@musehub/domain/repository/Names"
import { Discourse, ProposalTitle } from "@musehub/domain/repository/Proposal"
import type { Role } from "@musehub/domain/repository/Root"
import { layer as organizations } from "@musehub/domain/usecase/access/Organizations"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { protectBranch, unprotectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import { mergeProposal } from "@musehub/domain/usecase/merges/mergeProposal"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { reviewProposal } from "@musehub/domain/usecase/proposals/reviewProposal"
import { createRepository } from "@musehub/domain/usecase/repositories/createRepository"
import { visibleRepositories } from "@musehub/domain/usecase/repositories/visibleRepositories"
import { Context, Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { callCount } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
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
  type Step,
  step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { memoryIndex } from "../support/rootSamples.ts"

const carol = person("carol")

/** A hub with organisations, over the given store and index. */
const organized = Effect.fnUntraced(function* (shared: Parameters<typeof startHub>[0] = {}) {
  const hub = yield* startHub(shared)
  const built = yield* Layer.build(Layer.fresh(organizations).pipe(Layer.provide(Layer.succeedContext(hub.services))))
  const joined: TestHub = { ...hub, services: Context.merge(hub.services, built) }
  return joined
})

/** What Bob may do by the team `band`. */
const members = (role: Role = "write", slug = "engine"): object => ({
  members: [{ user: "bob", role: "member", teams: ["band"] }],
  teams: [{ name: "band", grants: [{ slug, role }] }]
})

const newIdentity = Effect.fnUntraced(function* (hub: TestHub, by: Principal = ada, domain = "identity") {
  return yield* at(hub)(
    createRepository(by, {
      owner: by.user,
      name: RepositoryName.make("identity"),
      visibility: "private",
      description: Description.make(""),
      domain: Domain.make(domain),
      defaultBranch: "main",
      initialize: false
    })
  )
})

/** Ada's private repository, and her identity with this document on a protected branch. */
const started = Effect.fnUntraced(function* (document: unknown = members()) {
  const hub = yield* organized()
  const repository = yield* newRepository(hub, "engine", { visibility: "private", initialize: true })
  const identity = yield* newIdentity(hub)
  let last: ReadonlyArray<Step> = []
  const write = Effect.fnUntraced(function* (next: unknown) {
    const text = typeof next === "string" ? next : JSON.stringify(next)
    const commit = step(`members ${last.length}`, { "members.json": text }, last)
    yield* pushSteps(hub, identity, "main", [commit])
    last = [commit]
  })
  yield* write(document)
  const admin = yield* openedFor(hub, identity, ada, "admin")
  yield* at(hub)(protectBranch(admin, "main", { approvals: 0, selfApproval: true }))
  return { hub, repository, identity, write, admin }
})

type Started = Effect.Success<ReturnType<typeof started>>

/** What a caller may do, as the policy and the list of repositories say. */
const rightsOf = Effect.fnUntraced(function* ({ hub, repository }: Pick<Started, "hub" | "repository">, by: Principal) {
  const rights: Array<string> = []
  for (const access of ["read", "write", "admin"] as const) {
    const found = yield* Effect.result(openedFor(hub, repository, by, access))
    if (Result.isSuccess(found)) rights.push(access)
    else assert.include(["Forbidden", "RepositoryUnknown"], found.failure._tag)
  }
  for (const owner of [undefined, repository.owner]) {
    const { items } = yield* at(hub)(visibleRepositories(by, { owner }, { limit: 10 }))
    const isListed = items.some(({ id }) => id === repository.id)
    assert.strictEqual(isListed, rights.includes("read"), "lists agree with the policy")
  }
  return rights.join(" ")
})

describe("a member of a team", () => {
  it.effect.each([
    ["read", "read"],
    ["write", "read write"],
    ["admin", "read write admin"]
  ] as const)("with %s may %s, and sees the repository in lists; nobody else does", ([role, rights]) =>
    Effect.gen(function* () {
      const given = yield* started(members(role))
      assert.strictEqual(yield* rightsOf(given, bob), rights)
      assert.strictEqual(yield* rightsOf(given, carol), "")
      const elsewhere = person("bob", { repository: given.identity.id })
      assert.strictEqual(yield* rightsOf(given, elsewhere), "", "a token for another repository has no team")
      const reading = person("bob", { scope: "read" })
      assert.strictEqual(yield* rightsOf(given, reading), "read", "a token has no more than its scope")
    })
  )

  it.effect("pushes, and loses the right at once when removed, in the middle of a push too", () =>
    Effect.gen(function* () {
      const given = yield* started()
      const { hub, repository, write } = given
      yield* pushSteps(hub, repository, "topic", [step("one", { a: "a" }, [], { branch: "topic" })], { by: bob })
      const meanwhile = Effect.orDie(write({ members: [], teams: [] }))
      const late = step("two", { a: "b" }, [], { branch: "late" })
      const refused = yield* Effect.flip(pushSteps(hub, repository, "late", [late], { by: bob, meanwhile }))
      assert.strictEqual(refused._tag, "AccessLost")
      assert.strictEqual(yield* rightsOf(given, bob), "")
    })
  )

  it.effect("has the rights again after the index was lost, and while it is away", () =>
    Effect.gen(function* () {
      const given = yield* started()
      const away = withoutIndex(given.hub)
      assert.isFalse((yield* openedFor(away, given.repository, bob, "read")).indexed)
      const { items } = yield* at(away)(visibleRepositories(bob, {}, { limit: 10 }))
      assert.deepStrictEqual(
        items.map(({ id }) => id),
        [given.repository.id]
      )
      const hub = yield* organized({ store: given.hub.store, index: yield* memoryIndex })
      const open = yield* openedFor(hub, given.repository, bob, "write")
      assert.strictEqual(open.id, given.repository.id)
      yield* openedFor(hub, given.identity, ada, "read")
      assert.strictEqual(yield* rightsOf({ ...given, hub }, bob), "read write")
    })
  )

  it.effect("has the rights again, in lists too, once a pack of the identity is put back that was gone", () =>
    Effect.gen(function* () {
      const given = yield* started()
      const { index, store } = given.hub
      const { items } = yield* store.list(given.identity.id, "pack", { limit: 10 })
      const keys = items.map(({ id }) => packKey(given.identity.id, Sha256.make(id)))
      const contents = yield* Effect.forEach(keys, (key) => store.get(key))
      yield* Effect.forEach(keys, (key) => store.delete(key))
      const hub = yield* organized({ store, index })
      assert.strictEqual(yield* rightsOf({ ...given, hub }, bob), "")
      for (const [place, { id }] of keys.entries()) {
        const content = elementAt(contents, place)
        yield* store.put(given.identity.id, {
          type: "pack",
          id,
          size: content.byteLength,
          sha256: id,
          content
        } as Sealed)
      }
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* rightsOf({ ...given, hub }, bob), "read write")
    })
  )

  it.effect("approves what a protected branch and a rule of the repository ask for", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* started()
      const admin = yield* openedFor(hub, repository, ada, "admin")
      const rules = JSON.stringify({ rules: [{ name: "band", paths: ["*"], reviewers: ["@ada/band"] }] })
      const first = step("first", { ".musegovernance.json": rules })
      yield* pushSteps(hub, repository, "main", [first], { force: true })
      yield* at(hub)(protectBranch(admin, "main", { approvals: 1, selfApproval: true }))
      const files = { ".musegovernance.json": rules, song: "s" }
      yield* pushSteps(hub, repository, "topic", [step("topic", files, [first], { branch: "topic" })])
      const [title, body] = [ProposalTitle.make("A song"), Discourse.make("")]
      const { number } = yield* at(hub)(
        openProposal(yield* openedFor(hub, repository, ada, "participate"), { title, body, from: "topic", to: "main" })
      )
      const merge = Effect.flatMap(opened(hub, repository), (open) =>
        at(hub)(mergeProposal(open, number, { strategy: "squash" }))
      )
      const review = (by: Principal) =>
        Effect.flatMap(openedFor(hub, repository, by, "participate"), (open) =>
          at(hub)(reviewProposal(open, number, { verdict: "approve", body }))
        )
      assert.strictEqual((yield* Effect.flip(merge))._tag, "ApprovalsMissing")
      yield* review(ada)
      assert.strictEqual((yield* Effect.flip(merge))._tag, "RuleUnmet")
      yield* review(bob)
      yield* merge
    })
  )
})

describe("a stranger", () => {
  it.effect("reads as much for a private repository of an organisation as for one that does not exist", () =>
    Effect.gen(function* () {
      const given = yield* started()
      const count = callCount()
      const hub = yield* organized({ store: interposed(given.hub.store, count.interpose), index: given.hub.index })
      const ghost = { ...given.repository, slug: Slug.make("ghost") }
      const readsOf = Effect.fnUntraced(function* (repository: typeof given.repository) {
        count.reset()
        yield* Effect.flip(openedFor(hub, repository, carol, "read"))
        return count.of("documents.read").length
      })
      yield* readsOf(given.repository)
      assert.strictEqual(yield* readsOf(ghost), yield* readsOf(given.repository))
    })
  )
})

describe("members.json", () => {
  const broken: ReadonlyArray<readonly [why: string, document: unknown]> = [
    ["is no JSON", "{"],
    ["gives a role in identity itself", members("admin", "identity")],
    [
      "names a user twice",
      { ...members(), members: Array.from({ length: 2 }, () => ({ user: "bob", role: "member", teams: ["band"] })) }
    ],
    ["names a team that is not there", { ...members(), teams: [] }],
    ["has a field that nobody knows", { ...members(), owners: [] }],
    ["has a role that nobody knows", members("owner" as Role)]
  ]

  it.effect.each(broken)("gives nothing while it %s", ([, document]) =>
    Effect.gen(function* () {
      const given = yield* started(document)
      assert.strictEqual(yield* rightsOf(given, bob), "")
      assert.strictEqual(yield* rightsOf(given, ada), "read write admin")
      yield* given.write(members())
      assert.strictEqual(yield* rightsOf(given, bob), "read write")
    })
  )

  it.effect("holds on a protected default branch alone, which no forced push moves back", () =>
    Effect.gen(function* () {
      const given = yield* started()
      const { admin, hub, identity } = given
      const rewritten = step("rewritten", { "members.json": JSON.stringify(members("admin")) })
      const refused = yield* Effect.flip(pushSteps(hub, identity, "main", [rewritten], { force: true }))
      assert.strictEqual(refused._tag, "BranchProtected")
      assert.strictEqual(yield* rightsOf(given, bob), "read write")
      yield* at(hub)(unprotectBranch(admin, "main"))
      assert.strictEqual(yield* rightsOf(given, bob), "")
      yield* pushSteps(hub, identity, "main", [rewritten], { force: true })
      assert.strictEqual(yield* rightsOf(given, bob), "")
    })
  )

  it.effect("holds for repositories of its own handle, in the domain of identities, at a hub that is told so", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* started({ members: [], teams: [] })
      yield* at(hub)(ensureUser(bob.user))
      const evil = yield* newIdentity(hub, bob)
      yield* pushSteps(hub, evil, "main", [step("evil", { "members.json": JSON.stringify(members("admin")) })], {
        by: bob
      })
      const admin = yield* openedFor(hub, evil, bob, "admin")
      yield* at(hub)(protectBranch(admin, "main", { approvals: 0, selfApproval: true }))
      assert.strictEqual(yield* rightsOf({ hub, repository }, bob), "")

      const off = yield* started()
      const plain = yield* startHub({ store: off.hub.store, index: off.hub.index })
      assert.strictEqual(yield* rightsOf({ ...off, hub: plain }, bob), "")

      const code = yield* organized()
      const engine = yield* newRepository(code, "engine", { visibility: "private" })
      const project = yield* newIdentity(code, ada, "code")
      yield* pushSteps(code, project, "main", [step("members", { "members.json": JSON.stringify(members()) })])
      const ofProject = yield* openedFor(code, project, ada, "admin")
      yield* at(code)(protectBranch(ofProject, "main", { approvals: 0, selfApproval: true }))
      assert.strictEqual(yield* rightsOf({ hub: code, repository: engine }, bob), "")
    })
  )
})
