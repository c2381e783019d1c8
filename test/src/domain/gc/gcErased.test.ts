/** Of a repository that was deleted longer ago than the grace period nothing stays but a mark, which is final. */
import { assert, describe, it } from "@effect/vitest"
import { expected } from "@musehub/domain/base/expected"
import { Roots } from "@musehub/domain/invariant/Roots"
import { Audit, type AuditEvent } from "@musehub/domain/port/Audit"
import type { DocumentCollection } from "@musehub/domain/port/StoreKey"
import type { Repository } from "@musehub/domain/repository/Root"
import { openRepository, openRepositoryById } from "@musehub/domain/usecase/access/openRepository"
import { deletedRepositories } from "@musehub/domain/usecase/operations/deletions"
import { applyGc } from "@musehub/domain/usecase/operations/gc/applyGc"
import { graceMillis } from "@musehub/domain/usecase/operations/gc/Plan"
import { probe } from "@musehub/domain/usecase/operations/probe"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { requireSameHub } from "@musehub/domain/usecase/operations/requireSameHub"
import { deleteRepository, undeleteRepository } from "@musehub/domain/usecase/repositories/deleteRepository"
import { Effect } from "effect"
import { interposed } from "../../support/interposedStore.ts"
import { mishaps, unluckyHub } from "../crashes/mishaps.ts"
import {
  ada,
  at,
  clone,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  storedIds,
  type TestHub
} from "../support/hubSamples.ts"
import { memoryIndex } from "../support/rootSamples.ts"
import { assertSound, bytesOf, grownOver } from "../verify/verified.ts"
import { agingStore, applied, days, planned } from "./collected.ts"

const remove = (hub: TestHub, repository: Repository) =>
  Effect.flatMap(openedFor(hub, repository, ada, "oversee"), (open) => at(hub)(deleteRepository(open)))

const restore = (hub: TestHub, repository: Repository) =>
  Effect.flatMap(openedFor(hub, repository, ada, "undelete"), (open) => at(hub)(undeleteRepository(open)))

/** A repository with one of everything that was deleted long ago, another one, and a plan. */
const deleted = Effect.gen(function* () {
  const { pass, store } = yield* agingStore
  const { hub, repository } = yield* grownOver({ store })
  yield* at(hub)(requireSameHub)
  yield* at(hub)(probe())
  const first = step("other", { a: "other" })
  const other = yield* newRepository(hub, "other")
  yield* pushSteps(hub, other, "main", [first])
  yield* remove(hub, repository)
  const { plan: early } = yield* planned(hub)
  assert.deepStrictEqual(early.entries, [])
  yield* pass(15 * days)
  const { kinds, plan, refusals } = yield* planned(hub)
  assert.deepStrictEqual([kinds, refusals], [["repository"], []])
  return { first, hub, other, pass, plan, repository }
})

const kinds = [
  "proposal",
  "annotation",
  "catalog",
  "refs",
  "tag",
  "release",
  "condemned",
  "history"
] as const satisfies ReadonlyArray<DocumentCollection["kind"]>

/** Asserts that nothing is left of a repository but its mark. */
const assertErased = Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
  const { store } = hub
  for (const type of ["pack", "blob"] as const) {
    assert.lengthOf((yield* store.list(repository.id, type, { limit: 9 })).items, 0, type)
  }
  for (const kind of kinds) {
    const { items } = yield* store.documents.list({ kind, repository: repository.id }, { limit: 9 })
    assert.lengthOf(items, 0, kind)
  }
  const root = new TextDecoder().decode(yield* bytesOf(hub, { kind: "root", repository: repository.id }))
  assert.include(root, '"bytes":"gone"')
  assert.deepStrictEqual(yield* at(hub)(deletedRepositories()), [])
  assert.deepStrictEqual((yield* planned(hub)).plan.entries, [])
})

/** Asserts that no reader, and no rebuild, is misled by the mark. */
const assertUnknown = Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
  const { store } = hub
  yield* assertSound(hub)
  const fresh = yield* startHub({ store })
  yield* at(fresh)(requireSameHub)
  assert.deepInclude(yield* at(fresh)(rebuildIndex()), { repositories: 1, losses: 0 })
  yield* assertSound(fresh)
  for (const each of [hub, fresh]) {
    const failures = [
      yield* Effect.flip(at(each)(openRepository(repository.owner, repository.slug, ada, "read"))),
      yield* Effect.flip(at(each)(openRepositoryById(repository.id, ada, "read")))
    ]
    for (const { _tag } of failures) assert.strictEqual(_tag, "RepositoryUnknown")
  }
})

describe("a repository that was deleted long ago", () => {
  it.effect("goes with all that it has, for good, and leaves its name", () =>
    Effect.gen(function* () {
      const { first, hub, other, plan, repository } = yield* deleted
      const events: Array<AuditEvent> = []
      const record = (event: AuditEvent) => Effect.sync(() => void events.push(event))
      const { collected, left } = yield* Effect.provideService(applied(hub, plan), Audit, { record })
      const size = plan.entries.reduce((sum, entry) => sum + ("size" in entry ? entry.size : 0), 0)
      assert.isAbove(size, 0)
      assert.deepInclude(collected, { repositories: 1, packs: 0, blobs: 0, bytes: size })
      assert.deepStrictEqual(left, [])
      assert.deepStrictEqual(
        events.map(({ about, action, by, outcome }) => [action, about, by, outcome]),
        [["erase", "ada/songs", "ada", "done"]]
      )
      yield* assertErased(hub, repository)
      yield* assertUnknown(hub, repository)
      const refused = yield* Effect.flip(restore(hub, repository))
      assert.strictEqual(refused._tag, "RepositoryErased")
      assert.match(refused.message, /^ada\/songs was deleted at .* cannot be brought back; its name is free/)
      const again = yield* applied(hub, plan)
      assert.deepStrictEqual([again.collected.repositories, again.collected.left], [0, 1])

      const successor = yield* newRepository(hub, "songs")
      yield* pushSteps(hub, successor, "main", [first])
      const fresh = yield* startHub({ store: hub.store })
      yield* at(fresh)(requireSameHub)
      assert.deepInclude(yield* at(fresh)(rebuildIndex()), { repositories: 2, losses: 0 })
      for (const each of [hub, fresh]) {
        for (const present of [successor, other]) yield* clone(each, present, [first.commit.id])
        yield* assertSound(each)
      }
      assert.strictEqual(
        (yield* Effect.flip(at(hub)(openRepositoryById(repository.id, ada, "read"))))._tag,
        "RepositoryUnknown"
      )
    })
  )

  it.effect("goes whole, wherever a run is stopped and begun again, with the same plan or the next one", () =>
    Effect.gen(function* () {
      const mishap = expected(mishaps["stops before a write"], "the mishap")
      let stops = 0
      for (let nth = 1; ; nth += 1) {
        const { hub, plan, repository } = yield* deleted
        const unlucky = yield* unluckyHub(hub, mishap, nth)
        yield* Effect.exit(at(unlucky.hub)(applyGc(plan, { onLeft: () => Effect.void })))
        if (!unlucky.isMet()) break
        stops += 1
        const { value: mark } = yield* at(hub)(Effect.flatMap(Roots, (roots) => roots.read(repository.id)))
        if (mark.deletion?.bytes === "kept") {
          assert.isAbove((yield* storedIds(hub.store, repository.id)).commit.length, 0, `stop ${nth}`)
        } else {
          assert.strictEqual((yield* Effect.flip(restore(hub, repository)))._tag, "RepositoryErased", `stop ${nth}`)
          if (nth % 5 === 0) yield* assertUnknown(hub, repository)
        }
        yield* applied(hub, nth % 2 === 0 ? plan : (yield* planned(hub)).plan)
        const left = yield* hub.store.documents.list({ kind: "history", repository: repository.id }, { limit: 9 })
        // A run that was stopped after its last word leaves a copy of the mark before.
        if (mark.deletion?.bytes === "gone") assert.isAtMost(left.items.length, 1)
        else yield* assertErased(hub, repository)
      }
      assert.isAbove(stops, 15)
    })
  )

  it.live("stays whole if it is brought back before the run begins, or while it begins", () =>
    Effect.gen(function* () {
      for (const moment of ["before", "meanwhile", "deleted again"] as const) {
        const { hub, plan, repository } = yield* deleted
        const before = yield* storedIds(hub.store, repository.id)
        if (moment !== "meanwhile") yield* restore(hub, repository)
        if (moment === "deleted again") yield* remove(hub, repository)
        const elsewhere = yield* startHub({ store: hub.store, index: hub.index })
        let isBroughtBack = moment !== "meanwhile"
        const store = interposed(hub.store, ({ operation, path }, call) => {
          if (isBroughtBack || operation !== "documents.write" || !path.endsWith(`${repository.id}/root`)) return call
          isBroughtBack = true
          return Effect.andThen(Effect.orDie(restore(elsewhere, repository)), call)
        })
        const { collected, left } = yield* applied({ store, index: hub.index }, plan)
        assert.isTrue(isBroughtBack)
        assert.deepStrictEqual([collected.repositories, collected.left], [0, 1], moment)
        assert.deepStrictEqual(
          left.map(({ reason }) => reason),
          ["was brought back, or its bytes are gone"]
        )
        assert.deepStrictEqual(yield* storedIds(hub.store, repository.id), before)
        if (moment === "deleted again") yield* restore(hub, repository)
        yield* openedFor(hub, repository, ada, "write")
        yield* assertSound(hub)
      }
    })
  )

  it.live("does not come back by an index of the time before, nor hides the next one of its name", () =>
    Effect.gen(function* () {
      const { hub, first, plan, repository } = yield* deleted
      yield* restore(hub, repository)
      const old = yield* memoryIndex
      const before = yield* startHub({ store: hub.store, index: old })
      yield* at(before)(requireSameHub)
      yield* at(before)(rebuildIndex())
      yield* remove(hub, repository)
      yield* applied(hub, { ...plan, graceMillis: 0, entries: [] })
      const { plan: now } = yield* planned(hub, { graceMillis: 0 })
      yield* applied(hub, now)
      const successor = yield* newRepository(hub, "songs")
      yield* pushSteps(hub, successor, "main", [first])
      const restored = yield* startHub({ store: hub.store, index: old })
      yield* clone(restored, successor, [first.commit.id])
      assert.strictEqual((yield* openedFor(restored, successor, ada, "write")).id, successor.id)
      yield* assertSound(restored)
    })
  )

  it.effect("is listed until then, with the time until which it is kept", () =>
    Effect.gen(function* () {
      const { hub, plan, repository } = yield* deleted
      const [listed] = yield* at(hub)(deletedRepositories())
      const { at: when, until } = expected(listed, "the deleted repository")
      assert.deepStrictEqual([listed?.repository, listed?.by, listed?.name.slug], [repository.id, "ada", "songs"])
      assert.strictEqual(Date.parse(until) - Date.parse(when), graceMillis)
      yield* restore(hub, repository)
      assert.deepStrictEqual(yield* at(hub)(deletedRepositories()), [])
      yield* remove(hub, repository)
      assert.lengthOf(yield* at(hub)(deletedRepositories()), 1)
      assert.lengthOf(plan.entries, 1)
    })
  )
})
