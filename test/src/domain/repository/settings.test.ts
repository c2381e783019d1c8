/** Settings and collaborators: what changes in the root, what is refused, and who may see what afterwards. */
import { assert, describe, it } from "@effect/vitest"
import { Roots } from "@musehub/domain/invariant/Roots"
import { BranchName, Description, UserName } from "@musehub/domain/repository/Names"
import type { Repository, Role } from "@musehub/domain/repository/Root"
import { repositoryLimits } from "@musehub/domain/repository/rule/repositoryLimits"
import { changeSettings, type SettingsChange } from "@musehub/domain/usecase/repositories/changeSettings"
import {
  listCollaborators,
  removeCollaborator,
  setCollaborator
} from "@musehub/domain/usecase/repositories/collaborators"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Effect, Option } from "effect"
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
import { chainOf } from "../support/rootSamples.ts"

const begun = Effect.gen(function* () {
  const hub = yield* startHub()
  for (const user of ["ada", "bob", "grace"]) yield* at(hub)(ensureUser(UserName.make(user)))
  return { hub, repository: yield* newRepository(hub) }
})

const rootOf = (hub: TestHub, repository: Repository) =>
  Effect.map(openedFor(hub, repository, ada, "read"), ({ root }) => root.value)

const change = (hub: TestHub, repository: Repository, wanted: SettingsChange) =>
  Effect.flatMap(openedFor(hub, repository, ada, "admin"), (open) => at(hub)(changeSettings(open, wanted)))

const grant = (hub: TestHub, repository: Repository, user: string, role: Role, by = ada) =>
  Effect.flatMap(openedFor(hub, repository, by, "admin"), (open) => at(hub)(setCollaborator(open, user, role)))

const revoke = (hub: TestHub, repository: Repository, user: string) =>
  Effect.flatMap(openedFor(hub, repository, ada, "admin"), (open) => at(hub)(removeCollaborator(open, user)))

describe("settings", () => {
  it.effect("change one by one, each with an entry in the history, and the index follows", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const described = yield* change(hub, repository, { description: Description.make("an engine") })
      assert.deepStrictEqual(described, { ...repository, description: "an engine" })
      const hidden = yield* change(hub, repository, { visibility: "private" })
      assert.deepStrictEqual(hidden, { ...described, visibility: "private" })
      assert.deepStrictEqual(yield* change(hub, repository, { visibility: "private" }), hidden)
      assert.deepStrictEqual(yield* change(hub, repository, {}), hidden)
      const chain = yield* chainOf(hub.store, repository.id)
      assert.deepStrictEqual(
        chain.flatMap(({ changes }) => changes.map(({ action, by }) => [action, by])),
        [
          ["create", "ada"],
          ["change-settings", "ada"],
          ["change-settings", "ada"]
        ]
      )
      const row = Option.getOrThrow(yield* hub.index.repositoryByName(repository.owner, repository.slug))
      assert.deepStrictEqual(row.repository, hidden)
      assert.strictEqual((yield* Effect.flip(openedFor(hub, repository, bob, "read")))._tag, "RepositoryUnknown")
      assert.strictEqual((yield* Effect.flip(openedFor(hub, repository, null, "read")))._tag, "RepositoryUnknown")
    })
  )

  it.effect("accept any branch name before the first push, and later only existing ones", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      assert.strictEqual((yield* change(hub, repository, { defaultBranch: "trunk" })).defaultBranch, "trunk")
      const refused = yield* Effect.flip(change(hub, repository, { defaultBranch: "a//b" }))
      assert.strictEqual(refused._tag, "BranchNameRefused")
      const first = step("first", { "a.txt": "1" })
      yield* pushSteps(hub, repository, "main", [first])
      yield* pushSteps(hub, repository, "dev", [first])
      assert.strictEqual((yield* rootOf(hub, repository)).repository.defaultBranch, BranchName.make("main"))
      assert.strictEqual(
        (yield* Effect.flip(change(hub, repository, { defaultBranch: "trunk" })))._tag,
        "BranchUnknown"
      )
      const changed = yield* change(hub, repository, { defaultBranch: "dev", description: Description.make("") })
      assert.strictEqual(changed.defaultBranch, "dev")
    })
  )

  it.effect("are all kept when several callers change them at once", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* Effect.all(
        [
          change(hub, repository, { description: Description.make("an engine") }),
          change(hub, repository, { visibility: "private" }),
          grant(hub, repository, "bob", "read"),
          grant(hub, repository, "grace", "write")
        ],
        { concurrency: "unbounded" }
      )
      const root = yield* rootOf(hub, repository)
      assert.strictEqual(root.repository.description, "an engine")
      assert.strictEqual(root.repository.visibility, "private")
      assert.deepStrictEqual(root.grants.map(String), ["bob,read", "grace,write"])
    })
  )

  it.effect("require admin access", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* grant(hub, repository, "bob", "write")
      assert.strictEqual((yield* Effect.flip(openedFor(hub, repository, bob, "admin")))._tag, "Forbidden")
      yield* grant(hub, repository, "bob", "admin")
      yield* openedFor(hub, repository, bob, "admin")
    })
  )
})

describe("collaborators", () => {
  it.effect("are users of the hub, listed by name, each with one role", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      assert.deepStrictEqual(yield* grant(hub, repository, "grace", "read"), {
        user: UserName.make("grace"),
        role: "read"
      })
      yield* grant(hub, repository, "bob", "write")
      yield* grant(hub, repository, "grace", "admin")
      const list = Effect.flatMap(openedFor(hub, repository, ada, "admin"), listCollaborators)
      assert.deepStrictEqual(
        (yield* list).map(({ user, role }) => [user, role].join(" ")),
        ["bob write", "grace admin"]
      )
      yield* opened(hub, repository, bob)
      yield* revoke(hub, repository, "bob")
      assert.strictEqual((yield* Effect.flip(opened(hub, repository, bob)))._tag, "Forbidden")
      assert.deepStrictEqual(
        (yield* list).map(({ user }) => String(user)),
        ["grace"]
      )
    })
  )

  it.effect("cannot be added or removed twice", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      yield* grant(hub, repository, "bob", "write")
      const { sequence } = yield* rootOf(hub, repository)
      yield* grant(hub, repository, "bob", "write")
      yield* revoke(hub, repository, "grace")
      yield* revoke(hub, repository, "ada")
      assert.strictEqual((yield* rootOf(hub, repository)).sequence, sequence)
    })
  )

  it.effect("cannot be the owner or unknown users", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const refused = (user: string) =>
        Effect.map(Effect.flip(grant(hub, repository, user, "write")), ({ _tag }) => _tag)
      assert.strictEqual(yield* refused("ada"), "GrantRefused")
      for (const user of ["nobody", "", "../../root", "API", "api", "x".repeat(10_000)]) {
        assert.strictEqual(yield* refused(user), "UserUnknown", user.slice(0, 20))
      }
      assert.strictEqual((yield* Effect.flip(revoke(hub, repository, "..")))._tag, "UserUnknown")
      assert.deepStrictEqual((yield* rootOf(hub, repository)).grants, [])
    })
  )

  it.effect("are limited in number", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const names = Array.from({ length: repositoryLimits.collaborators }, (_, place) => `u${1000 + place}`)
      yield* at(hub)(
        Effect.flatMap(Roots, (roots) =>
          roots.move(repository.id, () =>
            Effect.succeed({
              root: { grants: names.map((name) => [person(name).user, "read"] as const) },
              change: {
                action: "change-collaborators",
                by: ada.user,
                at: "2026-11-22T15:08:10.000Z",
                moves: []
              }
            })
          )
        )
      )
      assert.strictEqual((yield* Effect.flip(grant(hub, repository, "bob", "read")))._tag, "RepositoryFull")
      yield* revoke(hub, repository, "u1000")
      yield* grant(hub, repository, "bob", "read")
    })
  )
})
