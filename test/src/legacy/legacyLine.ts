/**
 * A line of commits of a legacy hub, each of which changes some of its files. Snapshots are changes of the ones before,
 * but for some that are whole. It comes in portions, so that its length is no matter.
 */
import { type Commit, makeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type SnapshotId } from "@musehub/domain/object/Id"
import type { Manifest } from "@musehub/domain/object/Manifest"
import { snapshotIdOf } from "@musehub/domain/object/Manifest"
import { committedAtOf } from "@musehub/domain/object/Timestamp"
import { columnsOf, type SnapshotColumns } from "./generatedHistory.ts"

export interface LineOptions {
  readonly commits: number
  /** Of a snapshot. */
  readonly files: number
  /** Files that each commit changes. */
  readonly changes: number
  /** Every so many snapshots, one is whole. */
  readonly wholeEvery: number
  /** The most commits that come at once. */
  readonly portion: number
}

/** Rows that come together. */
export interface LinePortion {
  readonly commits: ReadonlyArray<Commit>
  readonly rows: ReadonlyMap<SnapshotId, SnapshotColumns>
  readonly blobs: ReadonlyMap<BlobId, Uint8Array>
  /** The files of the last commit. */
  readonly manifest: Manifest
}

const start = Date.UTC(2026, 0, 1)

/** A file of some 300 bytes, which are compressed to half of them. */
const contentOf = (commit: number, file: number): Uint8Array =>
  new TextEncoder().encode(Array.from({ length: 4 }, (_, line) => `${sha256(`${commit} ${file} ${line}`)}\n`).join(""))

/** The time of a commit of the line. */
export const timeOf = (number: number): string => committedAtOf(start + number * 1000, 707_051)

/** Generates the line. */
export const legacyLine = function* (options: LineOptions): Generator<LinePortion, void> {
  const { changes, commits: count, files, portion, wholeEvery } = options
  let manifest: Manifest = new Map()
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
        committed_at: timeOf(number),
        author: "ada",
        parent_commit_id: parent?.id ?? null
      })
      commits.push(parent)
      manifest = next
    }
    yield { commits, rows, blobs, manifest }
  }
}
