/** Statements about the work of derivers. */
import { CommitId, RepositoryId, SnapshotId } from "@musehub/domain/object/Id"
import {
  type DerivationIndex,
  commitDeriverNames,
  type DeriverName,
  type UnderivedCommit
} from "@musehub/domain/port/index/derived/DerivationIndex"
import { identityDomain, identitySlug } from "@musehub/domain/repository/rule/isIdentity"
import { Effect, Option, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import type { Fragment } from "effect/sql/Statement"
import { asOperation } from "../../Errors.ts"
import { integerArray, textArray } from "../../Parameters.ts"
import { decoded } from "../Rows.ts"
import { unflushed } from "../unflushed.ts"

const versionRows = decoded(Schema.Struct({ version: Schema.Int }))
const repositoryRows = decoded(Schema.Struct({ repository: RepositoryId }))
const holderRows = decoded(Schema.Struct({ holder: Schema.String }))
const countRows = decoded(Schema.Struct({ pending: Schema.Int }))
const underivedRows = decoded(
  Schema.Struct({
    id: CommitId,
    generation: Schema.Int,
    snapshot_id: SnapshotId,
    parents: Schema.Array(SnapshotId),
    parents_count: Schema.Int
  })
)

/** The tables that each deriver fills. */
const tablesOf: { readonly [D in DeriverName]: ReadonlyArray<string> } = {
  touches: ["touches", "folder_touches"],
  lines: ["touch_lines"],
  symbols: ["blob_symbols", "symbol_events"],
  marks: ["marks"]
}

/** What the column `commit` has in the work of the deriver of marks: a repository is there once. */
export const noCommit = ""

/** The condition of identities `r`. */
export const identities = (sql: SqlClient.SqlClient): Fragment =>
  sql`r.slug = ${identitySlug} AND r.domain = ${identityDomain}`

export const make = (sql: SqlClient.SqlClient): DerivationIndex["Service"] => {
  /** Lists the work of a deriver in all repositories. */
  const workIn = (deriver: DeriverName) =>
    deriver === "marks"
      ? sql`
      SELECT r.id AS repository, 0 AS generation, ${noCommit}::text AS commit
      FROM repositories r
      WHERE ${identities(sql)}`
      : sql`SELECT c.repository, c.generation, c.id AS commit FROM commits c`

  /** Gives a deriver its work in some repositories. */
  const giving = (deriver: DeriverName, among: Fragment) => sql`
    INSERT INTO underived (deriver, repository, generation, commit)
    SELECT ${deriver}, w.repository, w.generation, w.commit FROM (${workIn(deriver)}) AS w WHERE ${among}
    ON CONFLICT (deriver, repository, generation, commit) DO UPDATE SET put_off = false`

  const startDeriver: DerivationIndex["Service"]["startDeriver"] = Effect.fnUntraced(function* ({ name, version }) {
    const [row] = yield* versionRows(sql`SELECT version FROM derivers WHERE name = ${name}`)
    if (row !== undefined && row.version >= version) return row.version === version
    const renewing = Effect.gen(function* () {
      // It takes the time that it needs.
      yield* sql`SET LOCAL statement_timeout = 0`
      const [present] = yield* versionRows(sql`SELECT version FROM derivers WHERE name = ${name} FOR UPDATE`)
      if (present !== undefined && present.version >= version) return present.version === version
      for (const table of tablesOf[name]) yield* sql`DELETE FROM ${sql(table)}`
      yield* giving(name, sql`true`)
      yield* sql`
        INSERT INTO derivers (name, version) VALUES (${name}, ${version})
        ON CONFLICT (name) DO UPDATE SET version = excluded.version`
      return true
    })
    return yield* sql.withTransaction(renewing)
  }, asOperation("startDeriver"))

  const deriveAgain: DerivationIndex["Service"]["deriveAgain"] = ({ deriver, repository }) =>
    Effect.gen(function* () {
      // Waits for touches that are being recorded, whose statement holds the row in share mode.
      yield* sql`SELECT version FROM derivers WHERE name = ${deriver} FOR UPDATE`
      for (const table of tablesOf[deriver]) yield* sql`DELETE FROM ${sql(table)} WHERE repository = ${repository}`
      yield* giving(deriver, sql`w.repository = ${repository}`)
    }).pipe(sql.withTransaction, asOperation("deriveAgain"))

  // From one repository to the next, whatever the number of their commits.
  const repositoryToDerive: DerivationIndex["Service"]["repositoryToDerive"] = (deriver, after) =>
    repositoryRows(sql`
      WITH RECURSIVE walk (repository) AS (
        SELECT min(u.repository) FROM underived u WHERE u.deriver = ${deriver} AND u.repository > ${after ?? ""}::text
        UNION ALL
        SELECT (SELECT min(u.repository) FROM underived u WHERE u.deriver = ${deriver} AND u.repository > w.repository)
        FROM walk w
        WHERE w.repository IS NOT NULL
      )
      SELECT w.repository
      FROM walk w
      WHERE w.repository IS NOT NULL
        AND EXISTS (
          SELECT FROM underived u WHERE u.deriver = ${deriver} AND u.repository = w.repository AND NOT u.put_off)
        AND NOT EXISTS (
          SELECT FROM derivations d
          WHERE d.deriver = ${deriver} AND d.repository = w.repository AND d.held_until > now())
      LIMIT 1`).pipe(
      Effect.map(([row]) => Option.fromUndefinedOr(row?.repository)),
      asOperation("repositoryToDerive")
    )

  const holdDerivation: DerivationIndex["Service"]["holdDerivation"] = ({ deriver, repository }, holder, millis) =>
    holderRows(sql`
      INSERT INTO derivations AS d (deriver, repository, holder, held_until)
      VALUES (${deriver}, ${repository}, ${holder}, now() + ${millis}::float8 * interval '1 millisecond')
      ON CONFLICT (deriver, repository) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
      WHERE d.holder = excluded.holder OR d.held_until <= now()
      RETURNING holder`).pipe(
      Effect.map((rows) => rows.length > 0),
      asOperation("holdDerivation")
    )

  const releaseDerivation: DerivationIndex["Service"]["releaseDerivation"] = ({ deriver, repository }, holder) =>
    sql`DELETE FROM derivations WHERE deriver = ${deriver} AND repository = ${repository} AND holder = ${holder}`.pipe(
      Effect.asVoid,
      asOperation("releaseDerivation")
    )

  const underived: DerivationIndex["Service"]["underived"] = ({ deriver, repository }, limit) =>
    underivedRows(sql`
      SELECT u.commit AS id, u.generation, c.snapshot_id, cardinality(c.parents) AS parents_count,
             ARRAY (
               SELECT p.snapshot_id
               FROM unnest(c.parents) WITH ORDINALITY AS o (id, place)
               CROSS JOIN LATERAL (
                 SELECT p.snapshot_id FROM commits p WHERE p.repository = ${repository} AND p.id = o.id OFFSET 0
               ) AS p
               ORDER BY o.place
             ) AS parents
      FROM (
        SELECT u.commit, u.generation
        FROM underived u
        WHERE u.deriver = ${deriver} AND u.repository = ${repository} AND NOT u.put_off
        ORDER BY u.generation, u.commit
        LIMIT ${limit}
      ) AS u
      CROSS JOIN LATERAL (
        SELECT c.parents, c.snapshot_id FROM commits c WHERE c.repository = ${repository} AND c.id = u.commit OFFSET 0
      ) AS c
      ORDER BY u.generation, u.commit`).pipe(
      Effect.map((rows) =>
        rows.map(({ generation, id, parents, parents_count, snapshot_id }) => ({
          id,
          generation,
          snapshotId: snapshot_id,
          parents: parents.length === parents_count ? parents : undefined
        }))
      ),
      asOperation("underived")
    )

  const putOff: DerivationIndex["Service"]["putOff"] = ({ deriver, repository }, commits) =>
    sql`
      UPDATE underived u SET put_off = true
      FROM unnest(
        ${integerArray(commits.map(({ generation }) => generation))}::integer[],
        ${textArray(commits.map(({ id }) => id))}::text[]
      ) AS c (generation, id)
      WHERE u.deriver = ${deriver} AND u.repository = ${repository} AND u.generation = c.generation
        AND u.commit = c.id`.unprepared.pipe(Effect.asVoid, asOperation("putOff"))

  const resumeDerivation: DerivationIndex["Service"]["resumeDerivation"] = ({ deriver, repository }) =>
    sql`
      UPDATE underived SET put_off = false
      WHERE deriver = ${deriver} AND repository = ${repository} AND put_off`.pipe(
      Effect.asVoid,
      asOperation("resumeDerivation")
    )

  const pendingCommits: DerivationIndex["Service"]["pendingCommits"] = (deriver, repository, atMost) =>
    countRows(sql`
      SELECT count(*)::float8 AS pending
      FROM (
        SELECT
        FROM underived
        WHERE deriver = ${deriver} AND (${repository ?? null}::text IS NULL OR repository = ${repository ?? null}::text)
        LIMIT ${atMost ?? null}::bigint
      ) counted
    `).pipe(
      Effect.map(([row]) => row?.pending ?? 0),
      asOperation("pendingCommits")
    )

  return {
    startDeriver,
    deriveAgain,
    repositoryToDerive,
    holdDerivation,
    releaseDerivation,
    underived,
    putOff,
    resumeDerivation,
    pendingCommits
  }
}

/** Adds the new commits of a recording to the work of the derivers of commits, as a part of a `WITH`. */
export const givingWork = (sql: SqlClient.SqlClient, repository: RepositoryId): Fragment => sql`
  new_work AS (
    INSERT INTO underived (deriver, repository, generation, commit)
    SELECT d.name, ${repository}, c.generation, c.id
    FROM new_commits c CROSS JOIN unnest(${textArray(commitDeriverNames)}::text[]) AS d (name)
    ON CONFLICT DO NOTHING
    RETURNING 1
  )`

interface WorkOf {
  readonly deriver: DeriverName
  readonly repository: RepositoryId
  readonly version: number
}

type Work = Pick<UnderivedCommit, "generation" | "id">

const commitRows = decoded(Schema.Struct({ commit: CommitId }))

/** Takes commits off the work of a deriver, if this version of it is at work. Returns the ids of those that it had. */
export const takingWork = (
  sql: SqlClient.SqlClient,
  { deriver, repository, version }: WorkOf,
  commits: ReadonlyArray<Work>
) =>
  commitRows(
    sql`
    DELETE FROM underived u
    USING unnest(
      ${integerArray(commits.map(({ generation }) => generation))}::integer[],
      ${textArray(commits.map(({ id }) => id))}::text[]
    ) AS c (generation, id)
    WHERE u.deriver = ${deriver} AND u.repository = ${repository} AND u.generation = c.generation AND u.commit = c.id
      AND (SELECT version FROM derivers WHERE name = ${deriver} FOR SHARE) = ${version}::integer
    RETURNING u.commit, ${unflushed(sql)}`.unprepared
  )

/** Returns those of these commits that are left, and keeps them so until the transaction ends. */
const holdingWork = (
  sql: SqlClient.SqlClient,
  { deriver, repository, version }: WorkOf,
  commits: ReadonlyArray<Work>
) =>
  commitRows(
    sql`
    SELECT u.commit
    FROM underived u
    JOIN unnest(
      ${integerArray(commits.map(({ generation }) => generation))}::integer[],
      ${textArray(commits.map(({ id }) => id))}::text[]
    ) AS c (generation, id) ON u.generation = c.generation AND u.commit = c.id
    WHERE u.deriver = ${deriver} AND u.repository = ${repository}
      AND (SELECT version FROM derivers WHERE name = ${deriver} FOR SHARE) = ${version}::integer
    FOR SHARE OF u`.unprepared
  )

/** Takes the commits that are whole off the work. Returns those of these commits that were left. */
export const takingParts = Effect.fnUntraced(function* <A extends Work & { readonly isWhole: boolean }>(
  sql: SqlClient.SqlClient,
  of: WorkOf,
  commits: ReadonlyArray<A>
) {
  const whole = commits.filter(({ isWhole }) => isWhole)
  const parts = commits.filter(({ isWhole }) => !isWhole)
  const taken = yield* takingWork(sql, of, whole)
  const held = parts.length === 0 ? [] : yield* holdingWork(sql, of, parts)
  const left = new Set([...taken, ...held].map(({ commit }) => commit))
  return commits.filter(({ id }) => left.has(id))
})
