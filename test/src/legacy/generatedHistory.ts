/** A generated history of a legacy hub, with manifests in every form that one kept. */
import { sha256 } from "@musehub/domain/object/Digest"
import { type Commit, makeCommit } from "@musehub/domain/object/Commit"
import { BlobId, type SnapshotId } from "@musehub/domain/object/Id"
import { snapshotIdOf } from "@musehub/domain/object/Manifest"
import { committedAtOf } from "@musehub/domain/object/Timestamp"
import { encode } from "@musehub/msgpack/Encoder"
import type { Seeded } from "../support/seeded.ts"

/** How a row keeps its manifest. */
export type Form = "json" | "blob" | "delta"

/** The columns of a row of `musehub_snapshots`. */
export interface SnapshotColumns {
  readonly manifest: string | null
  readonly manifest_blob: Uint8Array | null
  readonly delta_blob: Uint8Array | null
}

export interface GeneratedHistory {
  /** Parents first. */
  readonly commits: ReadonlyArray<Commit>
  readonly manifests: ReadonlyMap<SnapshotId, ReadonlyMap<string, BlobId>>
  readonly rows: ReadonlyMap<SnapshotId, SnapshotColumns>
  readonly blobs: ReadonlyMap<BlobId, Uint8Array>
}

type Files = ReadonlyMap<string, BlobId>

/** Makes the columns of a manifest, which is a change of `base` if that is given. */
export const columnsOf = (manifest: Files, form: Form, base: Files): SnapshotColumns => {
  const none = { manifest: null, manifest_blob: null, delta_blob: null }
  if (form === "json") return { ...none, manifest: JSON.stringify(Object.fromEntries(manifest)) }
  if (form === "blob") return { ...none, manifest: "{}", manifest_blob: encode(Object.fromEntries(manifest)) }
  const changed = [...manifest].filter(([path, blob]) => base.get(path) !== blob)
  const removed = [...base.keys()].filter((path) => !manifest.has(path))
  return { ...none, manifest: "{}", delta_blob: encode({ changed: Object.fromEntries(changed), removed }) }
}

export interface HistoryOptions {
  readonly commits: number
  /** Every so many snapshots of a line, one is whole. */
  readonly wholeEvery: number
  /** The probability that a commit is made on an older one, or merges one. */
  readonly branching: number
}

const start = Date.UTC(2026, 0, 1)

/** Generates a history of one repository. */
export const generatedHistory = (random: Seeded, { branching, commits: count, wholeEvery }: HistoryOptions) => {
  const commits: Array<Commit> = []
  const depths: Array<number> = []
  const manifests = new Map<SnapshotId, Files>()
  const rows = new Map<SnapshotId, SnapshotColumns>()
  const blobs = new Map<BlobId, Uint8Array>()
  const filesOf = (commit: Commit | undefined): Files =>
    commit === undefined ? new Map() : (manifests.get(commit.snapshotId) ?? new Map())
  for (let number = 0; number < count; number++) {
    const isAside = number > 1 && random.chance(branching)
    const place = isAside ? random.below(number) : number - 1
    const parent = commits[place]
    const other = isAside && random.chance(0.5) ? commits[number - 1] : undefined
    const files = new Map(filesOf(parent))
    for (let change = 0; change <= random.below(4); change++) {
      const content = new TextEncoder().encode(`content ${random.below(count * 2)}`)
      const blob = BlobId.make(sha256(content))
      blobs.set(blob, content)
      files.set(random.pick(["a", "b/c", "b/d é", "__proto__", "😀"]) + String(random.below(6)), blob)
      if (random.chance(0.2)) files.delete(random.pick([...files.keys()]))
    }
    const snapshot = snapshotIdOf(files)
    const depth = (depths[place] ?? -1) + 1
    const isNew = !rows.has(snapshot)
    const isWhole = depth % wholeEvery === 0
    const form = isWhole || parent === undefined ? random.pick(["json", "blob"] as const) : "delta"
    if (isNew && snapshot !== parent?.snapshotId) rows.set(snapshot, columnsOf(files, form, filesOf(parent)))
    manifests.set(snapshot, files)
    const hasOther = other !== undefined && other.id !== parent?.id
    commits.push(
      makeCommit({
        branch: "main",
        snapshot_id: snapshot,
        message: `commit ${number}`,
        committed_at: committedAtOf(start + number * 1000, random.pick([0, 1, 707_051])),
        author: "ada",
        parent_commit_id: parent?.id ?? null,
        parent2_commit_id: hasOther && parent !== undefined ? other.id : null
      })
    )
    depths.push(depth)
  }
  const history: GeneratedHistory = { commits, manifests, rows, blobs }
  return history
}
