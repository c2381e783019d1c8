/** Histories of files and last commits, against git and by definition; in pages, while work is pending, and refused. */
import { assert, describe, it } from "@effect/vitest"
import type { Repository } from "@musehub/domain/repository/Root"
import { lastCommits } from "@musehub/domain/usecase/browse/lastCommits"
import { listTree } from "@musehub/domain/usecase/browse/listTree"
import { pathHistory, type PathTouch } from "@musehub/domain/usecase/browse/pathHistory"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { Effect, Option } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import type { Grown } from "../support/grownHistory.ts"
import {
  ada,
  at,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub,
  textBlob,
  withoutIndex
} from "../support/hubSamples.ts"
import { someCommit } from "../support/rootSamples.ts"
import { growAwkward, inGit, pushGrown } from "./GitHistory.ts"

const open = (hub: TestHub, repository: Repository) => openedFor(hub, repository, ada, "read")

/** Derives what a history is read from. */
const derive = Effect.andThen(derivePending(), derivePending({ deriver: "lines" }))

/** A whole history, read in pages. */
const historyOf = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  query: { readonly ref?: string; readonly path: string },
  limit = 1000
) {
  const items: Array<PathTouch> = []
  for (let after: string | undefined, more = true; more;) {
    const page = yield* at(hub)(pathHistory(yield* open(hub, repository), query, { after, limit }))
    assert.isAtMost(page.items.length, limit)
    items.push(...page.items)
    more = Option.isSome(page.next)
    after = Option.getOrUndefined(page.next)
  }
  return items
})

/** The commit at a place and all its ancestors. */
const ancestors = (grown: ReadonlyArray<Grown>, place: number): ReadonlySet<number> => {
  const found = new Set([place])
  for (const one of found) for (const parent of grown[one]?.parents ?? []) found.add(parent)
  return found
}

const shellQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

describe("the history of a file", () => {
  it.live(
    "of random histories is that of git log --full-history but for merges that took one side, from any commit",
    () =>
      forSeeds(8, (random) =>
        Effect.gen(function* () {
          const hub = yield* startHub()
          const grown = growAwkward(random, 60)
          const repository = yield* pushGrown(hub, grown)
          yield* at(hub)(derive)
          const placeOf = new Map(grown.map(({ step: { commit } }, place) => [commit.id, place]))
          const asked = Array.from({ length: 12 }, () => {
            const place = random.below(grown.length)
            const reached = [...ancestors(grown, place)]
            const paths = [...new Set(reached.flatMap((one) => Object.keys(grown[one]?.files ?? {})))]
            return { place, path: random.pick(paths) }
          })
          const { full, simple } = inGit(grown, ({ idOf, placeOf: gitPlace, run }) => {
            const log = (options: string) =>
              asked.map(({ path, place }) =>
                run(`git --literal-pathspecs log ${options} --format=%H ${idOf(place)} -- ${shellQuoted(path)}`)
                  .split("\n")
                  .flatMap((id) => (id === "" ? [] : [gitPlace.get(id) ?? -1]))
              )
            return { full: log("--full-history"), simple: log("-1") }
          })
          for (const [position, { path, place }] of asked.entries()) {
            const { id } = grown[place]?.step.commit ?? { id: "" }
            const items = yield* historyOf(hub, repository, { ref: id, path })
            const places = items.map(({ commitId }) => placeOf.get(commitId) ?? -1)
            // git lists merges too that took the file of one side.
            const isTaken = (merge: number) =>
              grown[merge]?.parents.some((parent) => grown[parent]?.files[path] === grown[merge]?.files[path]) === true
            const listed = full[position]?.filter((merge) => !isTaken(merge))
            assert.deepStrictEqual(places.toSorted(), listed?.toSorted(), path)
            for (const [before, one] of places.entries()) {
              for (const other of places.slice(before + 1)) assert.isFalse(ancestors(grown, other).has(one), path)
            }
            assert.deepStrictEqual(yield* historyOf(hub, repository, { ref: id, path }, 1 + random.below(3)), items)
            for (const { after, before, commitId } of items) {
              const { files = {}, parents = [] } = grown[placeOf.get(commitId) ?? -1] ?? {}
              const blobIn = (text: string | undefined) => (text === undefined ? undefined : textBlob(text).id)
              assert.strictEqual(after, blobIn(files[path]))
              assert.strictEqual(before, blobIn(grown[parents[0] ?? -1]?.files[path]))
            }
            // The last commit is one of those that gave the file its present blob, as git's is.
            const blob = textBlob(grown[place]?.files[path] ?? "").id
            if (grown[place]?.files[path] === undefined) continue
            const last = yield* at(hub)(
              lastCommits(yield* open(hub, repository), grown[place].step.commit.id, [{ path, blob }])
            )
            const givers = items.filter(({ after }) => after === blob).map(({ commitId }) => commitId)
            assert.strictEqual(last.get(path)?.commitId, givers[0])
            assert.include(
              givers.map((giver) => placeOf.get(giver)),
              simple[position]?.[0]
            )
          }
        }).pipe(Effect.scoped)
      ),
    120_000
  )

  it.live("says what each commit says, and where a moved file was", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const one = step("one\nand more", { a: "1", b: "x" }, [], { author: "bob" })
      const two = step("two", { b: "x", "dir/c": "1" }, [one])
      const three = step("three", { b: "y", "dir/c": "1" }, [two])
      yield* pushSteps(hub, repository, "main", [one, two, three])
      yield* at(hub)(derive)
      const moved = yield* historyOf(hub, repository, { path: "dir/c" })
      const blob = textBlob("1").id
      assert.deepStrictEqual(moved, [
        {
          kind: "renamed",
          before: undefined,
          after: blob,
          renamedFrom: "a",
          lines: { binary: false, added: 0, removed: 0 },
          commitId: two.commit.id,
          message: "two",
          author: "ada",
          at: two.commit.record.committed_at
        }
      ])
      const gone = yield* historyOf(hub, repository, { path: "a" })
      assert.deepStrictEqual(
        gone.map(({ kind, message }) => [kind, message]),
        [
          ["deleted", "two"],
          ["added", "one\nand more"]
        ]
      )
      const changed = yield* historyOf(hub, repository, { path: "b" })
      assert.deepStrictEqual(
        changed.map(({ author, kind }) => [kind, author]),
        [
          ["modified", "ada"],
          ["added", "bob"]
        ]
      )
      const read = yield* open(hub, repository)
      const { items } = yield* at(hub)(listTree(read, {}, { limit: 10 }))
      const last = yield* at(hub)(lastCommits(read, three.commit.id, items))
      assert.deepStrictEqual([...last].map(([path, { message }]) => [path, message]).toSorted(), [
        ["b", "three"],
        ["dir", "two"]
      ])
    }).pipe(Effect.scoped)
  )

  it.live("is not complete while commits are pending, and goes on at the commit at which it began", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const one = step("one", { a: "1" })
      const two = step("two", { a: "2" }, [one])
      const three = step("three", { a: "3" }, [two])
      yield* pushSteps(hub, repository, "main", [one, two])
      const page = (after?: string) =>
        Effect.flatMap(open(hub, repository), (read) => at(hub)(pathHistory(read, { path: "a" }, { limit: 1, after })))
      assert.deepInclude(yield* page(), { items: [], complete: false, pending: 2, path: "a" })
      yield* at(hub)(derive)
      const first = yield* page()
      assert.deepInclude(first, { complete: true, pending: 0, commitId: two.commit.id })
      yield* pushSteps(hub, repository, "main", [three])
      const second = yield* page(Option.getOrUndefined(first.next))
      assert.deepInclude(second, { complete: false, pending: 1, commitId: two.commit.id, next: Option.none() })
      assert.deepStrictEqual(
        [...first.items, ...second.items].map(({ message }) => message),
        ["two", "one"]
      )
    }).pipe(Effect.scoped)
  )

  it.live("of a path that never was, of a folder, and without the index is refused", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const one = step("one", { "dir/a": "1" })
      yield* pushSteps(hub, repository, "main", [one])
      yield* at(hub)(derive)
      const read = yield* open(hub, repository)
      const refusal = (path: string, ref?: string, after?: string) =>
        Effect.map(Effect.flip(at(hub)(pathHistory(read, { path, ref }, { limit: 1, after }))), ({ _tag }) => _tag)
      assert.strictEqual(yield* refusal("dir"), "PathIsFolder")
      assert.strictEqual(yield* refusal(""), "PathIsFolder")
      for (const path of ["a", "dir/b", "dir/a/", "__proto__", "\0", "\ud800"]) {
        assert.strictEqual(yield* refusal(path), "PathUnknown", path)
      }
      assert.strictEqual(yield* refusal("dir/a", "nowhere"), "RefUnknown")
      assert.strictEqual(yield* refusal("dir/a", someCommit("none")), "CommitUnknown")
      for (const after of ["", "1.", `${one.commit.id}1`, `${one.commit.id}1.x`]) {
        assert.strictEqual(yield* refusal("dir/a", undefined, after), "CursorRefused", after)
      }
      const away = withoutIndex(hub)
      const stored = yield* open(away, repository)
      const failed = yield* Effect.flip(at(away)(pathHistory(stored, { path: "dir/a" }, { limit: 1 })))
      assert.strictEqual(failed._tag, "NotDerived")
    }).pipe(Effect.scoped)
  )
})
