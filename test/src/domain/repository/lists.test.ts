/** Lists of repositories, from the index and from the store alone: who sees what, in pages, at a bounded cost. */
import { reflect } from "@musehub/contract/IndexSamples"
import { assert, describe, it } from "@effect/vitest"
import { Roots } from "@musehub/domain/invariant/Roots"
import { RepositoryName, UserName } from "@musehub/domain/repository/Names"
import type { Repository, Role } from "@musehub/domain/repository/Root"
import type { Principal } from "@musehub/domain/usecase/access/policy"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { visibleRepositories } from "@musehub/domain/usecase/repositories/visibleRepositories"
import { Effect, Option } from "effect"
import { callCount, rootPath } from "../../support/countingStore.ts"
import { interposed } from "../../support/interposedStore.ts"
import {
  ada,
  at,
  bob,
  newRepository,
  openedFor,
  person,
  startHub,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { memoryStore, newRepositoryId } from "../support/rootSamples.ts"

const list = (
  hub: TestHub,
  by: Principal | null,
  { owner, ...page }: { readonly owner?: string; readonly limit?: number; readonly after?: string | undefined } = {}
) =>
  at(hub)(
    visibleRepositories(by, { owner: owner === undefined ? undefined : UserName.make(owner) }, { limit: 100, ...page })
  )

const namesIn = (repositories: ReadonlyArray<Repository>) => repositories.map(({ owner, slug }) => `${owner}/${slug}`)

/** Lists all pages, of which none has more than `limit`. */
const listAll = Effect.fnUntraced(function* (hub: TestHub, by: Principal | null, limit: number, owner?: string) {
  const names: Array<string> = []
  let after: string | undefined
  do {
    const page = yield* list(hub, by, { limit, after, ...(owner === undefined ? {} : { owner }) })
    assert.isAtMost(page.items.length, limit)
    names.push(...namesIn(page.items))
    after = Option.getOrUndefined(page.next)
  } while (after !== undefined)
  return names
})

const grant = Effect.fnUntraced(function* (hub: TestHub, { id }: Repository, to: Principal, role: Role) {
  const roots = yield* at(hub)(Roots)
  const moved = yield* roots.move(id, () =>
    Effect.succeed({
      root: { grants: [[to.user, role]] },
      change: { action: "change-collaborators", by: ada.user, at: "2026-11-22T15:08:10.000Z", moves: [] }
    })
  )
  yield* reflect(hub.index, moved)
})

/** Owners of which one's name begins another's, with public and private repositories and a former name. */
const populated = Effect.gen(function* () {
  const count = callCount()
  const hub = yield* startHub({ store: interposed(yield* memoryStore, count.interpose) })
  const adaB = person("ada-b")
  yield* newRepository(hub, "one")
  yield* newRepository(hub, "one-more")
  yield* newRepository(hub, "secret", { visibility: "private" })
  const shared = yield* newRepository(hub, "shared", { visibility: "private" })
  yield* grant(hub, shared, bob, "read")
  const old = yield* newRepository(hub, "old")
  const open = yield* openedFor(hub, old, ada, "admin")
  yield* at(hub)(changeSettings(open, { name: RepositoryName.make("new") }))
  yield* newRepository(hub, "hidden", { by: adaB, visibility: "private" })
  yield* newRepository(hub, "third", { by: adaB })
  yield* newRepository(hub, "zoo", { by: bob })
  return { count, hub, shared }
})

describe("the list of repositories while the index is away", () => {
  it.effect("has the repositories that the caller may read, under their present names, as with the index", () =>
    Effect.gen(function* () {
      const { hub, shared } = yield* populated
      const limited = person("bob", { repository: shared.id })
      const elsewhere = person("ada", { repository: newRepositoryId() })
      for (const by of [null, ada, bob, person("ada-b"), person("stranger"), limited, elsewhere]) {
        for (const owner of [undefined, "ada", "ada-b", "bob", "nobody"]) {
          const expected = yield* listAll(hub, by, 100, owner)
          for (const limit of [1, 2, 3, 100]) {
            const found = yield* listAll(withoutIndex(hub), by, limit, owner)
            assert.deepStrictEqual(found.toSorted(), expected.toSorted(), `${by?.user}, ${owner}, ${limit}`)
          }
        }
      }
      assert.deepStrictEqual((yield* listAll(withoutIndex(hub), null, 2)).toSorted(), [
        "ada-b/third",
        "ada/new",
        "ada/one",
        "ada/one-more",
        "bob/zoo"
      ])
    })
  )

  it.effect("goes on where it began: from the store although the index is back, and not from one that is lost", () =>
    Effect.gen(function* () {
      const { hub } = yield* populated
      const first = yield* list(withoutIndex(hub), ada, { limit: 2 })
      const second = yield* list(hub, ada, { limit: 100, after: Option.getOrThrow(first.next) })
      assert.strictEqual(new Set(namesIn([...first.items, ...second.items])).size, 7)
      const indexed = yield* list(hub, ada, { limit: 2 })
      const failed = yield* Effect.flip(
        list(withoutIndex(hub), ada, { limit: 2, after: Option.getOrThrow(indexed.next) })
      )
      assert.strictEqual(failed._tag, "IndexUnavailable")
    })
  )

  it.effect("refuses a cursor of its kind that is no name, and ends at one that is of no list", () =>
    Effect.gen(function* () {
      const { hub } = yield* populated
      for (const after of ["store:", "store:../users", "store:A.b", `store:${"x".repeat(500)}`, "store:\0"]) {
        for (const from of [hub, withoutIndex(hub)]) {
          assert.strictEqual((yield* Effect.flip(list(from, ada, { after })))._tag, "CursorRefused", after)
        }
      }
      const beyond = yield* list(withoutIndex(hub), ada, { after: "store:zzz.z" })
      assert.deepStrictEqual(beyond, { items: [], next: Option.none() })
      assert.deepStrictEqual((yield* list(withoutIndex(hub), ada, { owner: "ada", after: "store:bob.a" })).items, [])
    })
  )

  it.effect("reads a bounded number of documents for a page, also for a caller who may see few of many", () =>
    Effect.gen(function* () {
      const { count, hub } = yield* populated
      for (let number = 100; number < 700; number++) {
        yield* newRepository(hub, `p-${number}`, { by: person("many"), visibility: "private" })
      }
      count.reset()
      const page = yield* list(withoutIndex(hub), person("stranger"), { limit: 100 })
      assert.isTrue(Option.isSome(page.next))
      assert.lengthOf(count.of("documents.list"), 1)
      assert.isAtMost(count.of("documents.read", rootPath).length, 500)
      assert.isAtMost(count.of("documents.read").length, 1000)
      assert.lengthOf(yield* listAll(withoutIndex(hub), person("stranger"), 100), 5)
      assert.lengthOf(yield* listAll(withoutIndex(hub), person("many"), 100, "many"), 600)
    })
  )
})
