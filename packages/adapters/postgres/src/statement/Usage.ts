/** Statements about what users take. */
import type { UsageIndex } from "@musehub/domain/port/index/UsageIndex"
import { DocumentName } from "@musehub/domain/repository/Names"
import { Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { asOperation } from "../Errors.ts"
import { textArray } from "../Parameters.ts"
import { decoded } from "./Rows.ts"

const usageRows = decoded(
  Schema.Struct({
    repositories: Schema.Int,
    tokens: Schema.Int,
    keptAnswers: Schema.Int,
    bytes: Schema.Int
  })
)
const bytesRows = decoded(Schema.Struct({ bytes: Schema.Int }))
const documentRows = decoded(Schema.Struct({ document: DocumentName }))

export const make = (sql: SqlClient.SqlClient) => {
  /** Adds up what is recorded in a repository, and what is staged. */
  const bytesIn = (column: "asked.id" | "r.id") => sql`
    (SELECT coalesce(sum(bytes), 0) FROM stored_bytes WHERE repository = ${sql(column)})
    + (SELECT coalesce(sum(size), 0) FROM staged_blobs WHERE repository = ${sql(column)})`

  const usageOf: UsageIndex["Service"]["usageOf"] = (user, at) =>
    usageRows(sql`
      SELECT
        (SELECT count(*) FROM repositories r WHERE r.owner = ${user})::float8 AS repositories,
        (SELECT count(*) FROM tokens t
         WHERE t."user" = ${user} AND t.revoked_at IS NULL
           AND (t.expires_at IS NULL OR t.expires_at COLLATE "C" > ${at}))::float8 AS tokens,
        (SELECT count(*) FROM kept_answers k WHERE k."user" = ${user})::float8 AS "keptAnswers",
        (SELECT coalesce(sum(${bytesIn("r.id")}), 0)
         FROM repositories r WHERE r.owner = ${user})::float8 AS bytes`).pipe(
      Effect.map(([row]) => row ?? { repositories: 0, tokens: 0, keptAnswers: 0, bytes: 0 }),
      asOperation("usageOf")
    )

  const storedBytes: UsageIndex["Service"]["storedBytes"] = (repository) =>
    bytesRows(sql`
      SELECT (${bytesIn("asked.id")})::float8 AS bytes FROM (SELECT ${repository}::text AS id) AS asked`).pipe(
      Effect.map(([row]) => row?.bytes ?? 0),
      asOperation("storedBytes")
    )

  const recordKeptAnswer: UsageIndex["Service"]["recordKeptAnswer"] = Effect.fnUntraced(function* (answer) {
    yield* sql`
      INSERT INTO kept_answers AS k (document, "user", at) VALUES (${answer.document}, ${answer.user}, ${answer.at})
      ON CONFLICT (document) DO UPDATE SET at = greatest(k.at, excluded.at)`
  }, asOperation("recordKeptAnswer"))

  const keptAnswersBefore: UsageIndex["Service"]["keptAnswersBefore"] = (user, before, limit) =>
    documentRows(sql`
      SELECT document FROM kept_answers WHERE "user" = ${user} AND at < ${before} ORDER BY at LIMIT ${limit}`).pipe(
      Effect.map((rows) => rows.map(({ document }) => document)),
      asOperation("keptAnswersBefore")
    )

  const forgetKeptAnswers: UsageIndex["Service"]["forgetKeptAnswers"] = Effect.fnUntraced(function* (documents) {
    yield* sql`DELETE FROM kept_answers WHERE document = ANY (${textArray(documents)}::text[])`
  }, asOperation("forgetKeptAnswers"))

  return { usageOf, storedBytes, recordKeptAnswer, keptAnswersBefore, forgetKeptAnswers }
}
