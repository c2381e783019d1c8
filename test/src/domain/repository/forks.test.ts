/** Forks: who may make one, what it has, and that it is a repository of its own from then on. */
import { assert, describe, it } from "@effect/vitest"
import { Roots } from "@musehub/domain/invariant/Roots"
import { everyItem } from "@musehub/domain/port/Page"
import { RepositoryName, UserName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { ensureUser } from "@musehub/domain/usecase/people/tokens"
import { changeSettings, type SettingsChange } from "@musehub/domain/usecase/repositories/changeSettings"
import { setCollaborator } from "@musehub/domain/usecase/repositories/collaborators"
import { forkRepository, type NewFork } from "@musehub/domain/usecase/repositories/forkRepository"
import { Effect, Stream } from "effect"
import {
  ada,
  assertRowsTellTheTruth,
  at,
  bob,
  clone,
  headsOf,
  newRepository,
  objectTypes,
  openedFor,
  person,
  pushSteps,
  startHub,
  step,
  storedIds,
  type TestHub
} from "../support/hubSamples.ts"

const base = step("base", { "a.txt": "1", empty: "" })
const left = step("left", { "a.txt": "2", empty: "" }, [base])
const right = step("right", { "a.txt": "1", "b.txt": "3" }, [base])
const merge = step("merge", { "a.txt": "2", "b.txt": "3" }, [left, right])

const begun = Effect.fnUntraced(function* (visibility: "public" | "private" = "public") {
  const hub = yield* startHub()
  for (const user of ["ada", "bob", "grace"]) yield* at(hub)(ensureUser(UserName.make(user)))
  const source = yield* newRepository(hub, "songs", { visibility })
  yield* pushSteps(hub, source, "main", [base, left, right, merge])
  yield* pushSteps(hub, source, "side", [right])
  return { hub, source }
})

const fork = (hub: TestHub, source: Repository, by: Principal | null, wanted: NewFork = {}) =>
  Effect.flatMap(openedFor(hub, source, by, "read"), (open) => at(hub)(forkRepository(open, wanted)))

const settings = (hub: TestHub, repository: Repository, by: Principal, wanted: SettingsChange) =>
  Effect.flatMap(openedFor(hub, repository, by, "admin"), (open) => at(hub)(changeSettings(open, wanted)))

/** Deletes everything that the store has of a repository. */
const deleteWhole = Effect.fnUntraced(function* (hub: TestHub, { id, owner, slug }: Repository) {
  const ids = yield* storedIds(hub.store, id)
  for (const type of objectTypes)
    for (const object of ids[type]) yield* hub.store.delete({ repository: id, type, id: object } as never)
  const copies = everyItem(100, (page) => hub.store.documents.list({ kind: "history", repository: id }, page))
  for (const sequence of yield* Stream.runCollect(copies)) {
    yield* hub.store.documents.delete({ kind: "history", repository: id, sequence: Number(sequence) })
  }
  yield* hub.store.documents.delete({ kind: "root", repository: id })
  yield* hub.store.documents.delete({ kind: "hub", collection: "names", name: `${owner}.${slug}` as never })
})

describe("a fork", () => {
  it.effect("has every branch with its history, the default branch and the domain of the source", () =>
    Effect.gen(function* () {
      const { hub, source } = yield* begun()
      const made = yield* fork(hub, source, bob)
      assert.deepStrictEqual(made, {
        ...source,
        id: made.id,
        owner: bob.user,
        forkOf: { repository: source.id, private: false },
        createdAt: made.createdAt
      })
      for (const each of [hub, yield* startHub({ store: hub.store })]) {
        assert.deepStrictEqual(yield* headsOf(each, made, null), { main: merge.commit.id, side: right.commit.id })
        assert.strictEqual((yield* clone(each, made, [merge.commit.id])).commits.length, 4)
        yield* assertRowsTellTheTruth(each, made.id)
      }
    })
  )

  it.effect("goes its own way: each is pushed to without the other, and one can be pushed to from the other", () =>
    Effect.gen(function* () {
      const { hub, source } = yield* begun()
      const made = yield* fork(hub, source, bob)
      const next = step("next", { "a.txt": "4" }, [merge])
      yield* pushSteps(hub, made, "main", [next], { by: bob })
      assert.strictEqual((yield* headsOf(hub, source))["main"], merge.commit.id)
      yield* pushSteps(hub, source, "from-fork", [step("after", { "a.txt": "5" }, [next])])
    })
  )

  it.effect("stays whole when its source becomes private, and when it is deleted", () =>
    Effect.gen(function* () {
      const { hub, source } = yield* begun()
      const made = yield* fork(hub, source, bob)
      yield* settings(hub, source, ada, { visibility: "private" })
      yield* clone(hub, made, [merge.commit.id, right.commit.id], null)
      yield* deleteWhole(hub, source)
      for (const each of [hub, yield* startHub({ store: hub.store })]) {
        yield* clone(each, made, [merge.commit.id, right.commit.id], null)
        assert.strictEqual((yield* settings(each, made, bob, { visibility: "private" })).visibility, "private")
        assert.strictEqual((yield* settings(each, made, bob, { visibility: "public" })).visibility, "public")
      }
    })
  )

  it.effect("of a private repository is made by its readers alone, and stays private", () =>
    Effect.gen(function* () {
      const { hub, source } = yield* begun("private")
      assert.strictEqual((yield* Effect.flip(fork(hub, source, bob)))._tag, "RepositoryUnknown")
      yield* Effect.flatMap(openedFor(hub, source, ada, "admin"), (open) =>
        at(hub)(setCollaborator(open, "bob", "read"))
      )
      assert.strictEqual((yield* Effect.flip(fork(hub, source, bob, { visibility: "public" })))._tag, "Forbidden")
      const made = yield* fork(hub, source, bob)
      assert.strictEqual(made.visibility, "private")
      assert.strictEqual((yield* Effect.flip(openedFor(hub, made, ada, "read")))._tag, "RepositoryUnknown")
      const publish = settings(hub, made, bob, { visibility: "public" })
      assert.strictEqual((yield* Effect.flip(publish))._tag, "Forbidden")
      // A fork of the fork is no way around it.
      const again = yield* fork(hub, made, bob, { name: RepositoryName.make("again") })
      assert.strictEqual((yield* Effect.flip(settings(hub, again, bob, { visibility: "public" })))._tag, "Forbidden")
      yield* settings(hub, source, ada, { visibility: "public" })
      assert.strictEqual((yield* publish).visibility, "public")
    })
  )

  it.effect("needs an owner who may create repositories, and a name that is free", () =>
    Effect.gen(function* () {
      const { hub, source } = yield* begun()
      const refused = (by: Principal | null, wanted?: NewFork) =>
        Effect.map(Effect.flip(fork(hub, source, by, wanted)), ({ _tag }) => _tag)
      assert.strictEqual(yield* refused(null), "Unauthenticated")
      assert.strictEqual(yield* refused(person("bob", { scope: "read" })), "Forbidden")
      assert.strictEqual(yield* refused(person("bob", { repository: source.id })), "Forbidden")
      assert.strictEqual(yield* refused(ada), "RepositoryNameTaken")
      const mine = yield* fork(hub, source, ada, { name: RepositoryName.make("Songs again") })
      assert.deepStrictEqual([mine.owner, mine.slug], [ada.user, mine.slug])
      const made = yield* fork(hub, source, bob)
      assert.strictEqual(yield* refused(bob), "RepositoryNameTaken")
      const { value } = yield* at(hub)(Effect.flatMap(Roots, (roots) => roots.read(made.id)))
      assert.strictEqual(value.sequence, 0)
    })
  )

  it.effect("of an empty repository is empty, and one of a long history is copied in portions", () =>
    Effect.gen(function* () {
      const { hub } = yield* begun()
      const empty = yield* fork(hub, yield* newRepository(hub, "empty"), bob)
      assert.deepStrictEqual(yield* headsOf(hub, empty), {})
      const long = yield* newRepository(hub, "long")
      const steps = [step("0", { n: "0" })]
      for (let n = 1; n < 450; n += 1) steps.push(step(String(n), { n: String(n % 7) }, steps.slice(-1)))
      yield* pushSteps(hub, long, "main", steps)
      const made = yield* fork(hub, long, bob)
      const head = (yield* headsOf(hub, made))["main"] ?? assert.fail("there is a head")
      assert.strictEqual((yield* clone(hub, made, [head])).commits.length, 450)
    })
  )
})
