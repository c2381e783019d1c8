/**
 * Lines that leave the line of a legacy hub for two commits, of which the first is damaged in one way, and a merge that
 * the legacy server made.
 */
import { type Commit, makeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, type SnapshotId } from "@musehub/domain/object/Id"
import { type Manifest, snapshotIdOf } from "@musehub/domain/object/Manifest"
import { columnsOf, type SnapshotColumns } from "../generatedHistory.ts"

/** How a row is damaged, and what is said of it. */
export const damages = {
  "wrong parents": /its content gives \w{64}/,
  "the manifest of another snapshot": /its manifest gives \w{64}/,
  "a cycle": /which leads back to it, in a circle/,
  "a change of a base that is not there": /delta_blob is against a snapshot that no row names/,
  "too much msgpack": /its manifest is too large/,
  "deeply nested msgpack": /manifest_blob: /,
  "two rows of one id": /several rows claim its id/,
  "no row of its snapshot": /its snapshot \w{64} is not right: it has no row/,
  "no row of its blob": /its blob \w{64} is not right: it has no row/,
  "a merge that the server made": /the legacy hub made it itself.*--remint/
} as const
export type Damage = keyof typeof damages
export const damageNames = Object.keys(damages) as ReadonlyArray<Damage>

/** Where a side leaves the line. */
export interface Fork {
  readonly number: number
  readonly parent: Commit
  /** An older commit of the line. */
  readonly older: Commit
  readonly manifest: Manifest
  readonly time: string
}

export interface Side {
  readonly damage: Damage
  /** The rows, damaged. */
  readonly commits: ReadonlyArray<Commit>
  readonly rows: ReadonlyMap<SnapshotId, SnapshotColumns>
  readonly blobs: ReadonlyMap<BlobId, Uint8Array>
  /** The damaged commit, and the one that its branch is at. */
  readonly bad: string
  readonly tip: Commit
  /** Commits that are right, and are built upon nothing damaged. */
  readonly good: ReadonlyArray<string>
}

/** A row that says other than the commit does. */
const rowOf = (commit: Commit, fields: { readonly [name: string]: unknown }): Commit =>
  ({ ...commit, ...fields }) as unknown as Commit

const none = { manifest: null, manifest_blob: null, delta_blob: null }
/** Makes the row of a snapshot larger than any manifest. */
export const growRow = `UPDATE musehub_snapshots SET manifest_blob = decode(repeat('00', 49 * 1024 * 1024), 'hex')
  WHERE snapshot_id = (SELECT snapshot_id FROM musehub_commits WHERE commit_id = $1)`
const nested = new Uint8Array(100_000).fill(0x91)

/** Makes a side. */
export const damagedSide = (damage: Damage, { manifest, number, older, parent, time }: Fork): Side => {
  const blobs = new Map<BlobId, Uint8Array>()
  const rows = new Map<SnapshotId, SnapshotColumns>()
  const commitOf = (text: string, on: string | null, second: string | null = null) => {
    const content = new TextEncoder().encode(`${text} ${number}`)
    const blob = BlobId.make(sha256(content))
    const files = new Map([...manifest, [`${text}.txt`, blob]])
    const snapshot = snapshotIdOf(files)
    blobs.set(blob, content)
    rows.set(snapshot, columnsOf(files, "json", manifest))
    const ids = { snapshot_id: snapshot, parent_commit_id: on, parent2_commit_id: second }
    const record = { branch: "side", author: "ada", message: `${text} ${number}`, committed_at: time, ...ids }
    return { commit: makeCommit(record as Parameters<typeof makeCommit>[0]), blob, snapshot, files }
  }
  const base = damage === "a change of a base that is not there" ? null : parent.id
  const first = commitOf("first", base)
  const child = commitOf("child", first.commit.id)
  const side = { damage, rows, blobs, bad: first.commit.id, tip: child.commit, good: [] }
  const both = [first.commit, child.commit]
  switch (damage) {
    case "wrong parents":
      return { ...side, commits: [rowOf(first.commit, { parents: [older.id] }), child.commit] }
    case "a cycle":
      return { ...side, commits: [rowOf(first.commit, { parents: [child.commit.id] }), child.commit] }
    case "the manifest of another snapshot":
      rows.set(first.snapshot, columnsOf(manifest, "json", manifest))
      return { ...side, commits: both }
    case "a change of a base that is not there":
      rows.set(first.snapshot, columnsOf(first.files, "delta", manifest))
      return { ...side, commits: both }
    case "too much msgpack":
      // `growRow` makes it too much.
      rows.set(first.snapshot, { ...none, manifest_blob: new Uint8Array(1) })
      return { ...side, commits: both }
    case "deeply nested msgpack":
      rows.set(first.snapshot, { ...none, manifest_blob: nested })
      return { ...side, commits: both }
    case "two rows of one id":
      return { ...side, commits: [...both, first.commit] }
    case "no row of its snapshot":
      rows.delete(first.snapshot)
      return { ...side, commits: both }
    case "no row of its blob":
      blobs.delete(first.blob)
      return { ...side, commits: both }
    case "a merge that the server made": {
      const id = sha256(`merge ${number}`).slice(0, 32)
      const record = { ...child.commit.record, snapshot_id: null, message: "Merge" }
      const merge = rowOf(child.commit, { id, parents: [parent.id, first.commit.id], record })
      rows.delete(child.snapshot)
      blobs.delete(child.blob)
      return { ...side, commits: [first.commit, merge], bad: id, tip: merge, good: [first.commit.id] }
    }
  }
}
