/**
 * Statements that record objects and look them up. Recording any number of rows takes one statement: arrays are
 * expanded on the server, and existing rows are skipped.
 */
import { eachInSlices, inSlices, sliceEntries, type Slices } from "@musehub/domain/base/Slices"
import type { SqlClient } from "effect/sql"
import { expected } from "@musehub/domain/base/expected"
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import { BlobId, type CommitId, type RepositoryId, SnapshotId } from "@musehub/domain/object/Id"
import { findingDirectories } from "@musehub/domain/object/Manifest"
import type { Snapshot } from "@musehub/domain/object/Snapshot"
import { assertSameRepository } from "@musehub/domain/port/index/assertSameRepository"
import type { CommitEntry, RecordBatch, RowWriter } from "@musehub/domain/port/index/RowWriter"
import {
  keptManifestEntriesMax,
  keptManifestsMax,
  type Known,
  type ObjectIds,
  type ObjectIndex
} from "@musehub/domain/port/index/ObjectIndex"
import type { Stored } from "@musehub/domain/port/Stored"
import { remarksOf, reviewersMax, saysSomething } from "@musehub/domain/repository/Annotation"
import { Effect, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { asOperation } from "../Errors.ts"
import { integerArray, joined, jsonLines, sizeArray, statementRowsMax, textArray, withoutNul } from "../Parameters.ts"
import { givingWork } from "./derived/Derivations.ts"
import { joining } from "./Remarks.ts"
import { recordingPacks } from "./Packs.ts"
import { reflecting } from "./Repositories.ts"
import { unflushed } from "./unflushed.ts"
import { decoded, idsAtOnce, inPortions, nodeOf, NodeRow } from "./Rows.ts"

/**
 * The longest manifest that is cached, in UTF-16 units: the driver refuses an answer of 16 MiB, and reading the store
 * is then as fast.
 */
const cachedManifestUnitsMax = 4 * 1024 * 1024
/** The most entries of a manifest that is cached: more would hold the event loop too long, both ways. */
const cachedManifestEntriesMax = 20_000

type Rows = Pick<RecordBatch, "blobs" | "snapshots" | "commits" | "packs" | "dropped" | "root">

const manifestJson = (snapshot: Snapshot): string =>
  `{${Array.from(snapshot.manifest, ([path, blob]) => `${JSON.stringify(path)}:"${blob}"`).join(",")}}`

const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** Drops duplicate commits, so that introductions are recorded once. */
const distinct = (commits: ReadonlyArray<CommitEntry>): ReadonlyArray<CommitEntry> => [
  ...new Map(commits.map((commit) => [commit.stored.id, commit])).values()
]

/** Weighs a commit: its row, those of `introductions`, which are small, and the names of its reviewers. */
const weightOf = ({ stored, introduces }: CommitEntry) =>
  1 + introduces.length / 4 + Math.min(stored.value.record.reviewed_by.length, reviewersMax)

/** Returns the remarks in commits' own records, without the empty ones. */
const remarksIn = (commits: ReadonlyArray<CommitEntry>) =>
  commits.map(({ stored }) => ({ id: stored.id, ...remarksOf(stored.value.record) })).filter(saysSomething)

const slices = <A>(items: ReadonlyArray<A>, weightOf: (item: A) => number): ReadonlyArray<ReadonlyArray<A>> => {
  const parts: Array<Array<A>> = []
  let room = 0
  for (const item of items) {
    if (room <= 0) {
      parts.push([])
      room = statementRowsMax
    }
    parts.at(-1)?.push(item)
    room -= weightOf(item)
  }
  return parts
}

/**
 * Cuts a batch into statements. Types come in the order within one statement, and objects in order of id, so that two
 * writers reach their common rows in the same order; commits keep their order, which tells how recent they are.
 */
const cut = (batch: RecordBatch): ReadonlyArray<Rows> => {
  const commits = distinct(batch.commits)
  const weight =
    batch.blobs.length + batch.snapshots.length + commits.reduce((sum, commit) => sum + weightOf(commit), 0)
  if (weight <= statementRowsMax) return [{ ...batch, commits }]
  const none: Rows = { blobs: [], snapshots: [], commits: [], packs: [], dropped: [], root: undefined }
  const { dropped, packs, root } = batch
  return [
    ...slices(commits, weightOf).map((part) => ({ ...none, commits: part })),
    ...slices(batch.snapshots.toSorted(byId), () => 1).map((part) => ({ ...none, snapshots: part })),
    ...slices(batch.blobs.toSorted(byId), () => 1).map((part) => ({ ...none, blobs: part })),
    { ...none, packs, dropped, root }
  ]
}

/** What is recorded from the manifests of a batch. */
interface FromManifests {
  readonly manifestOf: ReadonlyMap<SnapshotId, string>
  /** One path of each blob in the manifests to cache. */
  readonly pathOf: ReadonlyMap<BlobId, string>
  /** The number of folders of each snapshot. */
  readonly directoriesOf: ReadonlyMap<SnapshotId, number>
}

/** Returns the manifests of these snapshots as JSON, without those that are too long. */
const manifestsIn = (snapshots: ReadonlyArray<Stored<"snapshot">>): ReadonlyMap<SnapshotId, string> => {
  const manifestOf = new Map<SnapshotId, string>()
  for (const { id, value } of snapshots) {
    if (value.manifest.size > cachedManifestEntriesMax) continue
    const json = manifestJson(value)
    if (json.length <= cachedManifestUnitsMax) manifestOf.set(id, json)
  }
  return manifestOf
}

const readingManifests = function* ({ cachedManifests, snapshots }: RecordBatch): Slices<FromManifests> {
  const cached = snapshots.filter(({ id }) => cachedManifests.has(id))
  const pathOf = new Map<BlobId, string>()
  let seen = 0
  for (const { value } of cached) {
    for (const [path, blob] of value.manifest) {
      pathOf.set(blob, path)
      if (++seen % sliceEntries === 0) yield
    }
  }
  const directoriesOf = new Map<SnapshotId, number>()
  for (const { id, value } of snapshots) {
    directoriesOf.set(id, (yield* findingDirectories(value.manifest)).size)
    seen += value.manifest.size
    if (seen < sliceEntries) continue
    seen = 0
    yield
  }
  return { manifestOf: manifestsIn(cached), pathOf, directoriesOf }
}

const knownRows = decoded(
  Schema.Union([
    Schema.Struct({ type: Schema.Literal("blob"), id: BlobId }),
    Schema.Struct({ type: Schema.Literal("snapshot"), id: SnapshotId }),
    Schema.Struct({ type: Schema.Literal("commit"), ...NodeRow.fields })
  ])
)
/** The parts of the statement that records, in the order in which they are run. */
const recordingParts = [
  "new_commits",
  "new_work",
  "new_introductions",
  "new_remarks",
  "new_snapshots",
  "new_blobs",
  "new_bytes",
  "new_packs",
  "forgotten_packs",
  "unstaged"
] as const

export const make = (sql: SqlClient.SqlClient) => {
  /** Counts what the parts have written. What is computed after it finds all of that done. */
  const written = sql`(${sql.literal(recordingParts.map((part) => `(SELECT count(*) FROM ${part})`).join(" + "))})`

  /**
   * Takes the lock of the repository that `reflect_root` needs. Its holder may wait for rows, so it is taken before
   * them.
   */
  const locking = (repository: RepositoryId) => sql`pg_advisory_xact_lock(1, hashtext(${repository}))::text IS NOT NULL`

  const insert = (
    repository: RepositoryId,
    { blobs, snapshots, commits, packs, dropped }: Rows,
    { ending, isLocked }: { readonly ending: Fragment; readonly isLocked: boolean },
    { manifestOf, pathOf, directoriesOf }: FromManifests
  ) => {
    const remarks = remarksIn(commits)
    // Unprepared: a plan made for small arrays would be far too slow for large ones.
    return sql`
      WITH batch AS MATERIALIZED (SELECT nextval('batches') AS number),
      new_commits AS (
        INSERT INTO commits (repository, id, branch, parents, generation, message, author, committed_at, snapshot_id,
                             size, storage_uri, canonical_sha256, batch, place)
        SELECT ${repository}, c.id, c.branch, string_to_array(c.parents, ','), c.generation, c.message, c.author,
               c.committed_at, c.snapshot_id, c.size::bigint, c.storage_uri, c.sha256, batch.number, c.place
        FROM batch, unnest(
          ${textArray(commits.map(({ stored }) => stored.id))}::text[],
          ${textArray(commits.map(({ stored }) => withoutNul(stored.value.record.branch)))}::text[],
          ${textArray(commits.map(({ stored }) => joined(stored.value.parents)))}::text[],
          ${integerArray(commits.map(({ generation }) => generation))}::integer[],
          ${textArray(commits.map(({ stored }) => withoutNul(stored.value.record.message)))}::text[],
          ${textArray(commits.map(({ stored }) => withoutNul(stored.value.record.author)))}::text[],
          ${textArray(commits.map(({ stored }) => withoutNul(stored.value.record.committed_at)))}::text[],
          ${textArray(commits.map(({ stored }) => stored.value.snapshotId))}::text[],
          ${sizeArray(commits.map(({ stored }) => stored.size))}::float8[],
          ${textArray(commits.map(({ stored }) => stored.storageUri))}::text[],
          ${textArray(commits.map(({ stored }) => stored.sha256))}::text[]
        ) WITH ORDINALITY AS c (id, branch, parents, generation, message, author, committed_at, snapshot_id, size,
                                storage_uri, sha256, place)
        ORDER BY c.id COLLATE "C"
        ON CONFLICT DO NOTHING
        RETURNING id, generation, size
      ),
      ${givingWork(sql, repository)},
      new_introductions AS (
        INSERT INTO introductions (repository, blob, commit)
        SELECT ${repository}, i.blob COLLATE "C" AS blob, c.id
        FROM unnest(
          ${textArray(commits.map(({ stored }) => stored.id))}::text[],
          ${textArray(commits.map(({ introduces }) => joined([...new Set(introduces)])))}::text[]
        ) AS c (id, introduces)
        JOIN new_commits ON new_commits.id = c.id
        CROSS JOIN unnest(string_to_array(c.introduces, ',')) AS i (blob)
        ORDER BY 2, 3
        RETURNING 1
      ),
      new_remarks AS (
        INSERT INTO remarks AS r (repository, commit, reviewed_by, test_runs)
        SELECT ${repository}, c.id, string_to_array(c.reviewed_by, E'\\n'), c.test_runs::bigint
        FROM unnest(
          ${textArray(remarks.map(({ id }) => id))}::text[],
          ${textArray(remarks.map(({ reviewedBy }) => jsonLines(reviewedBy)))}::text[],
          ${sizeArray(remarks.map(({ testRuns }) => testRuns))}::float8[]
        ) AS c (id, reviewed_by, test_runs)
        JOIN new_commits ON new_commits.id = c.id
        ORDER BY c.id COLLATE "C"
        ${joining(sql)}
        RETURNING 1
      ),
      new_snapshots AS (
        INSERT INTO snapshots (repository, id, entry_count, directory_count, size, storage_uri, canonical_sha256,
                               manifest, kept)
        SELECT ${repository}, s.id, s.entry_count, s.directory_count, s.size::bigint, s.storage_uri, s.sha256,
               s.manifest::jsonb, batch.number
        FROM batch, unnest(
          ${textArray(snapshots.map(({ id }) => id))}::text[],
          ${integerArray(snapshots.map(({ value }) => value.manifest.size))}::integer[],
          ${integerArray(snapshots.map(({ id }) => expected(directoriesOf.get(id), "its folders")))}::integer[],
          ${sizeArray(snapshots.map(({ size }) => size))}::float8[],
          ${textArray(snapshots.map(({ storageUri }) => storageUri))}::text[],
          ${textArray(snapshots.map(({ sha256 }) => sha256))}::text[],
          ${textArray(snapshots.map(({ id }) => manifestOf.get(id) ?? null))}::text[]
        ) AS s (id, entry_count, directory_count, size, storage_uri, sha256, manifest)
        ORDER BY s.id COLLATE "C"
        ON CONFLICT DO NOTHING
        RETURNING size
      ),
      new_blobs AS (
        INSERT INTO blobs (repository, id, size, path, storage_uri, canonical_sha256)
        SELECT ${repository}, b.id, b.size::bigint, b.path, b.storage_uri, b.sha256
        FROM unnest(
          ${textArray(blobs.map(({ id }) => id))}::text[],
          ${sizeArray(blobs.map(({ size }) => size))}::float8[],
          ${textArray(blobs.map(({ id }) => pathOf.get(id) ?? null))}::text[],
          ${textArray(blobs.map(({ storageUri }) => storageUri))}::text[],
          ${textArray(blobs.map(({ sha256 }) => sha256))}::text[]
        ) AS b (id, size, path, storage_uri, sha256)
        ORDER BY b.id COLLATE "C"
        ON CONFLICT DO NOTHING
        RETURNING size
      ),
      new_bytes AS (
        INSERT INTO stored_bytes (repository, bytes)
        SELECT ${repository}, sum(n.size)
        FROM (
          SELECT size FROM new_commits UNION ALL SELECT size FROM new_snapshots UNION ALL SELECT size FROM new_blobs
        ) AS n
        HAVING sum(n.size) > 0
        RETURNING 1
      ),
      ${recordingPacks(sql, repository, packs, dropped)}
      SELECT CASE WHEN ${isLocked ? locking(repository) : sql`true`} THEN
               CASE WHEN ${written} >= 0 THEN ${ending} END
             END`.unprepared
  }

  const record: RowWriter["Service"]["record"] = Effect.fnUntraced(function* (batch) {
    const { blobs, commits, packs, repository, root, snapshots } = batch
    assertSameRepository(
      repository,
      blobs,
      snapshots,
      commits.map(({ stored }) => stored),
      packs
    )
    const parts = cut(batch)
    const fromManifests = yield* inSlices(() => readingManifests(batch))
    // The root decides whether its transaction waits for the disk.
    const endingOf = (rows: Rows) =>
      rows.root !== undefined ? reflecting(sql, rows.root) : root === undefined ? unflushed(sql) : sql`NULL`
    const isLocked = root !== undefined
    const statements = Effect.forEach(
      parts,
      (rows) => insert(repository, rows, { ending: endingOf(rows), isLocked }, fromManifests),
      { discard: true }
    )
    yield* parts.length > 1 ? sql.withTransaction(statements) : statements
  }, asOperation("record"))

  const keepManifests: ObjectIndex["Service"]["keepManifests"] = Effect.fnUntraced(function* (repository, snapshots) {
    assertSameRepository(repository, snapshots)
    const manifestOf = manifestsIn(snapshots)
    if (manifestOf.size === 0) return
    yield* sql`
      SELECT keep_manifests(
        ${repository},
        ${textArray([...manifestOf.keys()])}::text[],
        ${textArray([...manifestOf.values()])}::text[],
        ${keptManifestsMax}::integer,
        ${keptManifestEntriesMax}::bigint
      )`.unprepared
  }, asOperation("keepManifests"))

  const known: ObjectIndex["Service"]["known"] = Effect.fnUntraced(function* (repository, ids) {
    const blobs = new Set<BlobId>()
    const snapshots = new Set<SnapshotId>()
    const commits = new Map<CommitId, CommitNode>()
    const among = ({ blobs, commits, snapshots }: ObjectIds) =>
      knownRows(
        sql`
        SELECT 'blob' AS type, b.id, NULL::text[] AS parents, NULL::integer AS generation, NULL AS snapshot_id,
               NULL::float8 AS stored_bytes
        FROM blobs b
        WHERE b.repository = ${repository} AND b.id = ANY (${textArray(blobs)}::text[])
        UNION ALL
        SELECT 'snapshot', s.id, NULL, NULL, NULL, NULL
        FROM snapshots s
        WHERE s.repository = ${repository} AND s.id = ANY (${textArray(snapshots)}::text[])
        UNION ALL
        SELECT 'commit', c.id, c.parents, c.generation, c.snapshot_id, (c.size + coalesce(s.size, 0))::float8
        FROM commits c
        LEFT JOIN LATERAL (
          SELECT size FROM snapshots WHERE repository = ${repository} AND id = c.snapshot_id OFFSET 0
        ) AS s ON true
        WHERE c.repository = ${repository} AND c.id = ANY (${textArray(commits)}::text[])`.unprepared
      )
    const take = (row: Effect.Success<ReturnType<typeof among>>[number]) => {
      if (row.type === "blob") blobs.add(row.id)
      else if (row.type === "snapshot") snapshots.add(row.id)
      else commits.set(row.id, nodeOf(row))
    }
    const none: ObjectIds = { blobs: [], snapshots: [], commits: [] }
    if (ids.blobs.length + ids.snapshots.length + ids.commits.length <= idsAtOnce)
      yield* eachInSlices(yield* among(ids), take)
    else {
      yield* inPortions(ids.blobs, (slice) => among({ ...none, blobs: slice }), take)
      yield* inPortions(ids.snapshots, (slice) => among({ ...none, snapshots: slice }), take)
      yield* inPortions(ids.commits, (slice) => among({ ...none, commits: slice }), take)
    }
    const answer: Known = { blobs, snapshots, commits }
    return answer
  }, asOperation("known"))

  return { record, keepManifests, known }
}
