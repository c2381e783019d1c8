/** Archived repositories: they are read as before and refuse every change, also one that was under way. */
import { assert, describe, it } from "@effect/vitest"
import { UserName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { setArchived } from "@musehub/domain/usecase/repositories/archiveRepository"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { listCollaborators, setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { forkRepository } from "@musehub/domain/usecase/repositories/forkRepository"
import { Effect, Option } from "effect"
import {
  ada,
  assertInvisible,
  at,
  bob,
  clone,
  headsOf,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { chainOf } from "../support/rootSamples.ts"

const first = step("first", { "a.txt": "1" })
const second = step("second", { "a.txt": "2" }, [first])

const begun = Effect.gen(function* () {
  const hub = yield* startHub()
  for (const user of ["ada", "bob"]) yield* at(hub)(ensureUser(UserName.make(user)))
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", [first])
  return { hub, repository }
})

const archive = (hub: TestHub, repository: Repository, archived = true) =>
  Effect.flatMap(openedFor(hub, repository, ada, "oversee"), (open) => at(hub)(setArchived(open, archived)))

describe("an archived repository", () => {
  it.effect("is cloned, forked and overseen as before, and refuses whoever wants to change it", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      assert.deepStrictEqual(yield* archive(hub, repository), { ...repository, archived: true })
      for (const each of [hub, yield* startHub({ store: hub.store })]) {
        yield* clone(each, repository, [first.commit.id], null)
        yield* Effect.flatMap(openedFor(each, repository, ada, "oversee"), listCollaborators)
        for (const access of ["participate", "write", "admin"] as const) {
          const failed = yield* Effect.flip(openedFor(each, repository, ada, access))
          assert.deepStrictEqual(
            [failed._tag, failed.message],
            [
              "RepositoryArchived",
              "ada/engine is archived, so it can only be read; an administrator of it can unarchive it"
            ]
          )
        }
        assert.strictEqual((yield* Effect.flip(openedFor(each, repository, null, "write")))._tag, "Unauthenticated")
        assert.strictEqual((yield* Effect.flip(openedFor(each, repository, bob, "oversee")))._tag, "Forbidden")
      }
      const fork = yield* Effect.flatMap(openedFor(hub, repository, bob, "read"), (open) =>
        at(hub)(forkRepository(open, {}))
      )
      assert.isFalse(fork.archived)
      const row = Option.getOrThrow(yield* hub.index.repositoryByName(repository.owner, repository.slug))
      assert.isTrue(row.repository.archived)
    })
  )

  it.effect("is changed again once it is unarchived; doing either twice changes nothing", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      for (const archived of [true, true, false, false]) yield* archive(hub, repository, archived)
      yield* pushSteps(hub, repository, "main", [second])
      assert.deepStrictEqual(
        (yield* chainOf(hub.store, repository.id)).flatMap(({ changes }) => changes.map(({ action }) => action)),
        ["create", "push", "archive", "unarchive", "push"]
      )
    })
  )

  it.effect("refuses what was under way when it was archived, and nothing of it is seen", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* begun
      const open = yield* openedFor(hub, repository, ada, "admin")
      const meanwhile = Effect.orDie(archive(hub, repository))
      assert.strictEqual(
        (yield* Effect.flip(pushSteps(hub, repository, "main", [second], { meanwhile })))._tag,
        "RepositoryArchived"
      )
      const refusals = [
        yield* Effect.flip(at(hub)(createBranch(open, { name: "new", from: "main" }))),
        yield* Effect.flip(at(hub)(changeSettings(open, { visibility: "private" }))),
        yield* Effect.flip(at(hub)(setCollaborator(open, "bob", "read")))
      ]
      for (const { _tag } of refusals) assert.strictEqual(_tag, "RepositoryArchived")
      assert.deepStrictEqual(yield* headsOf(hub, repository), { main: first.commit.id })
      yield* assertInvisible(hub, repository, [second])
    })
  )
})
