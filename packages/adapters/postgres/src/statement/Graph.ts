/** Statements about history: ancestry, the commits that introduced a blob, and who else has an object. */
import type { SqlClient } from "effect/sql"
import type { Introduction } from "@musehub/domain/history/introductions"
import { expected } from "@musehub/domain/base/expected"
import type { Manifest } from "@musehub/domain/object/Manifest"
import { BlobId, CommitId, RepositoryId, SnapshotId } from "@musehub/domain/object/Id"
import type { CommitIndex } from "@musehub/domain/port/index/CommitIndex"
import type { Holders, ObjectIndex } from "@musehub/domain/port/index/ObjectIndex"
import { Effect, Option, Schema } from "effect"
import { asOperation } from "../Errors.ts"
import { placeAfter, textArray } from "../Parameters.ts"
import { decoded, inPortions, nodeOf, NodeRow } from "./Rows.ts"

/** Adds a value to those of its key. */
const addTo = <K, V>(groups: Map<K, Array<V>>, key: K, value: V): void => {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [value])
  else group.push(value)
}

const nodeRows = decoded(NodeRow)
const manifestRows = decoded(Schema.Struct({ id: SnapshotId, manifest: Schema.Unknown }))
const manifestEntries = Schema.decodeUnknownEffect(Schema.Array(Schema.Tuple([Schema.String, BlobId])))

/** Entries of a manifest that are checked in one go: a large one would stop the hub for tenths of a second. */
const entriesAtOnce = 2000

const manifestOf = Effect.fnUntraced(function* (json: unknown) {
  const entries = Object.entries(Object(json))
  const manifest = new Map<string, BlobId>()
  for (let at = 0; at < entries.length; at += entriesAtOnce) {
    if (at > 0) yield* Effect.yieldNow
    for (const [path, blob] of yield* manifestEntries(entries.slice(at, at + entriesAtOnce))) manifest.set(path, blob)
  }
  return manifest
})
const sizedRows = decoded(Schema.Struct({ blob: BlobId, commit: CommitId, size: Schema.Int }))
const introductionRows = decoded(Schema.Struct({ blob: BlobId, commit: CommitId }))
const unintroducedRows = decoded(
  Schema.Struct({ passed: Schema.Int, last: Schema.NullOr(Schema.String), unintroduced: Schema.Array(BlobId) })
)
const snapshotCommitRows = decoded(Schema.Struct({ snapshot_id: SnapshotId, id: CommitId }))
const commitRows = decoded(Schema.Struct({ id: CommitId }))
const holderRows = decoded(
  Schema.Union([
    Schema.Struct({ type: Schema.Literal("blob"), id: BlobId, repository: RepositoryId }),
    Schema.Struct({ type: Schema.Literal("snapshot"), id: SnapshotId, repository: RepositoryId }),
    Schema.Struct({ type: Schema.Literal("commit"), id: CommitId, repository: RepositoryId })
  ])
)

export const make = (sql: SqlClient.SqlClient) => {
  const ancestry: CommitIndex["Service"]["ancestry"] = Effect.fnUntraced(function* (repository, from, limit) {
    // UNION drops what an earlier step found, and a recursive query returns its rows step by step, nearest first.
    // OFFSET 0 keeps the planner at one index lookup for each parent and snapshot instead of reading the whole
    // repository for a hash join.
    const rows = yield* nodeRows(
      sql`
      WITH RECURSIVE walk (id, parents, generation, snapshot_id, size) AS (
        SELECT c.id, c.parents, c.generation, c.snapshot_id, c.size
        FROM commits c
        WHERE c.repository = ${repository} AND c.id = ANY (${textArray(from)}::text[])
        UNION
        SELECT c.*
        FROM walk w
        CROSS JOIN unnest(w.parents) AS p (id)
        CROSS JOIN LATERAL (
          SELECT c.id, c.parents, c.generation, c.snapshot_id, c.size
          FROM commits c
          WHERE c.repository = ${repository} AND c.id = p.id
          OFFSET 0
        ) AS c
      ),
      nearest AS MATERIALIZED (
        SELECT w.*, row_number() OVER () AS step FROM (SELECT * FROM walk LIMIT ${limit}) AS w
      )
      SELECT n.id, n.parents, n.generation, n.snapshot_id, (n.size + coalesce(s.size, 0))::float8 AS stored_bytes
      FROM nearest n
      LEFT JOIN LATERAL (
        SELECT size FROM snapshots WHERE repository = ${repository} AND id = n.snapshot_id OFFSET 0
      ) AS s ON true
      ORDER BY n.step`.unprepared
    )
    return rows.map(nodeOf)
  }, asOperation("ancestry"))

  const manifests: ObjectIndex["Service"]["manifests"] = Effect.fnUntraced(function* (repository, snapshots) {
    const rows = yield* manifestRows(
      sql`
      SELECT id, manifest
      FROM snapshots
      WHERE repository = ${repository} AND id = ANY (${textArray(snapshots)}::text[])
        AND manifest IS NOT NULL`.unprepared
    )
    const manifests = new Map<SnapshotId, Manifest>()
    for (const { id, manifest } of rows) manifests.set(id, yield* manifestOf(manifest))
    return manifests
  }, asOperation("manifests"))

  const introducedBy: CommitIndex["Service"]["introducedBy"] = Effect.fnUntraced(function* (repository, commits) {
    // A blob without a row is the empty one, which counts as present everywhere. A blob that several commits introduce
    // comes once for each: these are few, and grouping them on the server takes longer.
    const read = (slice: ReadonlyArray<CommitId>) =>
      sizedRows(
        sql`
        SELECT i.blob, i.commit, coalesce(b.size, 0)::float8 AS size
        FROM introductions i
        LEFT JOIN LATERAL (
          SELECT size FROM blobs WHERE repository = ${repository} AND id = i.blob OFFSET 0
        ) AS b ON true
        WHERE i.repository = ${repository} AND i.commit = ANY (${textArray(slice)}::text[])`.unprepared
      )
    // The same string for a commit's id in all of its rows, so that a large answer does not hold it once for each.
    const ids = new Map<CommitId, CommitId>()
    const introductions = new Map<BlobId, Introduction & { readonly commits: Array<CommitId> }>()
    yield* inPortions(commits, read, ({ blob, commit, size }) => {
      const id = ids.get(commit) ?? commit
      ids.set(id, id)
      const introduction = introductions.get(blob)
      if (introduction === undefined) introductions.set(blob, { size, commits: [id] })
      else introduction.commits.push(id)
    })
    return introductions
  }, asOperation("introducedBy"))

  const introducersOf: CommitIndex["Service"]["introducersOf"] = Effect.fnUntraced(function* (repository, blobs) {
    const introducers = new Map<BlobId, Array<CommitId>>()
    const read = (slice: ReadonlyArray<BlobId>) =>
      introductionRows(
        sql`
        SELECT blob, commit
        FROM introductions
        WHERE repository = ${repository} AND blob = ANY (${textArray(slice)}::text[])`.unprepared
      )
    yield* inPortions(blobs, read, ({ blob, commit }) => addTo(introducers, blob, commit))
    return introducers
  }, asOperation("introducersOf"))

  const unintroducedBlobs: CommitIndex["Service"]["unintroducedBlobs"] = Effect.fnUntraced(function* (
    repository,
    page
  ) {
    // The limit is as in `rows`. OFFSET 0 keeps the planner at one index lookup for each blob.
    const [found] = yield* unintroducedRows(
      sql`
      WITH page AS MATERIALIZED (
        SELECT id
        FROM blobs
        WHERE repository = ${repository} AND id > ${placeAfter(page)}
        ORDER BY id
        LIMIT (SELECT ${page.limit}::integer)
      )
      SELECT (SELECT count(*)::integer FROM page) AS passed,
             (SELECT max(id) FROM page) AS last,
             ARRAY(
               SELECT p.id
               FROM page p
               WHERE NOT EXISTS (
                 SELECT FROM introductions i WHERE i.repository = ${repository} AND i.blob = p.id OFFSET 0
               )
             ) AS unintroduced`
    )
    const { last, passed, unintroduced } = expected(found, "a page")
    return { items: unintroduced, next: passed < page.limit ? Option.none() : Option.fromNullishOr(last) }
  }, asOperation("unintroducedBlobs"))

  const commitsOfSnapshots: CommitIndex["Service"]["commitsOfSnapshots"] = Effect.fnUntraced(function* (
    repository,
    snapshots
  ) {
    const owners = new Map<SnapshotId, Array<CommitId>>()
    const read = (slice: ReadonlyArray<SnapshotId>) =>
      snapshotCommitRows(
        sql`
        SELECT snapshot_id, id
        FROM commits
        WHERE repository = ${repository} AND snapshot_id = ANY (${textArray(slice)}::text[])`.unprepared
      )
    yield* inPortions(snapshots, read, ({ snapshot_id, id }) => addTo(owners, snapshot_id, id))
    return owners
  }, asOperation("commitsOfSnapshots"))

  const holdersOf: ObjectIndex["Service"]["holdersOf"] = Effect.fnUntraced(function* (reader, ids) {
    const readable = sql`EXISTS (
      SELECT FROM repositories r
      WHERE r.id = held.repository AND r.root_sequence >= 0 AND (
        r.visibility = 'public' OR r.owner = ${reader}::text
        OR EXISTS (SELECT FROM grants g WHERE g.repository = r.id AND g."user" = ${reader}::text)))`
    // One lookup per id that ends at the first hit: a file that every repository has costs no more than a rare one.
    const rows = yield* holderRows(
      sql`
      SELECT 'blob' AS type, asked.id, held.repository
      FROM unnest(${textArray(ids.blobs)}::text[]) AS asked (id)
      CROSS JOIN LATERAL (
        SELECT held.repository FROM introductions held WHERE held.blob = asked.id AND ${readable} LIMIT 1
      ) AS held
      UNION ALL
      SELECT 'snapshot', asked.id, held.repository
      FROM unnest(${textArray(ids.snapshots)}::text[]) AS asked (id)
      CROSS JOIN LATERAL (
        SELECT held.repository FROM commits held WHERE held.snapshot_id = asked.id AND ${readable} LIMIT 1
      ) AS held
      UNION ALL
      SELECT 'commit', asked.id, held.repository
      FROM unnest(${textArray(ids.commits)}::text[]) AS asked (id)
      CROSS JOIN LATERAL (
        SELECT held.repository FROM commits held WHERE held.id = asked.id AND ${readable} LIMIT 1
      ) AS held`.unprepared
    )
    const blobs = new Map<BlobId, RepositoryId>()
    const snapshots = new Map<SnapshotId, RepositoryId>()
    const commits = new Map<CommitId, RepositoryId>()
    for (const row of rows) {
      if (row.type === "blob") blobs.set(row.id, row.repository)
      else if (row.type === "snapshot") snapshots.set(row.id, row.repository)
      else commits.set(row.id, row.repository)
    }
    const holders: Holders = { blobs, snapshots, commits }
    return holders
  }, asOperation("holdersOf"))

  const recentCommits: CommitIndex["Service"]["recentCommits"] = Effect.fnUntraced(function* (repository, limit) {
    // With a limit that the planner cannot see, it reads the index from its end; with a visible one it sorts the
    // repository.
    const rows = yield* commitRows(sql`
      SELECT id
      FROM commits
      WHERE repository = ${repository}
      ORDER BY batch DESC, place DESC
      LIMIT (SELECT ${limit}::integer)`)
    return rows.map(({ id }) => id)
  }, asOperation("recentCommits"))

  return {
    ancestry,
    manifests,
    introducedBy,
    introducersOf,
    unintroducedBlobs,
    commitsOfSnapshots,
    holdersOf,
    recentCommits
  }
}
