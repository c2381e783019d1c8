/**
 * Reading histories and commits: pages of any size list every visible commit once, children first; what no ref ever
 * reached is not found; and all of it works while the index is away.
 */
import { assert, describe, it } from "@effect/vitest"
import type { Commit } from "@musehub/domain/object/Commit"
import type { PageRequest } from "@musehub/domain/port/Page"
import type { Repository } from "@musehub/domain/repository/Root"
import { annotate } from "@musehub/domain/usecase/annotations/annotate"
import { listCommits, showCommit } from "@musehub/domain/usecase/commits/readCommits"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { Effect, Option } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import {
  ada,
  at,
  failingIndex,
  newRepository,
  opened,
  openedFor,
  pushSteps,
  startHub,
  type Step,
  step,
  type TestHub,
  withoutIndex
} from "../support/hubSamples.ts"
import { pushAtRandom, reached } from "../support/RandomHistory.ts"
import { memoryIndex, someCommit } from "../support/rootSamples.ts"

const ids = (commits: ReadonlyArray<Commit>) => commits.map(({ id }) => id)

const pages = Effect.fnUntraced(function* <A, E, R>(
  list: (
    page: PageRequest
  ) => Effect.Effect<{ readonly items: ReadonlyArray<A>; readonly next: Option.Option<string> }, E, R>,
  limit: number
) {
  const items: Array<A> = []
  const cursors: Array<string> = []
  for (let after: string | undefined; ;) {
    const page = yield* list({ after, limit })
    assert.isAtMost(page.items.length, limit)
    items.push(...page.items)
    if (Option.isNone(page.next)) return { items, cursors }
    assert.strictEqual(page.items.length, limit, "only the last page is short")
    after = page.next.value
    cursors.push(after)
  }
})

const listed = (hub: TestHub, open: OpenRepository, from: string | undefined, limit: number) =>
  pages((page) => at(hub)(listCommits(open, { from }, page)), limit)

const assertChildrenFirst = (commits: ReadonlyArray<Commit>) => {
  const seen = new Set<string>()
  for (const { id, parents } of commits) {
    assert.isFalse(seen.has(id), "each commit once")
    for (const parent of parents) assert.isFalse(seen.has(parent), "no parent before its child")
    seen.add(id)
  }
}

describe("listCommits", () => {
  it.effect("lists a history once, children first, with any page size, with the index and without", () =>
    forSeeds(40, (random) =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        const repository = yield* newRepository(hub)
        const { heads, steps } = yield* pushAtRandom(random, 1 + random.below(8), repository, () => hub)
        const open = yield* opened(hub, repository)
        const branch = random.pick([...heads.keys()])
        const whole = yield* listed(hub, open, branch, 1000)
        const head = heads.get(branch)
        assert(head !== undefined)
        const expected = reached(steps, [head]).map(({ commit }) => commit.id)
        assert.sameMembers(ids(whole.items), expected)
        assertChildrenFirst(whole.items)
        for (const limit of [1, 2, 3, 7]) {
          for (const from of [open, yield* openedFor(withoutIndex(hub), repository, ada, "read")]) {
            const paged = yield* listed(hub, from, head, limit)
            assert.deepStrictEqual(ids(paged.items), ids(whole.items))
          }
        }
      })
    )
  )

  it.effect("lists every commit where more lines run side by side than a cursor can name", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const base = step("base", { base: "base" })
      const lines = Array.from({ length: 200 }, (_, n) => {
        const lower = step(`lower ${n}`, { n: `${n}` }, [base])
        return [lower, step(`upper ${n}`, { n: `${n}`, upper: "" }, [lower])]
      })
      const all: Array<Step> = [base, ...lines.flat()]
      let level = lines.flatMap((line) => line.slice(-1))
      while (level.length > 1) {
        const merged: Array<Step> = []
        for (let n = 0; n < level.length; n += 2) {
          const parents = level.slice(n, n + 2)
          merged.push(
            parents.length === 2 ? step(`merge ${n} of ${level.length}`, { n: `${n}` }, parents) : (parents[0] ?? base)
          )
        }
        all.push(...merged.filter((each) => !level.includes(each)))
        level = merged
      }
      yield* pushSteps(hub, repository, "main", all)
      const open = yield* opened(hub, repository)
      const whole = yield* listed(hub, open, "main", 1000)
      assert.strictEqual(whole.items.length, all.length)
      const { cursors, items } = yield* listed(hub, open, "main", 37)
      assert.deepStrictEqual(ids(items), ids(whole.items))
      assertChildrenFirst(items)
      assert.isTrue(cursors.some((cursor) => cursor.includes("@")))
      for (const cursor of cursors) assert.isBelow(cursor.length, 64 * 65 + 100)
    })
  )

  it.effect("starts at the default branch, and is empty where nothing was pushed", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const before = yield* listed(hub, yield* opened(hub, repository), undefined, 10)
      assert.deepStrictEqual(before.items, [])
      const a = step("a", { a: "a" })
      yield* pushSteps(hub, repository, "trunk", [a])
      const after = yield* listed(hub, yield* opened(hub, repository), undefined, 10)
      assert.deepStrictEqual(ids(after.items), [a.commit.id])
    })
  )

  it.effect("continues where it stopped when the branch has moved meanwhile", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const a = step("a", { a: "a" })
      const b = step("b", { a: "b" }, [a])
      yield* pushSteps(hub, repository, "main", [a, b])
      const first = yield* at(hub)(listCommits(yield* opened(hub, repository), {}, { limit: 1 }))
      yield* pushSteps(hub, repository, "main", [step("c", { a: "c" }, [b])])
      const after = Option.getOrThrow(first.next)
      const rest = yield* at(hub)(listCommits(yield* opened(hub, repository), {}, { after, limit: 1 }))
      assert.deepStrictEqual([...ids(first.items), ...ids(rest.items)], [b.commit.id, a.commit.id])
    })
  )

  it.effect("refuses unknown branches, hidden commits, and cursors of other listings", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const a = step("a", { a: "a" })
      yield* pushSteps(hub, repository, "main", [a])
      const hidden = step("hidden", { h: "h" })
      yield* Effect.flip(pushSteps(hub, repository, "main", [hidden]))
      for (const open of [
        yield* opened(hub, repository),
        yield* openedFor(withoutIndex(hub), repository, ada, "read")
      ]) {
        const refused = (from: string | undefined, after?: string) =>
          Effect.map(Effect.flip(at(hub)(listCommits(open, { from }, { after, limit: 5 }))), ({ _tag }) => _tag)
        assert.strictEqual(yield* refused("nowhere"), "RefUnknown")
        assert.strictEqual(yield* refused(hidden.commit.id), "CommitUnknown")
        const foreign = [
          "",
          "x",
          hidden.commit.id,
          `${a.commit.id}.${someCommit("x")}`,
          `${a.commit.id}@x`,
          Array.from({ length: 65 }, () => a.commit.id).join(".")
        ]
        for (const cursor of foreign) assert.strictEqual(yield* refused("main", cursor), "CursorRefused", cursor)
      }
    })
  )
})

describe("one commit", () => {
  const a = step("a", { a: "a" })
  const b = step("b", { a: "changed" }, [a], { reviewed_by: ["carol"] })

  const begun = Effect.fnUntraced(function* () {
    let away = false
    const hub = yield* startHub({ index: failingIndex(yield* memoryIndex, () => away) })
    const repository = yield* newRepository(hub)
    yield* pushSteps(hub, repository, "main", [a, b])
    const hidden = step("hidden", { h: "h" })
    yield* Effect.flip(pushSteps(hub, repository, "main", [hidden]))
    const lose = () => {
      away = true
    }
    return { hub, repository, hidden, lose }
  })

  const open = (hub: TestHub, repository: Repository) => openedFor(hub, repository, ada, "read")

  it.effect("is shown with its annotations, with the index and without", () =>
    Effect.gen(function* () {
      const { hub, lose, repository } = yield* begun()
      yield* at(hub)(annotate(yield* opened(hub, repository), b.commit.id, { reviewedBy: ["bob"], testRuns: 3 }))
      const shown = Effect.gen(function* () {
        const { record } = yield* at(hub)(showCommit(yield* open(hub, repository), b.commit.id))
        const [newest] = (yield* listed(hub, yield* open(hub, repository), "main", 1)).items
        assert.deepStrictEqual(newest?.record, record)
        return record
      })
      const expected = { ...b.commit.record, reviewed_by: ["bob", "carol"], test_runs: 3 }
      assert.deepStrictEqual(yield* shown, expected)
      lose()
      assert.isFalse((yield* open(hub, repository)).indexed)
      assert.deepStrictEqual(yield* shown, expected)
    })
  )

  it.effect("is not found when no ref ever reached it", () =>
    Effect.gen(function* () {
      const { hidden, hub, lose, repository } = yield* begun()
      const check = Effect.gen(function* () {
        const read = yield* open(hub, repository)
        for (const id of [hidden.commit.id, someCommit("nowhere"), "main", "", "../root", a.snapshot.id]) {
          assert.strictEqual((yield* Effect.flip(at(hub)(showCommit(read, id))))._tag, "CommitUnknown")
        }
      })
      yield* check
      lose()
      yield* check
    })
  )
})
