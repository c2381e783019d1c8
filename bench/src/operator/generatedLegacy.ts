/** A legacy hub with one repository of many commits, in a line: 40 files, 8 of which each commit changes. */
import type { Commit } from "@musehub/domain/object/Commit"
import { Effect } from "effect"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import {
  emptyGenerated,
  generatedId,
  insertBranches,
  insertHistory
} from "../../../test/src/legacy/generatedDatabase.ts"
import { legacyLine } from "../../../test/src/legacy/legacyLine.ts"

/** Rows for each commit: its own, its snapshot's, and those of its blobs. */
export const rowsOfCommit = 10

/** Ids of rows that are read together. */
export interface Portion {
  readonly commits: ReadonlyArray<string>
  readonly snapshots: ReadonlyArray<string>
  readonly blobs: ReadonlyArray<string>
}

/** Makes the database and the folder, and returns the database's URL and the ids of all rows. */
export const generatedLegacy = Effect.fnUntraced(function* (serverUrl: string, folder: string, count: number) {
  const url = yield* emptyGenerated(serverUrl)
  const directory = join(folder, generatedId)
  yield* Effect.promise(() => mkdir(directory, { recursive: true }))
  const portions: Array<Portion> = []
  let last: Commit | undefined
  for (const line of legacyLine({ commits: count, files: 40, changes: 8, wholeEvery: 1000, portion: 500 })) {
    const { blobs, commits, rows } = line
    yield* Effect.promise(() => Promise.all(Array.from(blobs, ([id, bytes]) => writeFile(join(directory, id), bytes))))
    yield* insertHistory(url, line)
    portions.push({
      commits: commits.map(({ id }) => id),
      snapshots: [...rows.keys()],
      blobs: [...blobs.keys()]
    })
    last = commits.at(-1)
  }
  if (last !== undefined) yield* insertBranches(url, [last])
  return { url, portions }
})
