/**
 * What every index promises about other repositories: which have an object, and which there are. Part of the suite in
 * `indexContract.ts`.
 */
import { assert } from "@effect/vitest"
import type { RepositoryId } from "@musehub/domain/object/Id"
import { Slug, type UserName } from "@musehub/domain/repository/Names"
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import { expected } from "@musehub/domain/base/expected"
import type { Root, Visibility } from "@musehub/domain/repository/Root"
import type { Reader } from "@musehub/domain/repository/rule/roles"
import { at, createRoot, firstOf, historyOf, idsOf, moveRoot, newRoot, newUser, reflect } from "../IndexSamples.ts"
import { allPages, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"
import { wholeIndex } from "../wholeIndex.ts"
import { publish } from "../publish.ts"

export const holders = (it: Suite) => {
  it.effect("finds objects in other repositories only where the reader may read and the objects are recorded", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const [owner, friend, stranger] = [newUser(), newUser(), newUser()]
      const content = randomUUID()
      const steps = [
        { parents: [], files: { a: content } },
        { parents: [0], files: { a: content, b: `${content} unrecorded` } }
      ]
      const history = yield* historyOf(steps)
      const ids = idsOf(history)
      const { repository } = history
      yield* publish(firstOf(history, 1), { root: { owner } })
      const found = (reader: UserName | null) =>
        Effect.map(index.holdersOf(reader, ids), ({ blobs, snapshots, commits }) =>
          [blobs, snapshots, commits].map((map) => [...map].map(([id, holder]) => [id, holder] as const))
        )
      const hit = [
        [[at(ids.blobs, 0), repository]],
        [[at(ids.snapshots, 0), repository]],
        [[at(ids.commits, 0), repository]]
      ]
      const miss = [[], [], []]
      assert.deepStrictEqual<unknown>(yield* found(owner), hit)
      for (const reader of [friend, stranger, null]) assert.deepStrictEqual<unknown>(yield* found(reader), miss)

      const granted = yield* moveRoot(repository, { grants: [[friend, "read"]] })
      yield* reflect(index, granted)
      assert.deepStrictEqual<unknown>(yield* found(friend), hit)
      assert.deepStrictEqual<unknown>(yield* found(stranger), miss)

      const record = granted.value.repository
      yield* reflect(
        index,
        yield* moveRoot(repository, { grants: [], repository: { ...record, visibility: "public" } })
      )
      for (const reader of [owner, friend, stranger, null]) assert.deepStrictEqual<unknown>(yield* found(reader), hit)

      yield* reflect(index, yield* moveRoot(repository, { repository: { ...record, visibility: "private" } }))
      for (const reader of [friend, null]) assert.deepStrictEqual<unknown>(yield* found(reader), miss)
    })
  )

  it.effect("names a readable repository among several that have an object", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const steps = [{ parents: [], files: { a: randomUUID() } }]
      const reader = newUser()
      const secret = yield* historyOf(steps)
      const own = yield* historyOf(steps)
      yield* publish(secret)
      yield* publish(own, { root: { owner: reader } })
      const answer = yield* index.holdersOf(reader, idsOf(own))
      for (const map of [answer.blobs, answer.snapshots, answer.commits])
        assert.deepStrictEqual<ReadonlyArray<RepositoryId>>([...map.values()], [own.repository])
    })
  )
}

export const listing = (it: Suite) => {
  it.effect("repositories are listed in order of owner, then slug, in pages", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const owner = newUser()
      // A hyphen sorts before digits and letters by code point, and after them in many locales.
      const slugs = ["b", "a-b", "a", "ab", "a0", "z9"].map((slug) => Slug.make(slug))
      for (const slug of slugs) yield* reflect(index, yield* createRoot(newRoot(newRepository(), { owner, slug })))
      yield* reflect(index, yield* createRoot(newRoot(newRepository())))
      const own = yield* allPages((page) => index.repositories({ owner }, page))
      assert.deepStrictEqual(
        own.map(({ repository }) => repository.slug),
        slugs.toSorted()
      )
      const all = yield* allPages((page) => index.repositories({}, page))
      const keys = all.map(({ repository }) => `${repository.owner}\0${repository.slug}`)
      assert.deepStrictEqual(keys, keys.toSorted())
      assert.isAbove(all.length, own.length)
      assert.deepStrictEqual((yield* index.repositories({ owner: newUser() }, { limit: 5 })).items, [])
    })
  )

  it.effect("repositories are listed to a reader as their roots allow, in the same order and in pages", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const [owner, friend, heir, stranger] = [newUser(), newUser(), newUser(), newUser()]
      const parts: ReadonlyArray<readonly [string, Partial<Root>, Visibility]> = [
        ["b-public", {}, "public"],
        ["a-private", {}, "private"],
        ["c-granted", { grants: [[friend, "read"]] }, "private"],
        ["d-offered", { offeredTo: heir }, "private"],
        ["a-both", { grants: [[friend, "admin"]], offeredTo: heir }, "private"],
        ["e-public", { grants: [[friend, "write"]] }, "public"]
      ]
      const roots = yield* Effect.forEach(parts, ([slug, part, visibility]) => {
        const root = newRoot(newRepository(), { owner, slug: Slug.make(slug), visibility })
        return createRoot({ ...root, ...part })
      })
      for (const root of roots) yield* reflect(index, root)
      const idOf = (slug: string) =>
        expected(
          roots.find(({ value }) => value.repository.slug === slug),
          slug
        ).value.repository.id
      const anybodys = ["b-public", "e-public"]
      const all = ["a-both", "a-private", "b-public", "c-granted", "d-offered", "e-public"]
      const cases: ReadonlyArray<readonly [Reader | null, ReadonlyArray<string>]> = [
        [null, anybodys],
        [{ user: stranger, repository: null }, anybodys],
        [{ user: owner, repository: null }, all],
        [{ user: friend, repository: null }, ["a-both", "b-public", "c-granted", "e-public"]],
        [{ user: heir, repository: null }, ["a-both", "b-public", "d-offered", "e-public"]],
        [{ user: owner, repository: newRepository() }, anybodys],
        [{ user: owner, repository: idOf("a-private") }, ["a-private", "b-public", "e-public"]],
        [{ user: friend, repository: idOf("c-granted") }, ["b-public", "c-granted", "e-public"]],
        [{ user: friend, repository: idOf("a-private") }, anybodys],
        [{ user: heir, repository: idOf("d-offered") }, ["b-public", "d-offered", "e-public"]]
      ]
      for (const [reader, slugs] of cases) {
        const found = yield* allPages((page) => index.readableRepositories(reader, { owner }, page))
        assert.deepStrictEqual(
          found.map(({ repository }) => repository.slug),
          slugs.map((slug) => Slug.make(slug)),
          JSON.stringify(reader)
        )
        const whole = yield* allPages((page) => index.readableRepositories(reader, {}, page))
        const keys = whole.map(({ repository }) => `${repository.owner}\0${repository.slug}`)
        assert.deepStrictEqual(keys, [...new Set(keys)].toSorted(), JSON.stringify(reader))
        assert.includeMembers(
          keys,
          slugs.map((slug) => `${owner}\0${slug}`)
        )
      }

      // Teams grant by name; a list of one owner has no other's.
      const granted = [
        { owner, slug: Slug.make("a-private") },
        { owner, slug: Slug.make("e-public") },
        { owner: stranger, slug: Slug.make("a-both") }
      ]
      const ofTeams = yield* allPages((page) =>
        index.readableRepositories({ user: stranger, repository: null }, { owner, granted }, page)
      )
      assert.deepStrictEqual(
        ofTeams.map(({ repository }) => String(repository.slug)),
        ["a-private", "b-public", "e-public"]
      )
      const named = yield* allPages((page) => index.repositories({ slug: Slug.make("a-private") }, page))
      assert.include(
        named.map(({ repository }) => repository.id),
        idOf("a-private")
      )
      assert.isTrue(named.every(({ repository }) => repository.slug === "a-private"))

      // A right that is taken away, or given, is followed like any other change of the root.
      const secret = idOf("d-offered")
      yield* reflect(index, yield* moveRoot(secret, { offeredTo: null, grants: [[stranger, "read"]] }))
      const slugsOf = (user: UserName) =>
        Effect.map(
          allPages((page) => index.readableRepositories({ user, repository: null }, { owner }, page)),
          (rows) => rows.map(({ repository }) => String(repository.slug))
        )
      assert.notInclude(yield* slugsOf(heir), "d-offered")
      assert.include(yield* slugsOf(stranger), "d-offered")
    })
  )
}
