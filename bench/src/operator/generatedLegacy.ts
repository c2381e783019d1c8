/**
 * A legacy hub with one repository of many commits, in a line: 40 files, 8 of which each commit changes. Its snapshots
 * are changes of the ones before, and every thousandth is whole. It comes in portions, so that its size is no matter.
 */
import { type Commit, makeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type SnapshotId } from "@musehub/domain/object/Id"
import { snapshotIdOf } from "@musehub/domain/object/Manifest"
import { committedAtOf } from "@musehub/domain/object/Timestamp"
import { Effect } from "effect"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import {
  emptyGenerated,
  generatedId,
  insertBranches,
  insertHistory
} from "../../../test/src/legacy/generatedDatabase.ts"
import { columnsOf, type SnapshotColumns } from "../../../test/src/legacy/generatedHistory.ts"

/** Rows for each commit: its own, its snapshot's, and those of its blobs. */
export const rowsOfCommit = 10
const [files, changes] = [40, 8]
const wholeEvery = 1000
const portion = 500
const start = Date.UTC(2026, 0, 1)

/** Ids of rows that are read together. */
export interface Portion {
  readonly commits: ReadonlyArray<string>
  readonly snapshots: ReadonlyArray<string>
  readonly blobs: ReadonlyArray<string>
}

/** A file of some 300 bytes, which are compressed to half of them. */
const contentOf = (commit: number, file: number): Uint8Array =>
  new TextEncoder().encode(Array.from({ length: 4 }, (_, line) => `${sha256(`${commit} ${file} ${line}`)}\n`).join(""))

/** Makes the database and the folder, and returns the database's URL and the ids of all rows. */
export const generatedLegacy = Effect.fnUntraced(function* (serverUrl: string, folder: string, count: number) {
  const url = yield* emptyGenerated(serverUrl)
  const directory = join(folder, generatedId)
  yield* Effect.promise(() => mkdir(directory, { recursive: true }))
  const portions: Array<Portion> = []
  let manifest: ReadonlyMap<string, BlobId> = new Map()
  let parent: Commit | undefined
  for (let first = 0; first < count; first += portion) {
    const commits: Array<Commit> = []
    const rows = new Map<SnapshotId, SnapshotColumns>()
    const blobs = new Map<BlobId, Uint8Array>()
    for (let number = first; number < Math.min(count, first + portion); number++) {
      const next = new Map(manifest)
      for (let change = 0; change < changes; change++) {
        const file = (number * changes + change) % files
        const content = contentOf(number, file)
        const blob = BlobId.make(sha256(content))
        blobs.set(blob, content)
        next.set(`src/part-${file % 8}/file-${file}.ts`, blob)
      }
      const snapshot = snapshotIdOf(next)
      rows.set(snapshot, columnsOf(next, number % wholeEvery === 0 ? "blob" : "delta", manifest))
      parent = makeCommit({
        branch: "main",
        snapshot_id: snapshot,
        message: `commit ${number}`,
        committed_at: committedAtOf(start + number * 1000, 707_051),
        author: "ada",
        parent_commit_id: parent?.id ?? null
      })
      commits.push(parent)
      manifest = next
    }
    yield* Effect.promise(() => Promise.all(Array.from(blobs, ([id, bytes]) => writeFile(join(directory, id), bytes))))
    yield* insertHistory(url, { blobs, commits, rows })
    portions.push({
      commits: commits.map(({ id }) => id),
      snapshots: [...rows.keys()],
      blobs: [...blobs.keys()]
    })
  }
  if (parent !== undefined) yield* insertBranches(url, [parent])
  return { url, portions }
})
