/**
 * Tests of every index's promises about what identities follow and star: which identities are left to read, and who is
 * counted. Part of the suite in `indexContract.ts`.
 */
import { assert } from "@effect/vitest"
import type { RepositoryId } from "@musehub/domain/object/Id"
import type { Deriver } from "@musehub/domain/port/index/derived/DerivationIndex"
import type { Mark } from "@musehub/domain/port/index/derived/MarkIndex"
import type { StoredDocument } from "@musehub/domain/port/Stored"
import { Slug } from "@musehub/domain/repository/Names"
import type { Root } from "@musehub/domain/repository/Root"
import { identityDomain, identitySlug } from "@musehub/domain/repository/rule/isIdentity"
import { Effect, Option } from "effect"
import { batchOf, createRoot, historyOf, lineOf, moveRoot, newRoot, newUser, reflect } from "../../IndexSamples.ts"
import type { Suite } from "../../IndexSuite.ts"
import { newRepository } from "../../StoreSamples.ts"
import { wholeIndex } from "../../wholeIndex.ts"

/** The version at which these tests begin; the index may be shared. */
const version = 1
const deriver: Deriver = { name: "marks", version }

const workOf = (repository: RepositoryId) => ({ deriver: deriver.name, repository })

const following = (handle: string): Mark => ({ kind: "follows", of: handle })

/** Makes and reflects a public identity. */
const newIdentity = Effect.fnUntraced(function* (record: Partial<Root["repository"]> = {}) {
  const index = yield* wholeIndex
  const root = newRoot(newRepository(), {
    slug: identitySlug,
    domain: identityDomain,
    visibility: "public",
    ...record
  })
  const stored = yield* createRoot(root)
  yield* reflect(index, stored)
  return stored
})

const idOf = ({ value }: StoredDocument<Root>): RepositoryId => value.repository.id

/** Moves the root of an identity, and reflects it. */
const moved = Effect.fnUntraced(function* ({ value }: StoredDocument<Root>, record: Partial<Root["repository"]> = {}) {
  const root = yield* moveRoot(value.repository.id, { repository: { ...value.repository, ...record } })
  yield* reflect(yield* wholeIndex, root)
  return root
})

/** Records what an identity marks. */
const marking = Effect.fnUntraced(function* (root: StoredDocument<Root>, ...marks: ReadonlyArray<Mark>) {
  const { recordMarks } = yield* wholeIndex
  yield* recordMarks(idOf(root), version, { rootSha256: root.sha256, marks })
})

export const marks = (it: Suite) => {
  it.effect("an identity is work once its root is reflected, and each time that its root moves", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.startDeriver(deriver)
      const first = yield* newIdentity()
      const repository = idOf(first)
      const left = index.identityToRead(repository)
      assert.deepStrictEqual(yield* left, Option.some(first.sha256))
      assert.strictEqual(yield* index.pendingCommits("marks", repository), 1)
      assert.isAtLeast(yield* index.pendingCommits("marks"), 1)
      assert.deepStrictEqual(yield* index.underived(workOf(repository), 10), [])
      yield* marking(first)
      assert.deepStrictEqual(yield* left, Option.none())
      assert.strictEqual(yield* index.pendingCommits("marks", repository), 0)
      // The same root again is nothing new.
      yield* reflect(index, first)
      assert.deepStrictEqual(yield* left, Option.none())
      const second = yield* moved(first)
      assert.deepStrictEqual(yield* left, Option.some(second.sha256))
      yield* index.forget(repository)
      assert.deepStrictEqual(yield* left, Option.none())
      assert.strictEqual(yield* index.pendingCommits("marks", repository), 0)
    })
  )

  it.effect("commits and other repositories are no work of the deriver of marks", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(2))
      yield* index.record(batchOf(history))
      assert.strictEqual(yield* index.pendingCommits("marks", history.repository), 0)
      for (const record of [{ slug: Slug.make("other") }, { domain: newRoot(newRepository()).repository.domain }]) {
        const root = yield* newIdentity(record)
        assert.deepStrictEqual(yield* index.identityToRead(idOf(root)), Option.none())
        yield* index.deriveAgain(workOf(idOf(root)))
        assert.strictEqual(yield* index.pendingCommits("marks", idOf(root)), 0)
      }
    })
  )

  it.effect("an identity that is listed before its rows are there is work, and so is one that is put off, later", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const root = yield* createRoot(
        newRoot(newRepository(), { slug: identitySlug, domain: identityDomain, visibility: "public" })
      )
      const repository = idOf(root)
      yield* index.putOffIdentity(repository)
      yield* index.enlist(root)
      const left = index.identityToRead(repository)
      assert.deepStrictEqual(yield* left, Option.some(root.sha256))
      const offered = Effect.map(index.repositoryToDerive("marks", undefined), Option.isSome)
      assert.isTrue(yield* offered)
      yield* index.putOffIdentity(repository)
      assert.deepStrictEqual(yield* left, Option.none())
      assert.strictEqual(yield* index.pendingCommits("marks", repository), 1)
      yield* index.resumeDerivation(workOf(repository))
      assert.deepStrictEqual(yield* left, Option.some(root.sha256))
      yield* index.putOffIdentity(repository)
      const second = yield* moved(root)
      assert.deepStrictEqual(yield* left, Option.some(second.sha256))
    })
  )

  it.effect("marks are recorded in place of those before, of the reflected root, by the version at work", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.startDeriver(deriver)
      const [bob, eve] = [newUser(), newUser()]
      const counts = Effect.all([index.countMarks(following(bob)), index.countMarks(following(eve))])
      const first = yield* newIdentity()
      const repository = idOf(first)
      const of = { rootSha256: first.sha256, marks: [following(bob)] }
      yield* index.recordMarks(repository, version + 1, of)
      assert.deepStrictEqual(yield* counts, [0, 0])
      yield* index.recordMarks(repository, version, of)
      assert.deepStrictEqual(yield* counts, [1, 0])
      // Without work, nothing is recorded.
      yield* marking(first, following(eve))
      assert.deepStrictEqual(yield* counts, [1, 0])
      const second = yield* moved(first)
      yield* marking(first, following(eve))
      assert.deepStrictEqual(yield* counts, [1, 0])
      yield* marking(second, following(eve), { kind: "stars", of: `${bob}/songs` })
      assert.deepStrictEqual(yield* counts, [0, 1])
      assert.strictEqual(yield* index.countMarks({ kind: "stars", of: `${bob}/songs` }), 1)
      assert.strictEqual(yield* index.countMarks({ kind: "stars", of: bob }), 0)

      yield* index.deriveAgain({ deriver: "touches", repository })
      assert.deepStrictEqual(yield* counts, [0, 1])
      yield* index.deriveAgain(workOf(repository))
      assert.deepStrictEqual(yield* counts, [0, 0])
      assert.deepStrictEqual(yield* index.identityToRead(repository), Option.some(second.sha256))
      yield* marking(second, following(bob), following(eve))
      assert.deepStrictEqual(yield* counts, [1, 1])
      yield* index.forget(repository)
      assert.deepStrictEqual(yield* counts, [0, 0])
    })
  )

  it.effect("a root that is reflected while marks of the one before are recorded is work, whichever comes first", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.startDeriver(deriver)
      for (let turn = 0; turn < 10; turn++) {
        const first = yield* newIdentity()
        const repository = idOf(first)
        const second = yield* moveRoot(repository, { repository: first.value.repository })
        const calls = [reflect(index, second), marking(first), index.deriveAgain(workOf(repository))]
        yield* Effect.all(turn % 2 === 0 ? calls : calls.toReversed(), { concurrency: "unbounded" })
        assert.deepStrictEqual(yield* index.identityToRead(repository), Option.some(second.sha256))
        yield* marking(second)
        assert.strictEqual(yield* index.pendingCommits("marks", repository), 0)
      }
    })
  )

  it.effect("counts are of public identities by their present names, each once, without the marked handle", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.startDeriver(deriver)
      const bob = newUser()
      const own = yield* newIdentity({ owner: bob })
      const first = yield* newIdentity()
      const other = yield* newIdentity()
      const star: Mark = { kind: "stars", of: `${bob}/songs` }
      for (const root of [own, first, other]) yield* marking(root, following(bob), star)
      const counts = Effect.all([index.countMarks(following(bob)), index.countMarks(star)])
      assert.deepStrictEqual(yield* counts, [2, 2])
      for (const record of [{ visibility: "private" }, { slug: Slug.make("former") }] as const) {
        yield* moved(first, record)
        assert.deepStrictEqual(yield* counts, [1, 1])
        yield* moved(first)
        assert.deepStrictEqual(yield* counts, [2, 2])
      }
      // Another repository that has the name takes its place.
      yield* newIdentity({ owner: first.value.repository.owner })
      assert.deepStrictEqual(yield* counts, [1, 1])
    })
  )

  it.effect("as many marks as a document has at most are recorded, changed and counted", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      yield* index.startDeriver(deriver)
      const root = yield* newIdentity()
      const user = newUser()
      const many = Array.from({ length: 5000 }, (_, place): ReadonlyArray<Mark> => [
        following(`${user.slice(0, 50)}${place}`),
        { kind: "stars", of: `${user}/s${place}` }
      ]).flat()
      const count = Effect.all([0, 4999].map((place) => index.countMarks({ kind: "stars", of: `${user}/s${place}` })))
      yield* marking(root, ...many)
      assert.deepStrictEqual(yield* count, [1, 1])
      yield* marking(yield* moved(root), ...many.slice(2))
      assert.deepStrictEqual(yield* count, [0, 1])
    })
  )
}
