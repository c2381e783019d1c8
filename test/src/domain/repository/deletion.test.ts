/** A deleted repository is one that does not exist, keeps its name and its bytes, and comes back as it was. */
import { assert, describe, it } from "@effect/vitest"
import { Audit, type AuditEvent } from "@musehub/domain/port/Audit"
import { Discourse, ProposalTitle } from "@musehub/domain/repository/Proposal"
import { RepositoryName, UserName } from "@musehub/domain/repository/Names"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import { openRepository, openRepositoryById } from "@musehub/domain/usecase/access/openRepository"
import { ownDeletedRepositories } from "@musehub/domain/usecase/operations/deletions"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { requireSameHub } from "@musehub/domain/usecase/operations/requireSameHub"
import { mergePacks } from "@musehub/domain/usecase/packs/mergePacks"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { deleteRepository, undeleteRepository } from "@musehub/domain/usecase/repositories/deleteRepository"
import { visibleRepositories } from "@musehub/domain/usecase/repositories/visibleRepositories"
import { Effect } from "effect"
import { objectFacts } from "../rebuild/assertSameIndex.ts"
import {
  ada,
  at,
  bob,
  clone,
  newRepository,
  openedFor,
  person,
  pushSteps,
  rowsOf,
  startHub,
  step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { chainOf } from "../support/rootSamples.ts"
import { assertSound } from "../verify/verified.ts"

const carol = person("carol")
const first = step("first", { "a.txt": "1" })
const second = step("second", { "a.txt": "2" }, [first])

const remove = (hub: TestHub, repository: Repository) =>
  Effect.flatMap(openedFor(hub, repository, ada, "oversee"), (open) => at(hub)(deleteRepository(open)))

const restore = (hub: TestHub, repository: Repository, by = ada) =>
  Effect.flatMap(openedFor(hub, repository, by, "undelete"), (open) => at(hub)(undeleteRepository(open)))

/** A hub with a repository that has two branches, a role, a proposal and a former name, and another one. */
const begun = Effect.gen(function* () {
  const hub = yield* startHub()
  yield* at(hub)(requireSameHub)
  for (const user of ["ada", "bob", "carol"]) yield* at(hub)(ensureUser(UserName.make(user)))
  const created = yield* newRepository(hub, "former")
  yield* pushSteps(hub, created, "main", [first])
  yield* pushSteps(hub, created, "verse", [second])
  yield* at(hub)(setCollaborator(yield* openedFor(hub, created, ada, "admin"), bob.user, "write"))
  const proposal = { title: ProposalTitle.make("a verse"), body: Discourse.make(""), from: "verse", to: "main" }
  yield* at(hub)(openProposal(yield* openedFor(hub, created, ada, "participate"), proposal))
  const name = RepositoryName.make("songs")
  const repository = yield* at(hub)(changeSettings(yield* openedFor(hub, created, ada, "admin"), { name }))
  const other = yield* newRepository(hub, "other", { initialize: true })
  return { hub, repository, other }
})

/** What a root says, but for which of the repository's roots it is. */
const content = (root: Root) => ({ ...root, changes: [], nonce: "", previous: null, sequence: 0 })

const listed = (hub: TestHub) =>
  Effect.map(at(hub)(visibleRepositories(ada, {}, { limit: 100 })), ({ items }) => items.map(({ slug }) => slug))

/** Asserts that a repository does not exist for anybody, however they ask. */
const assertGone = Effect.fnUntraced(function* (hub: TestHub, { id, owner, slug }: Repository) {
  for (const by of [ada, bob, carol, null]) {
    for (const access of ["read", "oversee", "participate", "upload", "write", "admin"] as const) {
      for (const name of [slug, "former"]) {
        const failed = yield* Effect.flip(at(hub)(openRepository(owner, name, by, access)))
        assert.strictEqual(failed._tag, "RepositoryUnknown", `${access} of ${name}`)
      }
      assert.strictEqual((yield* Effect.flip(at(hub)(openRepositoryById(id, by, access))))._tag, "RepositoryUnknown")
    }
  }
  assert.notInclude(yield* listed(hub), slug)
})

describe("a deleted repository", () => {
  it.effect("is unknown to everybody by every name, with an index, without one, and where that was not told", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const elsewhere = yield* startHub({ store: hub.store })
      yield* at(elsewhere)(rebuildIndex())
      assert.deepStrictEqual(yield* listed(elsewhere), ["other", "songs"])
      assert.deepStrictEqual(yield* remove(hub, repository), repository)
      for (const each of [hub, withoutIndex(hub), elsewhere, yield* startHub({ store: hub.store })]) {
        yield* assertGone(each, repository)
      }
      for (const { index } of [hub, elsewhere]) {
        assert.deepStrictEqual(yield* rowsOf(index, repository.id), { blob: [], snapshot: [], commit: [] })
      }
    })
  )

  it.effect("stays deleted when its index is rebuilt and its packs are merged, and is no finding of verify", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* remove(hub, repository)
      yield* at(hub)(mergePacks(repository.id, 2))
      const fresh = yield* startHub({ store: hub.store })
      yield* at(fresh)(requireSameHub)
      const rebuilt = yield* at(fresh)(rebuildIndex())
      assert.deepInclude(rebuilt, { repositories: 1, losses: 0 })
      yield* assertGone(fresh, repository)
      for (const each of [hub, fresh]) yield* assertSound(each)
    })
  )

  it.effect("keeps its name, which nobody else gets, and a former one is free", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* remove(hub, repository)
      assert.strictEqual((yield* Effect.flip(newRepository(hub, "songs")))._tag, "RepositoryNameTaken")
      yield* newRepository(hub, "former")
      yield* restore(hub, repository)
      yield* clone(hub, repository, [first.commit.id], null)
    })
  )

  it.effect("comes back exactly as it was, at any hub, and goes on", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const before = (yield* openedFor(hub, repository, ada, "read")).root.value
      const facts = yield* objectFacts(hub, repository.id)
      yield* remove(hub, repository)
      const elsewhere = yield* startHub({ store: hub.store })
      assert.deepStrictEqual(yield* restore(elsewhere, repository), repository)
      assert.deepStrictEqual(yield* restore(hub, repository), repository)
      for (const each of [hub, elsewhere]) {
        const open = yield* openedFor(each, repository, bob, "write")
        assert.deepStrictEqual(content(open.root.value), content(before))
        assert.deepStrictEqual(yield* objectFacts(each, repository.id), facts)
        yield* clone(each, repository, [first.commit.id, second.commit.id], null)
      }
      yield* pushSteps(hub, repository, "main", [second], { by: bob })
      const actions = (yield* chainOf(hub.store, repository.id)).flatMap(({ changes }) => changes)
      assert.deepStrictEqual(
        actions.slice(-3).map(({ action }) => action),
        ["delete", "undelete", "push"]
      )
    })
  )

  it.effect("is deleted and restored by administrators alone, and the audit log has that", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      for (const by of [bob, carol]) {
        assert.strictEqual((yield* Effect.flip(openedFor(hub, repository, by, "oversee")))._tag, "Forbidden")
      }
      const events: Array<AuditEvent> = []
      const record = (event: AuditEvent) => Effect.sync(() => void events.push(event))
      const audited = Effect.provideService(Audit, { record })
      yield* audited(remove(hub, repository))
      for (const by of [bob, carol, null]) {
        assert.strictEqual((yield* Effect.flip(openedFor(hub, repository, by, "undelete")))._tag, "RepositoryUnknown")
      }
      yield* audited(restore(hub, repository))
      assert.deepStrictEqual(
        events.map(({ about, action, by, outcome }) => [action, about, by, outcome]),
        [
          ["delete", "ada/songs", "ada", "done"],
          ["undelete", "ada/songs", "ada", "done"]
        ]
      )
    })
  )

  it.effect("is listed for those who can bring it back, and for nobody else", () =>
    Effect.gen(function* () {
      const { hub, other, repository } = yield* begun
      yield* at(hub)(setCollaborator(yield* openedFor(hub, repository, ada, "admin"), bob.user, "admin"))
      for (const each of [repository, other]) yield* remove(hub, each)
      const namesFor = (by: typeof ada) =>
        Effect.map(at(hub)(ownDeletedRepositories(by, {})), ({ items }) =>
          items.map(({ name }) => name.slug).toSorted()
        )
      assert.deepStrictEqual(yield* namesFor(ada), ["other", "songs"])
      assert.deepStrictEqual(yield* namesFor(bob), ["songs"])
      assert.deepStrictEqual(yield* namesFor(carol), [])
      assert.deepStrictEqual(yield* namesFor({ ...ada, scope: "write" }), [])
      yield* restore(hub, repository, bob)
      assert.deepStrictEqual(yield* namesFor(bob), [])
    })
  )

  it.effect("refuses what was under way when it was deleted", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const open = yield* openedFor(hub, repository, ada, "oversee")
      const admin = yield* openedFor(hub, repository, ada, "admin")
      const meanwhile = Effect.orDie(remove(hub, repository))
      const apart = step("apart", { "b.txt": "1" })
      const pushed = yield* Effect.flip(pushSteps(hub, repository, "apart", [apart], { meanwhile }))
      assert.strictEqual(pushed._tag, "AccessLost")
      const changed = yield* Effect.flip(at(hub)(changeSettings(admin, { name: RepositoryName.make("elsewhere") })))
      assert.strictEqual(changed._tag, "AccessLost")
      assert.strictEqual((yield* Effect.flip(at(hub)(deleteRepository(open))))._tag, "AccessLost")
      yield* assertGone(hub, repository)
    })
  )
})
