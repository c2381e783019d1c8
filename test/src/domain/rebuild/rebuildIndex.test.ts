/** The index is filled from the store by one call, and what the store lost is reported. */
import { assert, describe, it } from "@effect/vitest"
import { DocumentName, UserName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import type { Loss } from "@musehub/domain/usecase/operations/rebuild/Loss"
import { rebuildIndex } from "@musehub/domain/usecase/operations/rebuildIndex"
import { createToken, ensureUser } from "@musehub/domain/usecase/people/tokens"
import { Effect } from "effect"
import {
  ada,
  at,
  bob,
  failingIndex,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub
} from "../support/hubSamples.ts"
import { memoryIndex } from "../support/rootSamples.ts"
import { assertSameIndex } from "./assertSameIndex.ts"

/** Two commits. */
const history = (title: string) => {
  const first = step(title, { "a.txt": `1 ${title}` })
  return [first, step(`${title} again`, { "a.txt": `2 ${title}` }, [first])]
}

/** A hub with two users and two repositories, each of two packs. */
const grown = Effect.gen(function* () {
  const hub = yield* startHub()
  for (const user of ["ada", "bob"]) yield* at(hub)(ensureUser(UserName.make(user)))
  yield* at(hub)(createToken({ user: ada.user, scope: "write", repository: null, lifetimeMillis: null }))
  const repositories = [
    yield* newRepository(hub, "engine", { visibility: "private" }),
    yield* newRepository(hub, "songs", { by: bob })
  ]
  for (const [place, repository] of repositories.entries()) {
    const by = place === 0 ? ada : bob
    for (const one of history(repository.slug)) yield* pushSteps(hub, repository, "main", [one], { by })
  }
  return { hub, repositories }
})

const page = { limit: 100 }

const peopleOf = ({ index }: TestHub) => Effect.all([index.users(page), index.tokens({}, page)])

/** Another process on the same store, with an empty index. */
const lost = ({ store }: TestHub) => startHub({ store })

const packsOf = Effect.fnUntraced(function* (hub: TestHub, repository: Repository) {
  const { root } = yield* openedFor(hub, repository, ada, "read")
  return root.value.packs
})

describe("an index that was lost", () => {
  it.effect("is filled from the store, and a second time changes nothing", () =>
    Effect.gen(function* () {
      const { hub, repositories } = yield* grown
      const rebuilt = yield* lost(hub)
      const first = yield* at(rebuilt)(rebuildIndex())
      const packs = yield* Effect.forEach(repositories, (repository) => packsOf(hub, repository))
      assert.deepStrictEqual(first, {
        users: 2,
        tokens: 1,
        domains: 0,
        repositories: 2,
        packs: packs.flat().length,
        losses: 0
      })
      yield* assertSameIndex(hub, rebuilt, repositories, [ada, bob])
      assert.deepStrictEqual(yield* peopleOf(rebuilt), yield* peopleOf(hub))

      const readOnly = yield* startHub({
        store: hub.store,
        index: failingIndex(rebuilt.index, (operation) => operation === "record")
      })
      assert.deepStrictEqual(yield* at(readOnly)(rebuildIndex()), first)
      yield* assertSameIndex(hub, rebuilt, repositories, [ada, bob])
    })
  )

  it.effect("goes on after a run that failed", () =>
    Effect.gen(function* () {
      const { hub, repositories } = yield* grown
      const index = yield* memoryIndex
      let records = 0
      const failing = failingIndex(index, (operation) => operation === "record" && (records += 1) > 2)
      const broken = yield* startHub({ store: hub.store, index: failing })
      const error = yield* Effect.flip(at(broken)(rebuildIndex()))
      assert.strictEqual(error._tag, "IndexUnavailable")
      const rebuilt = yield* startHub({ store: hub.store, index })
      assert.deepStrictEqual((yield* at(rebuilt)(rebuildIndex())).losses, 0)
      yield* assertSameIndex(hub, rebuilt, repositories, [ada, bob])
    })
  )

  it.effect("has all but what the store lost, which is reported by name", () =>
    Effect.gen(function* () {
      const { hub, repositories } = yield* grown
      const [engine, songs] = repositories as [Repository, Repository]
      const third = yield* newRepository(hub, "third")
      const fourth = yield* newRepository(hub, "fourth")
      const [pack] = yield* packsOf(hub, engine)
      assert.isDefined(pack)
      const { documents } = hub.store
      yield* hub.store.delete({ repository: engine.id, type: "pack", id: pack.sha256 })
      yield* documents.delete({ kind: "root", repository: songs.id })
      const junk = new TextEncoder().encode("junk")
      yield* documents.write({ kind: "root", repository: third.id }, junk, { _tag: "Any" })
      const zoe = { kind: "hub", collection: "users", name: DocumentName.make("zoe") } as const
      yield* documents.write(zoe, junk, { _tag: "Absent" })
      const stray = { kind: "hub", collection: "tokens", name: DocumentName.make("notes") } as const
      yield* documents.write(stray, junk, { _tag: "Absent" })

      const rebuilt = yield* lost(hub)
      const losses: Array<Loss> = []
      const onLoss = (loss: Loss) => Effect.sync(() => void losses.push(loss))
      const { repositories: count, tokens, users, ...rest } = yield* at(rebuilt)(rebuildIndex({ onLoss }))
      assert.strictEqual(rest.losses, losses.length)
      assert.sameMembers(
        losses.map(({ what }) => what),
        [
          `pack ${pack.sha256} of repository ${engine.id}`,
          `the root of repository ${songs.id}`,
          `repository ${third.id}`,
          "hub/users/zoe",
          "hub/tokens/notes"
        ]
      )
      for (const { reason } of losses) assert.isNotEmpty(reason)
      assert.deepStrictEqual([count, tokens, users], [2, 1, 2])
      const { items } = yield* rebuilt.index.repositories({}, page)
      assert.sameMembers(
        items.map(({ repository }) => repository.id),
        [engine.id, fourth.id]
      )
    })
  )

  it.effect("loses nothing by a creation that put packs and was refused, and names a root that a name leads to", () =>
    Effect.gen(function* () {
      const { hub, repositories } = yield* grown
      const [engine] = repositories as [Repository, Repository]
      const { documents } = hub.store
      yield* documents.delete({ kind: "root", repository: engine.id })
      const history = { kind: "history", repository: engine.id } as const
      const { items } = yield* documents.list(history, { limit: 1000 })
      for (const sequence of items) yield* documents.delete({ ...history, sequence: Number(sequence) })
      assert.strictEqual((yield* at(yield* lost(hub))(rebuildIndex())).losses, 1)
      const name = DocumentName.make(`${engine.owner}.${engine.slug}`)
      yield* documents.delete({ kind: "hub", collection: "names", name })
      const { losses, repositories: count } = yield* at(yield* lost(hub))(rebuildIndex())
      assert.deepStrictEqual([losses, count], [0, 1])
    })
  )

  it.effect("lacks a repository whose creation was never finished", () =>
    Effect.gen(function* () {
      const { hub, repositories } = yield* grown
      const [engine] = repositories as [Repository, Repository]
      const name = DocumentName.make(`${engine.owner}.${engine.slug}`)
      yield* hub.store.documents.delete({ kind: "hub", collection: "names", name })
      const rebuilt = yield* lost(hub)
      const { losses, repositories: count } = yield* at(rebuilt)(rebuildIndex())
      assert.deepStrictEqual([losses, count], [0, 1])
      const { items } = yield* rebuilt.index.repositories({}, page)
      assert.notInclude(
        items.map(({ repository }) => repository.id),
        engine.id
      )
    })
  )
})
