/** Tests of every index's promises about users, their tokens and their usage. Part of `indexContract.ts`. */
import { assert } from "@effect/vitest"
import { readToken, writeToken, writeUser } from "@musehub/domain/invariant/HubDocuments"
import { sha256 } from "@musehub/domain/object/Digest"
import { wholeIndex } from "../wholeIndex.ts"
import { DocumentName, Slug, UserName } from "@musehub/domain/repository/Names"
import type { Token } from "@musehub/domain/hub/Token"
import type { User } from "@musehub/domain/hub/User"
import { Effect, Option } from "effect"
import { randomUUID } from "node:crypto"
import { batchOf, createRoot, historyOf, lineOf, moveRoot, newRoot, newUser, reflect } from "../IndexSamples.ts"
import { allPages, sorted, type Suite } from "../IndexSuite.ts"
import { newRepository } from "../StoreSamples.ts"

const now = "2026-11-22T15:08:10.000Z"

const tokenOf = (user: UserName, fields: Partial<Token> = {}): Token => {
  const hash = sha256(randomUUID())
  return {
    hash,
    id: hash.slice(0, 12),
    user,
    scope: "write",
    repository: null,
    createdAt: "2026-11-22T15:08:10.000Z",
    expiresAt: null,
    revokedAt: null,
    ...fields
  }
}

/** Replaces a token's document with a revoked one. */
const revoke = Effect.fnUntraced(function* (token: Token) {
  const { version } = Option.getOrThrow(yield* readToken(token.hash))
  return yield* writeToken({ ...token, revokedAt: "2026-12-01T00:00:00.000Z" }, version)
})

export const people = (it: Suite) => {
  it.effect("an invented cursor is not a failure of the index", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const repository = newRepository()
      for (const after of ["", "\0", "a\0b", "💥", "/", " ", "-1", "9".repeat(400)]) {
        const page = { after, limit: 1 }
        yield* index.users(page)
        yield* index.tokens({}, page)
        yield* index.repositories({}, page)
        yield* index.proposals(repository, {}, page)
        yield* index.rows(repository, "commit", page)
      }
    })
  )

  it.effect("users are listed in order of name, in pages, without repeats", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const stem = newUser()
      // A hyphen sorts before digits and letters by code point, and after them in many locales.
      const made = ["b", "a-b", "a", "ab", "a0", "z9"].map((end, place): User => ({
        name: UserName.make(`${stem}${end}`),
        createdAt: `2026-11-2${place}T00:00:00.000Z`
      }))
      for (const user of made) {
        const stored = yield* writeUser(user)
        yield* index.recordUser(stored)
        yield* index.recordUser(stored)
      }
      const all = yield* allPages(index.users)
      assert.deepStrictEqual(
        all.filter(({ name }) => name.startsWith(stem)),
        made.toSorted((a, b) => (a.name < b.name ? -1 : 1))
      )
      const names = all.map(({ name }) => name)
      assert.deepStrictEqual(names, names.toSorted())
      assert.deepStrictEqual(yield* index.users({ limit: 5, after: names.at(-1) }), { items: [], next: Option.none() })
    })
  )

  it.effect("tokens are found by hash and by public id, and follow their document", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const token = tokenOf(newUser(), { repository: newRepository(), expiresAt: "2027-01-01T00:00:00.000Z" })
      assert.deepStrictEqual(yield* index.tokenByHash(token.hash), Option.none())
      assert.deepStrictEqual(yield* index.tokenByPublicId(token.id), Option.none())
      const issued = yield* writeToken(token)
      yield* index.recordToken(issued)
      assert.deepStrictEqual(yield* index.tokenByHash(token.hash), Option.some(token))
      assert.deepStrictEqual(yield* index.tokenByPublicId(token.id), Option.some(token))

      const revoked = yield* revoke(token)
      yield* index.recordToken(revoked)
      assert.deepStrictEqual(yield* index.tokenByHash(token.hash), Option.some(revoked.value))
    })
  )

  it.effect("late evidence does not restore a revoked token", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const token = tokenOf(newUser())
      const issued = yield* writeToken(token)
      const revoked = yield* revoke(token)
      yield* index.recordToken(revoked)
      yield* index.recordToken(issued)
      assert.deepStrictEqual(yield* index.tokenByHash(token.hash), Option.some(revoked.value))
    })
  )

  it.effect("tokens are listed in order of creation, in pages, for one user or all", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const user = newUser()
      const days = ["03", "01", "02", "02", "05"]
      const made = days.map((day) => tokenOf(user, { createdAt: `2026-11-${day}T00:00:00.000Z` }))
      for (const token of [...made, tokenOf(newUser())]) yield* index.recordToken(yield* writeToken(token))
      const own = yield* allPages((page) => index.tokens({ user }, page))
      assert.deepStrictEqual(
        own.map(({ createdAt }) => createdAt.slice(8, 10)),
        days.toSorted()
      )
      assert.deepStrictEqual(sorted(own.map(({ hash }) => hash)), sorted(made.map(({ hash }) => hash)))
      const all = yield* allPages((page) => index.tokens({}, page))
      const times = all.map(({ createdAt }) => createdAt)
      assert.deepStrictEqual(times, times.toSorted())
      assert.isAbove(all.length, own.length)
    })
  )

  it.effect("the bytes of a repository are those of its recorded objects, each once", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const history = yield* historyOf(lineOf(5))
      const batch = batchOf(history)
      assert.strictEqual(yield* index.storedBytes(history.repository), 0)
      yield* index.record(batch)
      const sizes = [...batch.blobs, ...batch.snapshots, ...batch.commits.map(({ stored }) => stored)]
      const bytes = [...new Map(sizes.map((each) => [each.storageUri, each.size])).values()].reduce((a, b) => a + b, 0)
      assert.isAbove(bytes, 0)
      assert.strictEqual(yield* index.storedBytes(history.repository), bytes)
      yield* index.record(batch)
      assert.strictEqual(yield* index.storedBytes(history.repository), bytes, "recording again adds nothing")
    })
  )

  it.effect("a user has the repositories and bytes of the roots that name the user as owner", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const owner = newUser()
      const none = { repositories: 0, tokens: 0, keptAnswers: 0, bytes: 0 }
      assert.deepStrictEqual(yield* index.usageOf(owner, now), none)
      let bytes = 0
      for (const length of [2, 40]) {
        const history = yield* historyOf(lineOf(length))
        const slug = Slug.make(`length-${length}`)
        yield* reflect(index, yield* createRoot(newRoot(history.repository, { owner, slug })))
        // One at a time, so that the figure is the sum of many calls.
        for (const entry of history.commits) yield* index.record({ ...batchOf(history), commits: [entry] })
        const sum = yield* index.storedBytes(history.repository)
        yield* reflect(index, yield* moveRoot(history.repository, {}))
        assert.strictEqual(yield* index.storedBytes(history.repository), sum)
        bytes += sum
      }
      assert.deepStrictEqual(yield* index.usageOf(owner, now), { ...none, repositories: 2, bytes })
    })
  )

  it.effect("a user has the tokens that are neither revoked nor expired at the time", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const user = newUser()
      const make = (fields: Partial<Token>) => Effect.flatMap(writeToken(tokenOf(user, fields)), index.recordToken)
      yield* make({})
      yield* make({ expiresAt: "2026-11-22T15:08:10.001Z" })
      yield* make({ expiresAt: now })
      yield* make({ revokedAt: now })
      assert.strictEqual((yield* index.usageOf(user, now)).tokens, 2)
    })
  )

  it.effect("kept answers are counted once, found by their age, and forgotten", () =>
    Effect.gen(function* () {
      const index = yield* wholeIndex
      const [user, other] = [newUser(), newUser()]
      const documents = [1, 2, 3].map(() => DocumentName.make(sha256(randomUUID())))
      for (const [place, document] of documents.entries()) {
        yield* index.recordKeptAnswer({ user, document, at: `2026-11-0${place + 1}T00:00:00.000Z` })
      }
      yield* index.recordKeptAnswer({ user: other, document: DocumentName.make(sha256(randomUUID())), at: now })
      assert.strictEqual((yield* index.usageOf(user, now)).keptAnswers, 3)
      assert.deepStrictEqual(
        yield* index.keptAnswersBefore(user, "2026-11-03T00:00:00.000Z", 10),
        documents.slice(0, 2)
      )
      assert.deepStrictEqual(yield* index.keptAnswersBefore(user, now, 1), documents.slice(0, 1))
      const [first] = documents
      if (first !== undefined) yield* index.recordKeptAnswer({ user, document: first, at: now })
      assert.deepStrictEqual(yield* index.keptAnswersBefore(user, now, 10), documents.slice(1))
      yield* index.forgetKeptAnswers(documents.slice(1))
      yield* index.forgetKeptAnswers([])
      assert.strictEqual((yield* index.usageOf(user, now)).keptAnswers, 1)
    })
  )
}
