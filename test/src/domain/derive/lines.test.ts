/** Lines of touches of random histories, in memory and on Postgres: against git, with kills, and made again. */
import { assert, describe, it } from "@effect/vitest"
import { utf8 } from "@musehub/domain/base/Bytes"
import { blobOf } from "@musehub/domain/object/Blob"
import type { Repository } from "@musehub/domain/repository/Root"
import { pathHistory } from "@musehub/domain/usecase/browse/pathHistory"
import { lines, linesDeriver } from "@musehub/domain/usecase/derive/deriveLines"
import { derivePending } from "@musehub/domain/usecase/derive/derivePending"
import { TextReader } from "@musehub/domain/usecase/derive/lines/TextReader"
import { Effect } from "effect"
import { forSeeds } from "../../support/seeded.ts"
import { emptyHubAt, inMemory, onPostgres } from "../rebuild/proofs.ts"
import type { Grown } from "../support/grownHistory.ts"
import { ada, at, newRepository, openedFor, pushSteps, startHub, step, type TestHub } from "../support/hubSamples.ts"
import { deriveWithKills } from "./derivingWithKills.ts"
import { growAwkward, inGit, pushGrown } from "./GitHistory.ts"

const placesOf = [
  { name: "in memory", place: inMemory, seeds: 6, commits: 40 },
  { name: "on Postgres", place: onPostgres, seeds: 1, commits: 40 }
] as const

const named = (place: number | undefined, path: string): string => JSON.stringify([place, path])

/** Git's numbers for each commit and path, against the first parent. */
const byGit = (grown: ReadonlyArray<Grown>): ReadonlyMap<string, string> =>
  inGit(grown, ({ placeOf, run }) => {
    const options = "--all --diff-merges=first-parent --numstat -z --root --no-renames --minimal --format=commit:%H"
    const counts = new Map<string, string>()
    let place: number | undefined
    for (const field of run(`git log ${options}`).split("\0")) {
      const [, id] = /^\n?commit:(\w+)/.exec(field) ?? []
      if (id !== undefined) place = placeOf.get(id)
      const [, added, removed, path] = /^\n?(\d+)\t(\d+)\t(.*)$/su.exec(field) ?? []
      if (path !== undefined) counts.set(named(place, path), `+${added} -${removed}`)
    }
    return counts
  })

/** Our numbers for each touch. */
const linesIn = Effect.fnUntraced(function* (hub: TestHub, { id }: Repository, grown: ReadonlyArray<Grown>) {
  const placeOf = new Map(grown.map(({ step: { commit } }, place) => [commit.id, place]))
  const counts = new Map<string, string>()
  for (const path of new Set(grown.flatMap(({ files }) => Object.keys(files)))) {
    const touches = yield* hub.index.touchesOf(id, path, { limit: 1000 })
    const found = yield* hub.index.linesOf(
      id,
      touches.map((touch) => ({ ...touch, path }))
    )
    for (const [position, { commit, renamedFrom }] of touches.entries()) {
      const { added, binary, removed } = found[position] ?? {}
      const text = `${binary === false ? "" : "binary "}+${added} -${removed}`
      counts.set(named(placeOf.get(commit), path), renamedFrom === undefined ? text : `renamed ${text}`)
    }
  }
  return counts
})

const assertGit = (ours: ReadonlyMap<string, string>, theirs: ReadonlyMap<string, string>) => {
  assert.isAbove(ours.size, 0)
  for (const [touch, counts] of ours) {
    // Git is asked for a file that is gone and another one that is new.
    if (counts.startsWith("renamed")) assert.strictEqual(counts, "renamed +0 -0", touch)
    else assert.strictEqual(counts, theirs.get(touch) ?? "+0 -0", touch)
  }
}

for (const { commits, name, place, seeds } of placesOf) {
  describe(`lines of random histories, ${name}`, () => {
    it.live(
      "are those of git log --numstat, whatever fails and whoever is killed on the way, and made again the same",
      () =>
        forSeeds(seeds, (random) =>
          Effect.gen(function* () {
            const hub = yield* emptyHubAt(yield* place)
            const grown = growAwkward(random, commits)
            const repository = yield* pushGrown(hub, grown)
            yield* at(hub)(derivePending())
            yield* deriveWithKills(hub, lines, repository, random)
            const counts = yield* linesIn(hub, repository, grown)
            assertGit(counts, byGit(grown))
            const again = { again: true, deriver: "lines", repositories: [repository.id] } as const
            assert.deepStrictEqual(yield* at(hub)(derivePending(again)), { commits, pending: 0 })
            assert.deepStrictEqual(yield* linesIn(hub, repository, grown), counts)
          }).pipe(Effect.scoped)
        ),
      120_000
    )
  })
}

describe("lines of touches", () => {
  it.live("are none of what is binary or too large, all of what is new or gone, and part of a history", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const repository = yield* newRepository(hub)
      const large = "x\n".repeat(600_000)
      const one = step("one", { a: "1\n2\n", b: "a\0b", c: large, d: "1\n" })
      const two = step("two", { a: "2\n3\n4", b: "text\n", "moved/d": "1\n" }, [one])
      yield* pushSteps(hub, repository, "main", [one, two])
      const read = yield* openedFor(hub, repository, ada, "read")
      const of = Effect.fnUntraced(function* (path: string) {
        const { complete, items, pending } = yield* at(hub)(pathHistory(read, { path }, { limit: 5 }))
        return { complete, pending, lines: items.map(({ lines }) => lines) }
      })
      yield* at(hub)(derivePending())
      assert.deepStrictEqual(yield* of("a"), { complete: false, pending: 2, lines: [undefined, undefined] })
      yield* at(hub)(derivePending({ deriver: "lines" }))
      const text = (added: number, removed: number) => ({ binary: false, added, removed })
      const none = { added: undefined, removed: undefined }
      assert.deepStrictEqual(yield* of("a"), { complete: true, pending: 0, lines: [text(2, 1), text(2, 0)] })
      const binary = { binary: true, ...none }
      assert.deepStrictEqual((yield* of("b")).lines, [binary, binary])
      const uncounted = { binary: false, ...none }
      assert.deepStrictEqual((yield* of("c")).lines, [uncounted, uncounted])
      assert.deepStrictEqual((yield* of("moved/d")).lines, [text(0, 0)])
      assert.deepStrictEqual((yield* of("d")).lines, [text(0, 1), text(1, 0)])
    }).pipe(Effect.scoped)
  )

  it.live("keep the texts that they read, and not the blocks of packs that these are from", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { id } = yield* Effect.tap(newRepository(hub), (repository) =>
        pushSteps(hub, repository, "main", [step("one", { a: "1\n", b: "2\n", c: "3\n".repeat(10_000) })])
      )
      const [a, b] = [blobOf(utf8("1\n")).id, blobOf(utf8("2\n")).id]
      const reader = new TextReader(id)
      yield* at(hub)(reader.readAhead([a, undefined]))
      for (const blob of [a, b]) {
        const text = yield* at(hub)(reader.textOf(blob))
        if (typeof text === "string") throw new Error(`it is ${text}`)
        assert.deepStrictEqual([text.byteLength, text.buffer.byteLength], [2, 2])
      }
    }).pipe(Effect.scoped)
  )

  it.live("whose row is damaged are as if they were not counted, until they are made again", () =>
    Effect.gen(function* () {
      const hub = yield* emptyHubAt(yield* onPostgres)
      const repository = yield* newRepository(hub)
      const one = step("one", { a: "1\n", b: "2\n" })
      yield* pushSteps(hub, repository, "main", [one])
      yield* hub.index.startDeriver(linesDeriver)
      const place = { generation: 1, commit: one.commit.id }
      const damaged = [
        { path: "a", binary: false, added: -1, removed: 0 },
        { path: "b", binary: true, added: 1, removed: 0 }
      ]
      yield* hub.index.recordLines(repository.id, linesDeriver.version, [
        { id: one.commit.id, generation: 1, files: damaged, isWhole: true }
      ])
      const asked = damaged.map(({ path }) => ({ ...place, path }))
      assert.deepStrictEqual(yield* hub.index.linesOf(repository.id, asked), [undefined, undefined])
      yield* at(hub)(derivePending({ again: true, deriver: "lines" }))
      const right = { binary: false, added: 1, removed: 0 }
      assert.deepStrictEqual(yield* hub.index.linesOf(repository.id, asked), [right, right])
    }).pipe(Effect.scoped)
  )
})
