/**
 * Repositories for the load tests, generated from a seed. Histories are linear; each commit rewrites some lines of a
 * few files. Commits look like the real client's (22 fields, structured delta), and their ids are the ones that the hub
 * derives.
 */
import { commitIdOf } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import type { BlobId, CommitId, SnapshotId } from "@musehub/domain/object/Id"
import { makeSnapshot, type Snapshot } from "@musehub/domain/object/Snapshot"
import { committedAtOf } from "@musehub/domain/object/Timestamp"
import type { Encodable } from "@musehub/msgpack/Encoder"
import { pythonLine, type Random, random, sourceLine } from "./Random.ts"

export interface Shape {
  readonly name: string
  readonly files: number
  readonly commits: number
  readonly changesPerCommit: number
  /** Only every `changeEvery`-th commit, from the first on, changes files; the others share its snapshot. */
  readonly changeEvery?: number
  /** Approximate number of lines in a file; a line is about 50 bytes. */
  readonly lines: number
  readonly seed: number
  /** Whether files are Python, with functions. Otherwise they are words, of which no parser makes anything. */
  readonly isPython?: boolean
}

/**
 * The three repositories of the goals, the short history for comparing an incremental push, what each of many clients
 * pushes, and the pair for comparing an incremental fetch. At 10,000 files a snapshot is more than 1 MB, so 10,000 of
 * them would take 12 GB; `wide` has one for every 50th commit, about 250 MB.
 */
export const shapes = {
  A: { name: "A", files: 1000, commits: 300, changesPerCommit: 4, lines: 100, seed: 1 },
  B: { name: "B", files: 20, commits: 10_000, changesPerCommit: 1, lines: 30, seed: 2 },
  C: { name: "C", files: 10_000, commits: 5, changesPerCommit: 4, lines: 20, seed: 6 },
  ten: { name: "ten", files: 20, commits: 10, changesPerCommit: 1, lines: 30, seed: 3 },
  small: { name: "small", files: 100, commits: 20, changesPerCommit: 2, lines: 30, seed: 7 },
  narrow: { name: "narrow", files: 10, commits: 10, changesPerCommit: 1, lines: 20, seed: 4 },
  wide: { name: "wide", files: 10_000, commits: 10_000, changesPerCommit: 1, changeEvery: 50, lines: 20, seed: 5 }
} as const satisfies Record<string, Shape>

export interface GeneratedCommit {
  readonly id: CommitId
  readonly parent: CommitId | null
  readonly message: string
  readonly timeMillis: number
  /** All fields, under the client's names. */
  readonly record: { readonly [field: string]: Encodable }
  readonly snapshot: Snapshot
  /** The paths that this commit wrote. */
  readonly changes: ReadonlyMap<string, BlobId>
}

export interface GeneratedRepository {
  readonly name: string
  /** Parents come before children. */
  readonly commits: ReadonlyArray<GeneratedCommit>
  readonly blobs: ReadonlyMap<BlobId, Uint8Array>
}

const epochMillis = Date.UTC(2026, 2, 1)

const pathOf = (file: number) =>
  `packages/module_${file % 23}/src/${["core", "api", "util", "models"][file % 4] ?? ""}/feature_${file}.py`

const deltaOf = (changes: ReadonlyMap<string, BlobId>, index: number): Encodable => ({
  domain: "code",
  ops: Array.from(changes, ([path, blob]) => ({
    op: "patch",
    address: path,
    child_ops: [
      { op: "replace", address: `${path}::function_1`, position: null, content_id: blob },
      { op: "insert", address: `${path}::helper_${index}`, position: 1, content_id: blob }
    ],
    child_domain: "code_symbols",
    child_summary: "1 function changed, 1 added"
  })),
  summary: `${changes.size} file(s)`,
  sem_ver_bump: "patch",
  breaking_changes: []
})

const commitOf = (index: number, parent: CommitId | null, snapshot: Snapshot, changes: GeneratedCommit["changes"]) => {
  const timeMillis = epochMillis + index * 60_000
  const committedAt = committedAtOf(timeMillis, 1 + (index % 999))
  const message = `Change ${changes.size} file(s) for ticket ${index}\n\nWith a sentence that says why.`
  const parents = parent === null ? [] : [parent]
  const id = commitIdOf({ parents, snapshotId: snapshot.id, message, committedAt })
  const record = {
    commit_id: id,
    repo_id: "b5b4404f-ed2f-4303-aff7-52aa35a5579f",
    branch: "main",
    snapshot_id: snapshot.id as SnapshotId,
    message,
    committed_at: committedAt,
    parent_commit_id: parent,
    parent2_commit_id: null,
    author: "Ada Lovelace",
    metadata: { section: "verse", emotion: "joy" },
    structured_delta: parent === null ? null : deltaOf(changes, index),
    sem_ver_bump: "patch",
    breaking_changes: [],
    agent_id: "agent-7",
    model_id: "model-3",
    toolchain_id: "",
    prompt_hash: "",
    signature: sha256(id),
    signer_key_id: "0123456789abcdef",
    format_version: 5,
    reviewed_by: [],
    test_runs: 0
  }
  return { id, parent, message, timeMillis, record, snapshot, changes } satisfies GeneratedCommit
}

/** Draws a file length: few files are long and most are short, from two thirds of the mean up to four times it. */
const lengthOf = (random: Random, mean: number) => Math.max(3, Math.round(mean * (0.25 + 3 * random.next() ** 3)))

/** Grows a history one commit at a time. */
export const growing = (shape: Shape) => {
  const source = random(shape.seed)
  const blobs = new Map<BlobId, Uint8Array>()
  const contents: Array<Array<string>> = []
  const manifest = new Map<string, BlobId>()
  const { changeEvery = 1 } = shape
  const lineOf = shape.isPython === true ? pythonLine : sourceLine
  let count = 0
  let parent: CommitId | null = null
  let snapshot: Snapshot | undefined

  const write = (file: number): readonly [string, BlobId] => {
    const bytes = Buffer.from(`# ${shape.name} ${file}\n${contents[file]?.join("\n") ?? ""}\n`)
    const id = sha256(bytes) as string as BlobId
    blobs.set(id, bytes)
    manifest.set(pathOf(file), id)
    return [pathOf(file), id]
  }

  const edit = (file: number): readonly [string, BlobId] => {
    const lines = contents[file] ?? []
    for (let change = 0; change < 3; change++) {
      const line = source.below(lines.length)
      lines[line] = lineOf(source, line)
    }
    return write(file)
  }

  /** Makes the next commit. It changes files when the shape says so or the caller asks for it. */
  const next = (isChanging = count % changeEvery === 0): GeneratedCommit => {
    const changes = new Map<string, BlobId>()
    if (count === 0) {
      for (let file = 0; file < shape.files; file++) {
        contents.push(Array.from({ length: lengthOf(source, shape.lines) }, (_, line) => lineOf(source, line)))
        changes.set(...write(file))
      }
    } else if (isChanging) {
      for (let change = 0; change < shape.changesPerCommit; change++) changes.set(...edit(source.below(shape.files)))
    }
    if (snapshot === undefined || changes.size > 0) {
      snapshot = makeSnapshot(new Map(manifest), committedAtOf(epochMillis + count * 60_000, 7))
    }
    const commit: GeneratedCommit = commitOf(count, parent, snapshot, changes)
    count += 1
    parent = commit.id
    return commit
  }

  return { blobs, next }
}

/** Generates the whole repository of a shape. */
export const generate = (shape: Shape): GeneratedRepository => {
  const { blobs, next } = growing(shape)
  const commits = Array.from({ length: shape.commits }, () => next())
  return { name: shape.name, commits, blobs }
}
