/** Searches of commits, paths and contents: what they find, in pages of any size, and where a page ends. */
import { assert, describe, it } from "@effect/vitest"
import type { Repository } from "@musehub/domain/repository/Root"
import { everyItem, type PageRequest } from "@musehub/domain/port/Page"
import { textBytesMax } from "@musehub/domain/reading/lines/textBytesMax"
import { searchCommits } from "@musehub/domain/usecase/search/searchCommits"
import { searchContent } from "@musehub/domain/usecase/search/searchContent"
import { pageBytesMax, type SearchPage } from "@musehub/domain/usecase/search/SearchPage"
import { searchPaths } from "@musehub/domain/usecase/search/searchPaths"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { Effect, Option, Stream } from "effect"
import {
  ada,
  at,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type Step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"

const world = Effect.fnUntraced(function* (steps: ReadonlyArray<Step>) {
  const hub = yield* startHub()
  const repository = yield* newRepository(hub)
  yield* pushSteps(hub, repository, "main", steps)
  return { hub, repository }
})

const open = (hub: TestHub, repository: Repository) => openedFor(hub, repository, ada, "read")

/** All that a search finds, in pages. */
const all = <A, E, R>(
  hub: TestHub,
  repository: Repository,
  limit: number,
  search: (open: OpenRepository, page: PageRequest) => Effect.Effect<SearchPage<A>, E, R>
) =>
  Stream.runCollect(
    everyItem(limit, (page) => at(hub)(Effect.flatMap(open(hub, repository), (read) => search(read, page))))
  )

const one = step("Add the Verse", {
  "a.txt": "one\ntwo one\nthree",
  "dir/b.txt": "no\none more",
  "dir/c.bin": "one\0",
  empty: "",
  large: `${"one\n".repeat(textBytesMax / 4)}one`
})
const two = step("fix: chorus", { "a.txt": "none here", "Dir/Chorus": "One", "dir/chorus.txt": "" }, [one], {
  author: "Grace"
})

describe("a search", () => {
  it.effect("of contents finds lines, letter by letter, in texts of bounded size", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world([one, two])
      for (const each of [hub, withoutIndex(hub)]) {
        for (const limit of [1, 2, 100]) {
          const found = yield* all(each, repository, limit, (read, page) =>
            searchContent(read, { sought: "one", ref: one.commit.id }, page)
          )
          assert.deepStrictEqual(
            found.map(({ path, line, column, preview }) => [path, line, column, preview]),
            [
              ["a.txt", 1, 1, "one"],
              ["a.txt", 2, 5, "two one"],
              ["dir/b.txt", 2, 1, "one more"]
            ]
          )
        }
        const now = yield* all(each, repository, 100, (read, page) => searchContent(read, { sought: "one" }, page))
        assert.deepStrictEqual(
          now.map(({ path }) => path),
          ["a.txt"]
        )
      }
      const page = yield* at(hub)(
        Effect.flatMap(open(hub, repository), (read) => searchContent(read, { sought: "one" }, { limit: 100 }))
      )
      assert.deepStrictEqual(page.scanned, { commits: 0, files: 3, bytes: "none hereOne".length })
      assert.isFalse(page.truncated)
    })
  )

  it.effect("of contents ends a page that has read as much as it may, and goes on after it", () =>
    Effect.gen(function* () {
      const content = "x".repeat(textBytesMax)
      const count = pageBytesMax / textBytesMax + 3
      const files = Object.fromEntries(
        Array.from({ length: count }, (_, place) => [
          `f${String(place).padStart(3, "0")}`,
          // Few blobs, since all are in memory.
          place === count - 1 ? "found" : content
        ])
      )
      const { hub, repository } = yield* world([step("large", files)])
      const read = yield* open(hub, repository)
      const first = yield* at(hub)(searchContent(read, { sought: "found" }, { limit: 10 }))
      assert.deepInclude(first, { items: [], truncated: true })
      assert.isAtMost(first.scanned.bytes, pageBytesMax)
      const found = yield* all(hub, repository, 10, (each, page) => searchContent(each, { sought: "found" }, page))
      assert.lengthOf(found, 1)
    })
  )

  it.effect("of paths disregards case", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world([one, two])
      for (const limit of [1, 2, 100]) {
        const found = yield* all(hub, repository, limit, (read, page) => searchPaths(read, { sought: "ChoRus" }, page))
        assert.deepStrictEqual(
          found.map(({ path }) => path),
          ["Dir/Chorus", "dir/chorus.txt"]
        )
      }
      const none = yield* at(hub)(
        Effect.flatMap(open(hub, repository), (read) => searchPaths(read, { sought: "nowhere" }, { limit: 1 }))
      )
      assert.deepInclude(none, { items: [], next: Option.none(), truncated: false })
      assert.strictEqual(none.scanned.files, 3)
    })
  )

  it.effect("of commits looks at messages and authors of the history of a ref", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world([one, two])
      for (const each of [hub, withoutIndex(hub)]) {
        const found = (sought: string, ref?: string) =>
          Effect.map(
            all(each, repository, 1, (read, page) => searchCommits(read, { sought, ref }, page)),
            (commits) => commits.map(({ record }) => record.message)
          )
        assert.deepStrictEqual(yield* found("verse"), ["Add the Verse"])
        assert.deepStrictEqual(yield* found("a"), ["fix: chorus", "Add the Verse"])
        assert.deepStrictEqual(yield* found("grace"), ["fix: chorus"])
        assert.deepStrictEqual(yield* found("grace", one.commit.id), [])
      }
    })
  )

  it.effect("takes no cursor of another list", () =>
    Effect.gen(function* () {
      const { hub, repository } = yield* world([one])
      const read = yield* open(hub, repository)
      for (const after of ["", "x", `${"g".repeat(64)}1:a`]) {
        const page = { after, limit: 1 }
        const query = { sought: "a" }
        const refusals = [
          yield* Effect.flip(at(hub)(searchCommits(read, query, page))),
          yield* Effect.flip(at(hub)(searchPaths(read, query, page))),
          yield* Effect.flip(at(hub)(searchContent(read, query, page)))
        ]
        assert.deepStrictEqual(
          refusals.map(({ _tag }) => _tag),
          ["CursorRefused", "CursorRefused", "CursorRefused"]
        )
      }
    })
  )
})
