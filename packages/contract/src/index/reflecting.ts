/** What every index promises about roots that it reflects. Part of the suite in `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { Slug } from "@musehub/domain/repository/Names"
import { Effect, Option } from "effect"
import {
  at,
  batchOf,
  createRoot,
  headsOf,
  historyOf,
  idsOf,
  lineOf,
  moveRoot,
  newRoot,
  newUser,
  reflect
} from "../IndexSamples.ts"
import { rowOf, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"
import { wholeIndex } from "../wholeIndex.ts"
import { publish } from "../publish.ts"

export const reflecting = (it: Suite) => {
  it.effect("reflecting a root makes its repository known, and how many branches it has", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(3))
      const ids = idsOf(history)
      const root = yield* publish(history, { heads: [at(ids.commits, 1), at(ids.commits, 2)] })
      const { repository, heads, sequence } = root.value
      const row = { repository, branches: heads.count, rootSequence: sequence, rootSha256: root.sha256 }
      const { owner, slug } = repository
      assert.deepStrictEqual(yield* rowOf(index, root), Option.some(row))
      assert.deepStrictEqual(yield* index.repositoryByName(owner, slug), Option.some(row))
      assert.deepStrictEqual(yield* index.repositoryByName(owner, Slug.make("other")), Option.none())
      assert.deepStrictEqual(yield* index.repositoryByName(newUser(), slug), Option.none())
    })
  )

  it.effect("a repository can be listed before its rows are recorded, and is as far behind as one without a row", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(2))
      const { commits } = idsOf(history)
      const first = yield* createRoot({ ...newRoot(history.repository), heads: headsOf({ main: at(commits, 0) }) })
      yield* index.enlist(first)
      const { repository } = first.value
      const listed = { repository, branches: 1, rootSequence: -1, rootSha256: first.sha256 }
      assert.deepStrictEqual(yield* rowOf(index, first), Option.some(listed))
      assert.strictEqual((yield* index.packs(history.repository)).rootSequence, -1)

      // Its rows are no one's to borrow until all are there.
      yield* index.record(batchOf(history))
      const ids = { blobs: [], snapshots: [], commits }
      assert.strictEqual((yield* index.holdersOf(repository.owner, ids)).commits.size, 0)
      yield* reflect(index, first)
      assert.strictEqual((yield* index.holdersOf(repository.owner, ids)).commits.size, commits.length)
      const whole = Option.some({ ...listed, rootSequence: first.value.sequence })
      assert.deepStrictEqual(yield* rowOf(index, first), whole)

      yield* index.enlist(
        yield* moveRoot(history.repository, { heads: headsOf({ main: at(commits, 1), b: at(commits, 1) }) })
      )
      assert.deepStrictEqual(yield* rowOf(index, first), whole)
    })
  )

  it.effect("a later root replaces the record, and an earlier one changes nothing", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(3))
      const [a, b, c] = idsOf(history).commits
      if (a === undefined || b === undefined || c === undefined) throw new Error("three commits were made")
      yield* index.record(batchOf(history))
      const first = yield* createRoot({ ...newRoot(history.repository), heads: headsOf({ main: a, old: a }) })
      const second = yield* moveRoot(history.repository, { heads: headsOf({ main: b }) })
      const third = yield* moveRoot(history.repository, {
        heads: headsOf({ main: c, new: b, other: b }),
        repository: {
          ...first.value.repository,
          visibility: "public",
          description: "renamed",
          slug: Slug.make("tunes")
        }
      })
      const row = (root: typeof first) => Effect.map(rowOf(index, root), Option.getOrThrow)

      yield* reflect(index, first)
      assert.strictEqual((yield* row(first)).branches, 2)
      yield* reflect(index, third)
      const latest = yield* row(third)
      assert.strictEqual(latest.branches, 3)
      assert.deepStrictEqual(latest.repository, third.value.repository)
      assert.strictEqual(latest.rootSequence, 2)
      assert.deepStrictEqual(
        yield* index.repositoryByName(first.value.repository.owner, first.value.repository.slug),
        Option.none()
      )

      yield* reflect(index, second)
      assert.deepStrictEqual(yield* row(third), latest)
      yield* reflect(index, third)
      assert.deepStrictEqual(yield* row(third), latest)
    })
  )

  it.effect("a name passes to the repository that is reflected with it, and the other row is forgotten", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const owner = newUser()
      const one = yield* createRoot(newRoot(newRepository(), { owner }))
      const other = yield* createRoot(newRoot(newRepository(), { owner }))
      yield* reflect(index, one)
      yield* reflect(index, other)
      const holder = ({ value: { repository } }: typeof one) =>
        Effect.map(
          index.repositoryByName(repository.owner, repository.slug),
          Option.map((row) => row.repository.id)
        )
      assert.deepStrictEqual(yield* holder(one), Option.some(other.value.repository.id))
      // Two repositories that exchanged their names are reflected one after the other.
      const name = (root: typeof one, slug: string) => {
        const { repository } = root.value
        return moveRoot(repository.id, { repository: { ...repository, slug: Slug.make(slug) } })
      }
      const elsewhere = yield* name(one, "elsewhere")
      yield* reflect(index, elsewhere)
      const [there, here] = [yield* name(other, "elsewhere"), yield* name(one, "songs")]
      yield* reflect(index, here)
      yield* reflect(index, there)
      yield* reflect(index, here)
      // An earlier root takes no name.
      yield* reflect(index, elsewhere)
      assert.deepStrictEqual(yield* holder(here), Option.some(one.value.repository.id))
      assert.deepStrictEqual(yield* holder(there), Option.some(other.value.repository.id))
    })
  )
}
