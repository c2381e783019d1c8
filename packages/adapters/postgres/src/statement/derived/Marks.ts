/** Statements about what identities mark. */
import { type RepositoryId, Sha256 } from "@musehub/domain/object/Id"
import { type Mark, markedHandle, type MarkIndex, markText } from "@musehub/domain/port/index/derived/MarkIndex"
import { Effect, Option, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { asOperation } from "../../Errors.ts"
import { textArray } from "../../Parameters.ts"
import { decoded } from "../Rows.ts"
import { unflushed } from "../unflushed.ts"
import { identities, noCommit } from "./Derivations.ts"

const rootRows = decoded(Schema.Struct({ rootSha256: Sha256 }))
const countRows = decoded(Schema.Struct({ handles: Schema.Int }))

export const make = (sql: SqlClient.SqlClient): MarkIndex["Service"] => {
  /** The condition of the work `u` in an identity. */
  const workIn = (repository: RepositoryId) => sql`
    u.deriver = 'marks' AND u.repository = ${repository} AND u.generation = 0 AND u.commit = ${noCommit}`

  const identityToRead: MarkIndex["Service"]["identityToRead"] = (repository) =>
    rootRows(sql`
      SELECT r.root_sha256 AS "rootSha256"
      FROM repositories r
      WHERE r.id = ${repository} AND EXISTS (SELECT FROM underived u WHERE ${workIn(repository)} AND NOT u.put_off)
    `).pipe(
      Effect.map(([row]) => Option.fromUndefinedOr(row?.rootSha256)),
      asOperation("identityToRead")
    )

  /** Says whether this root is reflected, and keeps it so until the transaction ends. */
  const holdingRoot = (repository: RepositoryId, sha256: Sha256) =>
    Effect.map(
      sql`SELECT FROM repositories r WHERE r.id = ${repository} AND r.root_sha256 = ${sha256} FOR SHARE`,
      (rows) => rows.length > 0
    )

  /** Takes an identity off the work, if this version of the deriver is at work. Says whether it was there. */
  const takingIdentity = (repository: RepositoryId, version: number) =>
    Effect.map(
      sql`
      DELETE FROM underived u
      WHERE ${workIn(repository)}
        AND (SELECT version FROM derivers WHERE name = 'marks' FOR SHARE) = ${version}::integer
      RETURNING ${unflushed(sql)}`,
      (rows) => rows.length > 0
    )

  /** Writes what is another thing than before. */
  const replacing = (repository: RepositoryId, marks: ReadonlyArray<Mark>) => {
    const hashes = sql`
      SELECT sha256(convert_to(m, 'UTF8')) AS mark_sha256 FROM unnest(${textArray(marks.map(markText))}::text[]) AS m`
    return Effect.andThen(
      sql`
      DELETE FROM marks o
      WHERE o.repository = ${repository}
        AND NOT EXISTS (SELECT FROM (${hashes}) AS n WHERE n.mark_sha256 = o.mark_sha256)`.unprepared,
      sql`
      INSERT INTO marks (mark_sha256, repository)
      SELECT n.mark_sha256, ${repository} FROM (${hashes}) AS n
      ON CONFLICT DO NOTHING`.unprepared
    )
  }

  const recordMarks: MarkIndex["Service"]["recordMarks"] = (repository, version, { marks, rootSha256 }) =>
    Effect.gen(function* () {
      if (!(yield* holdingRoot(repository, rootSha256))) return
      if (yield* takingIdentity(repository, version)) yield* replacing(repository, marks)
    }).pipe(sql.withTransaction, asOperation("recordMarks"))

  const putOffIdentity: MarkIndex["Service"]["putOffIdentity"] = (repository) =>
    sql`UPDATE underived u SET put_off = true WHERE ${workIn(repository)}`.pipe(
      Effect.asVoid,
      asOperation("putOffIdentity")
    )

  // One probe of an index for each row of the mark: for a join, the planner may read all identities.
  const countMarks: MarkIndex["Service"]["countMarks"] = (mark) =>
    countRows(sql`
      SELECT count(*)::float8 AS handles
      FROM marks m
      CROSS JOIN LATERAL (
        SELECT FROM repositories r
        WHERE r.id = m.repository AND r.visibility = 'public' AND r.owner <> ${markedHandle(mark)}
          AND ${identities(sql)}
        OFFSET 0
      ) AS r
      WHERE m.mark_sha256 = sha256(convert_to(${markText(mark)}::text, 'UTF8'))`).pipe(
      Effect.map(([row]) => row?.handles ?? 0),
      asOperation("countMarks")
    )

  return { identityToRead, recordMarks, putOffIdentity, countMarks }
}
