/**
 * Access: roles, scopes and limits of tokens in one table; tokens that end; repositories that are created whole or not
 * at all. What a caller may not see looks like what does not exist.
 */
import { assert, describe, it } from "@effect/vitest"
import { Roots } from "@musehub/domain/invariant/Roots"
import type { RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { SecretGenerator } from "@musehub/domain/port/SecretGenerator"
import { BranchName, UserName } from "@musehub/domain/repository/Names"
import type { Role, Root, Visibility } from "@musehub/domain/repository/Root"
import { noTeams } from "@musehub/domain/repository/rule/roles"
import type { Scope } from "@musehub/domain/hub/Token"
import {
  authorize,
  Forbidden,
  type Principal,
  RepositoryUnknown,
  Unauthenticated
} from "@musehub/domain/usecase/access/policy"
import { AccessLost, RepositoryNameTaken } from "@musehub/domain/repository/rootErrors"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { removeCollaborator, setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { createOwnToken } from "@musehub/domain/usecase/people/ownTokens"
import { authenticate, createToken, ensureUser, revokeToken, TokenUnknown } from "@musehub/domain/usecase/people/tokens"
import { Effect, Redacted, Result } from "effect"
import { TestClock } from "effect/testing"
import { callCount } from "../../support/countingStore.ts"
import { injecting, scripted } from "../../support/faultyStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import { whileTimePasses } from "../../support/time.ts"
import {
  ada,
  assertRowsTellTheTruth,
  at,
  bob,
  clone,
  failingIndex,
  headsOf,
  newRepository,
  opened,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  storedIds,
  type TestHub
} from "../support/hubSamples.ts"
import { firstRoot, memoryIndex, memoryStore, newRepositoryId } from "../support/rootSamples.ts"

const roles: ReadonlyArray<Role> = ["read", "write", "admin"]
const namePath = /^hub\/names\//

describe("authorize", () => {
  const id = newRepositoryId()
  const elsewhere = newRepositoryId()
  const root = (visibility: Visibility): Root => {
    const first = firstRoot(id)
    const grants = [
      ["grace", "admin"],
      ["linus", "write"],
      ["rita", "read"]
    ] as const
    return {
      ...first,
      repository: { ...first.repository, visibility },
      grants: grants.map(([user, role]) => [UserName.make(user), role])
    }
  }

  /** The most that each person may do; "unseen" is answered like a repository that does not exist. */
  const table: ReadonlyArray<readonly [who: string, visibility: Visibility, role: Role | "unseen"]> = [
    ["ada", "public", "admin"],
    ["ada", "private", "admin"],
    ["grace", "public", "admin"],
    ["grace", "private", "admin"],
    ["linus", "public", "write"],
    ["linus", "private", "write"],
    ["rita", "public", "read"],
    ["rita", "private", "read"],
    ["bob", "public", "read"],
    ["bob", "private", "unseen"]
  ]

  const outcome = (visibility: Visibility, principal: Principal | null, action: Role, inTeams = noTeams) =>
    Effect.map(Effect.result(authorize(root(visibility), principal, action, inTeams)), (result) =>
      Result.isSuccess(result) ? "ok" : result.failure._tag
    )

  /** The outcome for a token of this scope whose user has this role. */
  const expected = (role: Role | "unseen", scope: Scope, action: Role) => {
    if (role === "unseen") return "RepositoryUnknown"
    const allowed = roles.slice(0, 1 + Math.min(roles.indexOf(role), roles.indexOf(scope)))
    return allowed.includes(action) ? "ok" : "Forbidden"
  }

  it.effect.each(table)("gives %s at a %s repository what role, scope and limit allow: %s", (row) =>
    Effect.gen(function* () {
      const [who, visibility, role] = row
      for (const action of roles) {
        for (const scope of roles) {
          const principal = (repository: RepositoryId | null) => person(who, { scope, repository })
          assert.strictEqual(yield* outcome(visibility, principal(null), action), expected(role, scope, action))
          assert.strictEqual(yield* outcome(visibility, principal(id), action), expected(role, scope, action))
          // A token for another repository allows no more here than no token.
          const stranger = visibility === "public" ? "read" : "unseen"
          assert.strictEqual(
            yield* outcome(visibility, principal(elsewhere), action),
            expected(stranger, scope, action)
          )
        }
      }
    })
  )

  it.effect("lets teams widen what the root grants, and never narrow it", () =>
    Effect.gen(function* () {
      for (const [who, visibility, role] of table) {
        for (const inTeam of roles) {
          const greater = role === "unseen" || roles.indexOf(inTeam) > roles.indexOf(role) ? inTeam : role
          for (const scope of roles) {
            for (const action of roles) {
              const found = yield* outcome(visibility, person(who, { scope }), action, () => inTeam)
              assert.strictEqual(found, expected(greater, scope, action), `${who} ${visibility} ${inTeam} ${scope}`)
            }
          }
          const limited = person(who, { repository: elsewhere })
          const found = yield* outcome(visibility, limited, "read", () => inTeam)
          assert.strictEqual(found, yield* outcome(visibility, limited, "read"), "a token for another repository")
        }
      }
    })
  )

  it.effect("lets anonymous callers read public repositories, and asks them for a token otherwise", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Effect.forEach(roles, (action) => outcome("public", null, action)), [
        "ok",
        "Unauthenticated",
        "Unauthenticated"
      ])
      assert.deepStrictEqual(yield* Effect.forEach(roles, (action) => outcome("private", null, action)), [
        "RepositoryUnknown",
        "RepositoryUnknown",
        "RepositoryUnknown"
      ])
    })
  )
})

describe("openRepository", () => {
  it.effect("answers for a private repository as for one that does not exist", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const secret = yield* newRepository(hub, "secret", { visibility: "private" })
      const ghost = { ...secret, slug: "ghost" as typeof secret.slug }
      for (const who of [null, bob, person("ada", { repository: newRepositoryId() })]) {
        for (const action of roles) {
          const hidden = yield* Effect.flip(openedFor(hub, secret, who, action))
          const absent = yield* Effect.flip(openedFor(hub, ghost, who, action))
          assert.instanceOf(hidden, RepositoryUnknown)
          assert.instanceOf(absent, RepositoryUnknown)
          assert.strictEqual(hidden.message.replace("secret", "ghost"), absent.message)
        }
      }
      yield* openedFor(hub, secret, ada, "admin")
    })
  )

  it.effect("reads as much for a private repository as for one that does not exist", () =>
    Effect.gen(function* () {
      const count = callCount()
      const hub = yield* startHub({ store: interposed(yield* memoryStore, count.interpose) })
      const secret = yield* newRepository(hub, "secret", { visibility: "private" })
      const ghost = { ...secret, slug: "ghost" as typeof secret.slug }
      for (const who of [null, bob]) {
        const readsOf = Effect.fnUntraced(function* (repository: typeof secret) {
          count.reset()
          yield* Effect.flip(openedFor(hub, repository, who, "read"))
          return count.of("documents.read").length
        })
        assert.deepStrictEqual([yield* readsOf(secret), yield* readsOf(ghost)], [1, 1])
      }
    })
  )

  it.effect("finds a repository that the index has forgotten, also while the index is away", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      yield* pushSteps(hub, repository, "main", [step("a", { a: "a" })])
      const forgetful = yield* startHub({ store: hub.store })
      assert.strictEqual((yield* opened(forgetful, repository)).id, repository.id)
      const away = yield* startHub({ store: hub.store, index: failingIndex(yield* memoryIndex, () => true) })
      const { id, indexed } = yield* openedFor(away, repository, null, "read")
      assert.deepStrictEqual([id, indexed], [repository.id, false])
    })
  )

  it.effect("decides by the current root, not by the index's row", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      yield* openedFor(hub, repository, bob, "read")
      const hidden = { ...repository, visibility: "private" as const }
      yield* at(hub)(
        Effect.flatMap(Roots, (roots) =>
          roots.move(repository.id, () =>
            Effect.succeed({
              root: { repository: hidden },
              change: { action: "change-settings", by: ada.user, at: "2026-11-22T15:08:10.000Z", moves: [] }
            })
          )
        )
      )
      assert.instanceOf(yield* Effect.flip(openedFor(hub, repository, bob, "read")), RepositoryUnknown)
    })
  )
})

describe("a right that is taken away while a request is under way", () => {
  const withBob = Effect.gen(function* () {
    const hub = yield* startHub()
    for (const { user } of [ada, bob]) yield* at(hub)(ensureUser(user))
    const repository = yield* newRepository(hub, "songs", { visibility: "private" })
    const administer = openedFor(hub, repository, ada, "admin")
    yield* at(hub)(setCollaborator(yield* administer, "bob", "admin"))
    const revoke = Effect.orDie(Effect.flatMap(administer, (open) => at(hub)(removeCollaborator(open, "bob"))))
    return { hub, repository, revoke }
  })

  it.effect("moves nothing: a push whose body came meanwhile is refused, and the branch stays", () =>
    Effect.gen(function* () {
      const { hub, repository, revoke } = yield* withBob
      const first = step("first", { a: "a" })
      yield* pushSteps(hub, repository, "main", [first])
      const next = step("next", { a: "b" }, [first])
      const late = pushSteps(hub, repository, "main", [next], { by: bob, meanwhile: revoke })
      assert.instanceOf(yield* Effect.flip(late), AccessLost)
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: first.commit.id })
    })
  )

  it.effect("is asked for again by every change of the root, also for a lesser role", () =>
    Effect.gen(function* () {
      const { hub, repository, revoke } = yield* withBob
      const open = yield* openedFor(hub, repository, bob, "admin")
      const refusals = [
        Effect.flip(at(hub)(setCollaborator(open, "bob", "admin"))),
        Effect.flip(at(hub)(changeSettings(open, { visibility: "public" })))
      ]
      const admin = yield* openedFor(hub, repository, ada, "admin")
      yield* at(hub)(setCollaborator(admin, "bob", "write"))
      for (const refusal of refusals) assert.instanceOf(yield* refusal, AccessLost)
      yield* revoke
      for (const refusal of refusals) assert.instanceOf(yield* refusal, AccessLost)
      assert.strictEqual((yield* openedFor(hub, repository, ada, "read")).root.value.repository.visibility, "private")
    })
  )
})

describe("tokens", () => {
  const wanted = { user: UserName.make("ada"), scope: "write", repository: null, lifetimeMillis: null } as const

  const refusedBy = (hub: TestHub, secret: Redacted.Redacted) =>
    Effect.map(Effect.flip(at(hub)(authenticate(secret))), (error) => {
      assert.instanceOf(error, Unauthenticated)
      return error.reason
    })

  it.effect("are valid for their user, scope and limit, and only with their own secret", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = newRepositoryId()
      const { secret } = yield* at(hub)(createToken({ ...wanted, repository }))
      assert.deepStrictEqual(yield* at(hub)(authenticate(secret)), {
        user: wanted.user,
        scope: "write",
        repository,
        expiresAt: null
      })
      assert.strictEqual(yield* refusedBy(hub, Redacted.make("muse_guess")), "the token is unknown to this hub")
      assert.strictEqual(yield* refusedBy(hub, Redacted.make("")), "the token is unknown to this hub")
    })
  )

  it.effect("expire at their time, to the millisecond", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      yield* TestClock.setTime(Date.UTC(2026, 10, 22))
      const { secret, token } = yield* at(hub)(createToken({ ...wanted, lifetimeMillis: 60_000 }))
      assert.strictEqual(token.expiresAt, "2026-11-22T00:01:00.000Z")
      yield* TestClock.adjust(59_999)
      yield* at(hub)(authenticate(secret))
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* refusedBy(hub, secret), "the token is expired or revoked")
    })
  )

  it.effect("that a token makes outlive it by nothing: they end with it, or are refused", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      yield* TestClock.setTime(Date.UTC(2026, 10, 22))
      const { secret } = yield* at(hub)(createToken({ ...wanted, scope: "admin", lifetimeMillis: 60_000 }))
      const maker = yield* at(hub)(authenticate(secret))
      const make = (lifetimeMillis: number | null) =>
        at(hub)(createOwnToken(maker, { scope: "admin", repository: null, lifetimeMillis }))
      yield* TestClock.adjust(10_000)
      assert.strictEqual((yield* make(null)).token.expiresAt, "2026-11-22T00:01:00.000Z")
      assert.strictEqual((yield* make(50_000)).token.expiresAt, "2026-11-22T00:01:00.000Z")
      assert.strictEqual((yield* make(1000)).token.expiresAt, "2026-11-22T00:00:11.000Z")
      const refused = yield* Effect.flip(make(50_001))
      assert.instanceOf(refused, Forbidden)
      assert.include(refused.message, "2026-11-22T00:01:00.000Z")

      const made = yield* at(hub)(authenticate((yield* make(null)).secret))
      const again = at(hub)(createOwnToken(made, { scope: "read", repository: null, lifetimeMillis: null }))
      assert.strictEqual((yield* again).token.expiresAt, "2026-11-22T00:01:00.000Z")
    })
  )

  it.effect("can be revoked by an index that was lost and has not read them again", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { secret, token } = yield* at(hub)(createToken(wanted))
      yield* at(hub)(createToken(wanted))
      const rebuilt = yield* startHub({ store: hub.store })
      yield* at(rebuilt)(revokeToken(token.id))
      assert.strictEqual(yield* refusedBy(rebuilt, secret), "the token is expired or revoked")
      for (const id of ["", token.id.slice(0, 6), "000000000000"]) {
        assert.instanceOf(yield* Effect.flip(at(rebuilt)(revokeToken(id))), TokenUnknown)
      }
    })
  )

  it.effect(
    "end when they are revoked, in every process and also from the store alone; revoking again changes nothing",
    () =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        const other = yield* startHub({ store: hub.store })
        const { secret, token } = yield* at(hub)(createToken(wanted))
        const { secret: kept } = yield* at(hub)(createToken(wanted))
        const revoked = yield* at(hub)(revokeToken(token.id))
        yield* TestClock.adjust("1 hour")
        assert.strictEqual((yield* at(hub)(revokeToken(token.id))).revokedAt, revoked.revokedAt)
        for (const each of [hub, other]) {
          assert.strictEqual(yield* refusedBy(each, secret), "the token is expired or revoked")
          yield* at(each)(authenticate(kept))
        }
        const unknown = yield* Effect.flip(at(hub)(revokeToken("000000000000")))
        assert.instanceOf(unknown, TokenUnknown)
      })
  )

  it.effect("outlive the index: it reads them again from the store at their first use", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { secret, token } = yield* at(hub)(createToken(wanted))
      const rebuilt = yield* startHub({ store: hub.store })
      assert.strictEqual((yield* at(rebuilt)(authenticate(secret))).user, wanted.user)
      const listed = yield* rebuilt.index.tokens({}, { limit: 10 })
      assert.deepStrictEqual(listed.items, [token])
      const away = yield* startHub({ store: hub.store, index: failingIndex(yield* memoryIndex, () => true) })
      assert.strictEqual((yield* at(away)(authenticate(secret))).user, wanted.user)
    })
  )

  it.effect("are stored as hashes: the secret appears nowhere in what is written", () =>
    Effect.gen(function* () {
      const count = callCount()
      const hub = yield* startHub({ store: interposed(yield* memoryStore, count.interpose) })
      const { secret, token } = yield* at(hub)(
        Effect.provideService(createToken(wanted), SecretGenerator, () => Redacted.make("muse_the-secret"))
      )
      assert.strictEqual(Redacted.value(secret), "muse_the-secret")
      assert.notInclude(JSON.stringify(token), "the-secret")
      const written = count.of("documents.write")
      assert.strictEqual(written.length, 2)
      for (const { bytes, path } of written) {
        assert.notInclude(path, "the-secret")
        assert.notInclude(Buffer.from(bytes ?? []).toString(), "the-secret")
      }
    })
  )

  it.effect("create their user once", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      assert.isTrue(yield* at(hub)(ensureUser(wanted.user)))
      assert.isFalse(yield* at(hub)(ensureUser(wanted.user)))
      yield* at(hub)(createToken(wanted))
      const names = yield* hub.store.documents.list({ kind: "hub", collection: "users" }, { limit: 10 })
      assert.deepStrictEqual(names.items, ["ada"])
    })
  )
})

describe("createRepository", () => {
  it.effect("creates a repository that is found at once, empty, and private to its owner on request", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub, "My Engine!", { visibility: "private" })
      assert.strictEqual(`${repository.slug}: ${repository.name}`, "my-engine: My Engine!")
      assert.deepStrictEqual(yield* headsOf(hub, repository), {})
      assert.deepStrictEqual(yield* storedIds(hub.store, repository.id), { blob: [], snapshot: [], commit: [] })
    })
  )

  it.effect("initializes with a real commit that is stored, served and built upon like any other", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      yield* TestClock.setTime(Date.UTC(2026, 10, 22))
      const repository = yield* newRepository(hub, "engine", { initialize: true })
      const heads = yield* headsOf(hub, repository)
      const first = heads["main"] ?? assert.fail("there is a first commit")
      const rows = yield* assertRowsTellTheTruth(hub, repository.id)
      assert.deepStrictEqual([rows.commit.length, rows.snapshot.length, rows.blob.length], [1, 1, 0])
      yield* clone(hub, repository, [first])
      const rebuilt = yield* startHub({ store: hub.store })
      yield* clone(rebuilt, repository, [first])
      const next = step("next", { a: "a" }, [], { parent_commit_id: first })
      yield* pushSteps(hub, repository, "main", [next])
      assert.strictEqual((yield* clone(hub, repository, [next.commit.id])).commits.length, 2)
    })
  )

  it.effect("refuses a name that is taken, and nothing of the attempt can be opened", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const taken = yield* newRepository(hub, "engine", { initialize: true })
      const failed = yield* Effect.flip(newRepository(hub, "Engine", { initialize: true }))
      assert.instanceOf(failed, RepositoryNameTaken)
      for (const each of [hub, yield* startHub({ store: hub.store })])
        assert.strictEqual((yield* opened(each, taken)).id, taken.id)
      for (const id of (yield* hub.store.listRepositories({ limit: 10 })).items) {
        const root = yield* hub.store.documents.read({ kind: "root", repository: id })
        assert.strictEqual(root._tag, id === taken.id ? "Found" : "Absent")
      }
      assert.strictEqual((yield* hub.index.repositories({}, { limit: 10 })).items.length, 1)
      yield* newRepository(hub, "engine", { by: bob })
    })
  )

  it.effect("gives a name that several callers request at once to exactly one", () =>
    Effect.gen(function* () {
      const slow = interposed(
        yield* memoryStore,
        injecting(() => ({ turnsBefore: 2, turnsAfter: 2 }))
      )
      const hub = yield* startHub({ store: slow })
      const outcomes = yield* Effect.forEach([1, 2, 3, 4, 5], () => Effect.result(newRepository(hub)), {
        concurrency: "unbounded"
      })
      const made = outcomes.flatMap((outcome) => (Result.isSuccess(outcome) ? [outcome.success] : []))
      assert.strictEqual(made.length, 1)
      for (const outcome of outcomes)
        if (Result.isFailure(outcome)) assert.instanceOf(outcome.failure, RepositoryNameTaken)
      const [repository] = made
      assert.strictEqual(repository && (yield* opened(hub, repository)).id, repository?.id)
    })
  )

  it.effect("refuses other owners, tokens that only read, and tokens of one repository, and leaves no trace", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const attempts = [
        { by: bob, owner: ada },
        { by: person("ada", { scope: "read" }), owner: ada },
        { by: person("ada", { repository: newRepositoryId() }), owner: ada }
      ]
      for (const { by, owner } of attempts) {
        const failed = yield* Effect.flip(newRepository(hub, "engine", { by, owner }))
        assert.instanceOf(failed, Forbidden)
      }
      const unnamed = yield* Effect.flip(newRepository(hub, "engine", { initialize: true, branch: "../main" }))
      assert.strictEqual(unnamed._tag, "BranchNameRefused")
      assert.deepStrictEqual((yield* hub.store.listRepositories({ limit: 10 })).items, [])
    })
  )

  it.effect("succeeds when the answer to the claim of its name is lost", () =>
    Effect.gen(function* () {
      const lost = scripted([{ operation: "documents.write", path: namePath, fault: { failAfter: true } }])
      const hub = yield* startHub({ store: interposed(yield* memoryStore, injecting(lost)) })
      const repository = yield* newRepository(hub)
      assert.strictEqual((yield* opened(hub, repository)).id, repository.id)
    })
  )

  it.effect("fails when the claim never arrives, and leaves the name free for the next attempt", () =>
    Effect.gen(function* () {
      let away = true
      const lost = scripted([{ operation: "documents.write", path: namePath, fault: { failBefore: true } }])
      const store = interposed(
        yield* memoryStore,
        injecting((call) => (away ? lost(call) : undefined))
      )
      const hub = yield* startHub({ store })
      assert.strictEqual((yield* Effect.flip(whileTimePasses(newRepository(hub))))._tag, "StoreUnavailable")
      away = false
      const repository = yield* newRepository(hub)
      assert.strictEqual((yield* opened(hub, repository)).id, repository.id)
    })
  )

  it.effect("succeeds once the name is claimed, although the index does not follow", () =>
    Effect.gen(function* () {
      let away = true
      const hub = yield* startHub({
        index: failingIndex(yield* memoryIndex, (operation) => away && operation === "record")
      })
      const repository = yield* newRepository(hub)
      away = false
      assert.strictEqual((yield* opened(hub, repository)).id, repository.id)
      const branch = BranchName.make("main")
      assert.strictEqual((yield* opened(hub, repository)).root.value.repository.defaultBranch, branch)
      assert.strictEqual((yield* hub.index.repositories({}, { limit: 10 })).items.length, 1)
      const store = yield* at(hub)(ObjectStore)
      assert.strictEqual((yield* store.listRepositories({ limit: 10 })).items.length, 1)
    })
  )
})
