/** Blame of files of random histories, against git: of lines that are unique, and of lines that repeat. */
import { assert, describe, it } from "@effect/vitest"
import type { Repository } from "@musehub/domain/repository/Root"
import { blame } from "@musehub/domain/usecase/browse/blame/blame"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { Effect } from "effect"
import { forSeeds, type Seeded } from "../../support/seeded.ts"
import { type Files, type Grown, grow } from "../support/grownHistory.ts"
import {
  ada,
  at,
  newRepository,
  openedFor,
  pushSteps,
  startHub,
  step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { inGit, pushGrown } from "./GitHistory.ts"

const open = (hub: TestHub, repository: Repository) => openedFor(hub, repository, ada, "read")

/** Changes some lines. Each is unique, and stands by its number, so that only one comparison is right. */
const editedLines = (random: Seeded, text: string, unique: () => number): string => {
  const lines = text.split("\n").filter((line) => line !== "" && !random.chance(0.1))
  for (let added = random.below(4); added >= 0; added--) {
    lines.push(`${String(random.below(1_000_000)).padStart(7, "0")} ${unique()}`)
  }
  return lines
    .toSorted()
    .map((line) => `${line}\n`)
    .join("")
}

const joinedLines = (one: string, other: string): string =>
  [...new Set([...one.split("\n"), ...other.split("\n")])]
    .filter((line) => line !== "")
    .toSorted()
    .map((line) => `${line}\n`)
    .join("")

/** A history of one file that is edited, merged, taken from one side, deleted and moved. */
const growLines = (random: Seeded, commits: number): ReadonlyArray<Grown> => {
  let made = 0
  const unique = () => (made += 1)
  const grown: Array<Grown> = []
  for (let place = 0; place < commits; place++) {
    const near = () => Math.max(0, place - 1 - random.below(5))
    const parents = place === 0 ? [] : [...new Set(random.chance(0.3) ? [near(), near()] : [near()])]
    const [first, second] = parents.map((parent) => grown[parent]?.files["a"] ?? "")
    const text =
      first === undefined
        ? editedLines(random, "", unique)
        : second === undefined
          ? editedLines(random, first, unique)
          : random.chance(0.3)
            ? random.pick([first, second])
            : random.chance(0.5)
              ? joinedLines(first, second)
              : editedLines(random, joinedLines(first, second), unique)
    const files: Files = { a: text, other: `${place}\n` }
    const ancestors = parents.flatMap((parent) => (grown[parent] === undefined ? [] : [grown[parent].step]))
    grown.push({ step: step(`commit ${place}`, files, ancestors), files, parents })
  }
  return grown
}

/** The place of the commit of each line, and the number of the line there, as git says. */
const gitBlame = (grown: ReadonlyArray<Grown>, places: ReadonlyArray<number>, path: string) =>
  inGit(grown, ({ idOf, placeOf, run }) =>
    places.map((place) =>
      run(`git blame --no-indent-heuristic --porcelain ${idOf(place)} -- ${path} || true`)
        .split("\n")
        .flatMap((line) => {
          const [, id = "", from] = /^([0-9a-f]{40}) (\d+) \d+/.exec(line) ?? []
          return id === "" ? [] : [`${placeOf.get(id)} ${from}`]
        })
    )
  )

const ourBlame = Effect.fnUntraced(function* (
  hub: TestHub,
  repository: Repository,
  grown: ReadonlyArray<Grown>,
  { path, place }: { readonly place: number; readonly path: string }
) {
  const placeOf = new Map(grown.map(({ step: { commit } }, position) => [commit.id, position]))
  const { id } = grown[place]?.step.commit ?? { id: "" }
  const { complete, ranges } = yield* at(hub)(blame(yield* open(hub, repository), { ref: id, path }))
  assert.isTrue(complete)
  return ranges.flatMap(({ commitId, from, line, to }) =>
    Array.from({ length: to - from + 1 }, (_, count) => `${placeOf.get(commitId)} ${line + count}`)
  )
})

describe("blame", () => {
  it.live(
    "of unique lines is that of git, over merges of every kind",
    () =>
      forSeeds(4, (random) =>
        Effect.gen(function* () {
          const hub = yield* startHub()
          const grown = growLines(random, 60)
          const repository = yield* pushGrown(hub, grown)
          yield* at(hub)(derivePending())
          const places = [...grown.keys()].filter((place) => place % 5 === 4)
          const expected = gitBlame(grown, places, "a")
          for (const [position, place] of places.entries()) {
            const ours = yield* ourBlame(hub, repository, grown, { place, path: "a" })
            assert.deepStrictEqual(ours, expected[position], `${place}`)
          }
        }).pipe(Effect.scoped)
      ),
    120_000
  )

  it.live(
    "of lines that repeat is mostly that of git, which may choose another of equal lines",
    () =>
      Effect.gen(function* () {
        let [same, all] = [0, 0]
        yield* forSeeds(3, (random) =>
          Effect.gen(function* () {
            const hub = yield* startHub()
            const grown = grow(random, 60)
            const repository = yield* pushGrown(hub, grown)
            yield* at(hub)(derivePending())
            const places = [...grown.keys()].filter((place) => grown[place]?.files["b"] !== undefined)
            const expected = gitBlame(grown, places, "b")
            for (const [position, place] of places.entries()) {
              const ours = yield* ourBlame(hub, repository, grown, { place, path: "b" })
              const theirs = expected[position] ?? []
              assert.lengthOf(ours, theirs.length)
              all += theirs.length
              same += ours.filter((line, number) => line === theirs[number]).length
            }
          }).pipe(Effect.scoped)
        )
        assert.isAbove(same / all, 0.9)
      }),
    120_000
  )

  it.live("follows a file that was moved, and says where its lines were", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const one = step("one", { "old name": "1\n2\n3" }, [], { author: "bob" })
      const two = step("two", { "dir/new": "1\n2\n3" }, [one])
      const three = step("three", { "dir/new": "0\n1\n3\n" }, [two])
      yield* pushSteps(hub, repository, "main", [one, two, three])
      yield* at(hub)(derivePending())
      const { ranges, ...rest } = yield* at(hub)(blame(yield* open(hub, repository), { path: "dir/new" }))
      assert.deepInclude(rest, { complete: true, commitId: three.commit.id })
      assert.deepStrictEqual(
        ranges.map(({ author, commitId, from, line, path, to }) => [from, to, commitId, author, path, line]),
        [
          [1, 1, three.commit.id, "ada", "dir/new", 1],
          [2, 2, one.commit.id, "bob", "old name", 1],
          [3, 3, three.commit.id, "ada", "dir/new", 3]
        ]
      )
    }).pipe(Effect.scoped)
  )

  it.live("says that it is not complete where it cannot be, and refuses what is no file", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const files = { text: "1\n", empty: "", binary: "a\0b", large: "x".repeat(1024 * 1024 + 1), "dir/a": "a" }
      yield* pushSteps(hub, repository, "main", [step("one", files)])
      const read = yield* open(hub, repository)
      const pending = yield* at(hub)(blame(read, { path: "text" }))
      assert.deepInclude(pending, { complete: false, ranges: [] })
      yield* at(hub)(derivePending())
      assert.deepInclude(yield* at(hub)(blame(read, { path: "empty" })), { complete: true, ranges: [] })
      for (const path of ["binary", "large"]) {
        assert.deepInclude(yield* at(hub)(blame(read, { path })), { complete: false, ranges: [] }, path)
      }
      const refusal = (path: string) => Effect.map(Effect.flip(at(hub)(blame(read, { path }))), ({ _tag }) => _tag)
      assert.strictEqual(yield* refusal("dir"), "PathIsFolder")
      assert.strictEqual(yield* refusal("nothing"), "PathUnknown")
      const away = withoutIndex(hub)
      const failed = yield* Effect.flip(at(away)(blame(yield* open(away, repository), { path: "text" })))
      assert.strictEqual(failed._tag, "NotDerived")
    }).pipe(Effect.scoped)
  )

  it.live("of a file with a longer history than it looks at stops at the touches that it has seen", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const steps = [step("0", { a: "first\n0\n" })]
      for (let count = 1; count <= 1100; count++) {
        steps.push(step(`${count}`, { a: `first\n${count}\n` }, steps.slice(-1)))
      }
      yield* pushSteps(hub, repository, "main", steps)
      yield* at(hub)(derivePending())
      const { complete, ranges } = yield* at(hub)(blame(yield* open(hub, repository), { path: "a" }))
      assert.isFalse(complete)
      assert.deepInclude(ranges[1], { from: 2, to: 2 })
      assert.strictEqual(ranges[1]?.commitId, steps.at(-1)?.commit.id)
      assert.deepInclude(ranges[0], { from: 1, to: 1, line: 1 })
    }).pipe(Effect.scoped)
  )
})
