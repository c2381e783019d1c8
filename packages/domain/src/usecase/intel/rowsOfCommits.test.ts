import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { sha256 } from "../../object/Digest.ts"
import type { CommitId } from "../../object/Id.ts"
import type { CommitRowLimits, TouchPlace } from "../../port/index/derived/TouchIndex.ts"
import { rowsOfCommits, windowCharactersMax, windowRowsMax } from "./rowsOfCommits.ts"

const commitRowsMax = 5000

/** Commits with as many rows each, and an index that answers with them as real ones do. */
const commitsWith = (counts: ReadonlyArray<number>) => {
  const places = counts.map((_, generation): TouchPlace => ({
    generation,
    commit: sha256(`${generation}`) as string as CommitId
  }))
  const answers: Array<number> = []
  const read = (commits: ReadonlyArray<TouchPlace>, { all, each }: CommitRowLimits) =>
    Effect.sync(() => {
      const rows = commits.flatMap(({ generation }, place) =>
        Array.from({ length: Math.min(each, counts[generation] ?? 0) }, (_, row) => ({
          place,
          name: `${generation}/${row}`
        }))
      )
      const answer = rows.slice(0, all)
      answers.push(answer.length)
      return answer
    })
  return { answers, places, read }
}

const reading = (counts: ReadonlyArray<number>, characters = 1) => {
  const { answers, places, read } = commitsWith(counts)
  const rows = rowsOfCommits(places, { commitRowsMax, read, charactersOf: () => characters })
  return Effect.map(rows, (found) => ({ ...found, answers }))
}

describe("the rows of a window", () => {
  it.effect("are all rows in order, however many an answer has, without those of wide commits", () =>
    Effect.gen(function* () {
      const counts = Array.from({ length: 250 }, (_, place) =>
        place % 50 === 7 ? 4000 : place === 60 ? 5001 : place % 3
      )
      const { answers, commits, rows } = yield* reading(counts)
      const expected = counts.flatMap((count, place) =>
        Array.from({ length: count > commitRowsMax ? 0 : count }, (_, row) => ({ place, name: `${place}/${row}` }))
      )
      assert.deepStrictEqual(rows, expected)
      assert.strictEqual(commits, counts.length)
      assert.isAtMost(Math.max(...answers), 10_000)
    })
  )

  it.effect("end before the commit that would be too much, by rows and by characters", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 30 }, () => 4000)
      const byRows = yield* reading(many)
      assert.deepStrictEqual([byRows.rows.length, byRows.commits], [windowRowsMax, windowRowsMax / 4000])
      const byCharacters = yield* reading(many, windowCharactersMax / 8000)
      assert.deepStrictEqual([byCharacters.rows.length, byCharacters.commits], [8000, 2])
    })
  )
})
