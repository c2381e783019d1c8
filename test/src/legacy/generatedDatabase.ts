/** Writes a generated history into a legacy database of a later version, and its blobs into a folder. */
import type { Commit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { Effect } from "effect"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { GeneratedHistory } from "./generatedHistory.ts"
import { legacyDatabase, run } from "./legacyDatabase.ts"

/** The id of the repository, `ada/generated`. */
export const generatedId = "6f8a1b0c-0000-4000-8000-000000000001"

/** Returns the commits that no other commit builds upon. */
export const tipsOf = ({ commits }: GeneratedHistory): ReadonlyArray<Commit> => {
  const parents = new Set(commits.flatMap((commit) => commit.parents))
  return commits.filter(({ id }) => !parents.has(id))
}

/** The name of the branch at a tip. */
export const branchOf = ({ id }: Commit): string => `at-${id.slice(0, 12)}`

const temporary = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-legacy-generated-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
)

const hex = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString("hex"))

/** Makes a database of a later version that has the repository and none of its history. */
export const emptyGenerated = Effect.fnUntraced(function* (serverUrl: string) {
  const url = yield* legacyDatabase(serverUrl)
  yield* run(
    url,
    `DO $$ BEGIN
       DELETE FROM musehub_repos;
       ALTER TABLE musehub_snapshots ADD COLUMN manifest_blob bytea, ADD COLUMN delta_blob bytea;
       ALTER TABLE musehub_snapshots ALTER COLUMN manifest DROP NOT NULL;
       INSERT INTO musehub_repos (repo_id, name, owner, slug, visibility, owner_user_id)
       VALUES ('${generatedId}', 'generated', 'ada', 'generated', 'public', 'u');
     END $$`
  )
  return url
})

const insert = (url: string, table: string, columns: string, types: string, rows: ReadonlyArray<object>) =>
  run(
    url,
    `INSERT INTO ${table} (${columns.replaceAll(/(decode\(|, 'hex'\))/g, "")}, repo_id)
     SELECT ${columns}, '${generatedId}' FROM json_to_recordset($1::text::json) AS row(${types})`,
    [JSON.stringify(rows)]
  )

/** Adds the rows of commits, snapshots and blobs. The files of the blobs are their ids in the repository's folder. */
export const insertHistory = Effect.fnUntraced(function* (
  url: string,
  { blobs, commits, rows }: Pick<GeneratedHistory, "blobs" | "commits" | "rows">
) {
  yield* insert(
    url,
    "musehub_commits",
    `commit_id, branch, parent_ids, message, author, "timestamp", snapshot_id`,
    `commit_id text, branch text, parent_ids json, message text, author text, "timestamp" timestamptz,
     snapshot_id text`,
    commits.map(({ id, parents, record }) => ({
      commit_id: id,
      branch: record.branch,
      parent_ids: parents,
      message: record.message,
      author: record.author,
      timestamp: record.committed_at,
      snapshot_id: record.snapshot_id
    }))
  )
  yield* insert(
    url,
    "musehub_snapshots",
    "snapshot_id, manifest, decode(manifest_blob, 'hex'), decode(delta_blob, 'hex')",
    "snapshot_id text, manifest json, manifest_blob text, delta_blob text",
    Array.from(rows, ([id, row]) => ({
      snapshot_id: id,
      manifest: row.manifest === null ? null : JSON.parse(row.manifest),
      manifest_blob: hex(row.manifest_blob),
      delta_blob: hex(row.delta_blob)
    }))
  )
  yield* insert(
    url,
    "musehub_objects",
    "object_id, path, disk_path",
    "object_id text, path text, disk_path text",
    Array.from(blobs.keys(), (id) => ({ object_id: id, path: "", disk_path: `${generatedId}/${id}` }))
  )
})

/** Adds a branch at each of these commits. */
export const insertBranches = (url: string, tips: ReadonlyArray<Commit>) =>
  insert(
    url,
    "musehub_branches",
    "branch_id, name, head_commit_id",
    "branch_id text, name text, head_commit_id text",
    tips.map((tip) => ({ branch_id: tip.id.slice(0, 36), name: branchOf(tip), head_commit_id: tip.id }))
  )

/** Makes the database and the folder. Each tip has a branch. */
export const generatedDatabase = Effect.fnUntraced(function* (serverUrl: string, history: GeneratedHistory) {
  const url = yield* emptyGenerated(serverUrl)
  const folder = yield* temporary
  yield* Effect.promise(() => mkdir(join(folder, generatedId)))
  for (const bytes of history.blobs.values()) {
    yield* Effect.promise(() => writeFile(join(folder, generatedId, sha256(bytes)), bytes))
  }
  yield* insertHistory(url, history)
  yield* insertBranches(url, tipsOf(history))
  return { url, folder }
})
