/**
 * Histories made for a test, as a client would make them. Ids are derived here as docs/wire.md, section 1, defines
 * them, and not by the hub's own code, so that the two can disagree.
 */
import { createHash } from "node:crypto"
import type { LocalRepository } from "./LocalRepository.ts"
import { type Fields, type Sendable, textOf, type Value, valueOf } from "./Value.ts"

export interface Growing extends LocalRepository {
  readonly heads: Map<string, string>
  readonly commits: Map<string, Fields>
  readonly snapshots: Map<string, Fields>
  readonly blobs: Map<string, Uint8Array>
}

const digest = (content: Uint8Array | string): string => createHash("sha256").update(content).digest("hex")

export const blobId = (content: Uint8Array | string): string => digest(content)

export const growing = (): Growing => ({
  domain: "code",
  heads: new Map(),
  commits: new Map(),
  snapshots: new Map(),
  blobs: new Map()
})

/** Copies a repository, so that the copy can diverge. */
export const copyOf = (local: LocalRepository): Growing => ({
  domain: local.domain,
  heads: new Map(local.heads),
  commits: new Map(local.commits),
  snapshots: new Map(local.snapshots),
  blobs: new Map(local.blobs)
})

export const snapshotOf = (manifest: Iterable<readonly [string, string]>): Fields => {
  const files = new Map(manifest)
  const entries = Array.from(files, ([path, id]) => Buffer.from(`${path}\0${id}`)).toSorted(Buffer.compare)
  const snapshot_id = digest(entries.map((entry) => entry.toString("utf8")).join("\0"))
  return new Map<string, Value>([
    ["snapshot_id", snapshot_id],
    ["manifest", files],
    ["created_at", "2026-11-22T15:08:10.707051+00:00"]
  ])
}

export interface CommitOptions {
  readonly parents?: ReadonlyArray<string>
  readonly message?: string
  readonly committedAt?: string
  /** Fields that the id omits. */
  readonly fields?: { readonly [name: string]: Sendable }
}

const firstMoment = Date.UTC(2026, 10, 22, 15)
let moments = 0

/** Returns a later time for each commit, so that equal content makes different commits. */
const nextMoment = (): string => {
  moments += 1
  const second = new Date(firstMoment + moments * 1000).toISOString().slice(0, -".000Z".length)
  return `${second}.${String(1 + moments).padStart(6, "0")}+00:00`
}

export const commitOf = (branch: string, snapshotId: string, options: CommitOptions = {}): Fields => {
  const { parents = [], message = "a change", committedAt = nextMoment(), fields = {} } = options
  const commit_id = digest([parents.toSorted().join("\0"), snapshotId, message, committedAt].join("\0"))
  const record = valueOf({
    commit_id,
    repo_id: "b5b4404f-ed2f-4303-aff7-52aa35a5579f",
    branch,
    snapshot_id: snapshotId,
    message,
    committed_at: committedAt,
    parent_commit_id: parents[0] ?? null,
    parent2_commit_id: parents[1] ?? null,
    author: "",
    metadata: {},
    structured_delta: null,
    sem_ver_bump: "none",
    breaking_changes: [],
    agent_id: "",
    model_id: "",
    toolchain_id: "",
    prompt_hash: "",
    signature: "",
    signer_key_id: "",
    format_version: 5,
    reviewed_by: [],
    test_runs: 0,
    ...fields
  })
  return record as Fields
}

/** Commits a working tree to a branch, on top of its head unless other parents are given. */
export const commitTo = (
  local: Growing,
  branch: string,
  files: { readonly [path: string]: Uint8Array | string },
  options: CommitOptions = {}
): string => {
  const manifest = new Map<string, string>()
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
    manifest.set(path, blobId(bytes))
    local.blobs.set(blobId(bytes), bytes)
  }
  const snapshot = snapshotOf(manifest)
  const snapshotId = textOf(snapshot, "snapshot_id")
  const head = local.heads.get(branch)
  const commit = commitOf(branch, snapshotId, { parents: head === undefined ? [] : [head], ...options })
  const id = textOf(commit, "commit_id")
  if (!local.snapshots.has(snapshotId)) local.snapshots.set(snapshotId, snapshot)
  local.commits.set(id, commit)
  local.heads.set(branch, id)
  return id
}
