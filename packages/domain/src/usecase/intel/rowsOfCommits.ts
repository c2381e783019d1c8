/** Reads rows of the commits of a window, newest first, until they are too many. */
import { Effect } from "effect"
import type { CommitRowLimits, TouchPlace } from "../../port/index/derived/TouchIndex.ts"

/** Rows of a window, and the characters in them. It ends before the commit that would be beyond. */
export const windowRowsMax = 100_000
export const windowCharactersMax = 32 * 1024 * 1024

/** Commits whose rows are read together, and rows of one answer. */
const portionCommits = 100
const answerRowsMax = 10_000

interface Reading<Row, E, R> {
  /** A commit with more rows, such as an import, counts as if it had none. It has to be less than `answerRowsMax`. */
  readonly commitRowsMax: number
  readonly read: (
    commits: ReadonlyArray<TouchPlace>,
    limits: CommitRowLimits
  ) => Effect.Effect<ReadonlyArray<Row>, E, R>
  readonly charactersOf: (row: Row) => number
}

/** Returns the rows by ascending place, and how many commits they are of. */
export const rowsOfCommits = Effect.fnUntraced(function* <Row extends { readonly place: number }, E, R>(
  places: ReadonlyArray<TouchPlace>,
  { charactersOf, commitRowsMax, read }: Reading<Row, E, R>
) {
  const rows: Array<Row> = []
  const limits = { each: commitRowsMax + 1, all: answerRowsMax }
  let characters = 0
  let from = 0
  while (from < places.length) {
    const portion = places.slice(from, from + portionCommits)
    const found = yield* read(portion, limits)
    // The last commit of a full answer may have more rows, and is asked for again.
    const end = found.length < answerRowsMax ? portion.length : (found.at(-1)?.place ?? portion.length)
    for (const [place, group] of Map.groupBy(found, (row) => row.place)) {
      if (place === end) break
      if (group.length > commitRowsMax) continue
      characters += group.reduce((sum, row) => sum + charactersOf(row), 0)
      if (rows.length + group.length > windowRowsMax || characters > windowCharactersMax) {
        return { rows, commits: from + place }
      }
      for (const row of group) rows.push({ ...row, place: from + place })
    }
    from += end
    yield* Effect.yieldNow
  }
  return { rows, commits: places.length }
})
