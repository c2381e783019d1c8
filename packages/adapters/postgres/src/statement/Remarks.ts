/**
 * Statements about remarks on commits. Sources only join (union of the reviewers, maximum of the runs), inside the
 * statement and under the row's lock, so concurrent calls lose nothing.
 */
import type { SqlClient } from "effect/sql"
import { CommitId } from "@musehub/domain/object/Id"
import type { CommitIndex } from "@musehub/domain/port/index/CommitIndex"
import { joinRemarks, noRemarks, type Remarks } from "@musehub/domain/repository/Annotation"
import { Effect, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { asOperation } from "../Errors.ts"
import { jsonLines, textArray } from "../Parameters.ts"
import { decoded, inPortions } from "./Rows.ts"

const remarkRows = decoded(
  Schema.Struct({
    commit: CommitId,
    reviewed_by: Schema.Array(Schema.fromJsonString(Schema.String)),
    test_runs: Schema.Int
  })
)

/** Ends an `INSERT INTO remarks AS r`: joins the new row with the existing one. */
export const joining = (sql: SqlClient.SqlClient): Fragment => sql`
  ON CONFLICT (repository, commit) DO UPDATE SET
    reviewed_by = ARRAY (SELECT DISTINCT n.name FROM unnest(r.reviewed_by || excluded.reviewed_by) AS n (name)),
    test_runs = greatest(r.test_runs, excluded.test_runs)`

export const make = (sql: SqlClient.SqlClient) => {
  const recordAnnotation: CommitIndex["Service"]["recordAnnotation"] = Effect.fnUntraced(function* ({ value }) {
    yield* sql`
      INSERT INTO remarks AS r (repository, commit, reviewed_by, test_runs)
      VALUES (${value.repository}, ${value.commit}, string_to_array(${jsonLines(value.reviewedBy)}, E'\\n'),
              ${value.testRuns})
      ${joining(sql)}`
  }, asOperation("recordAnnotation"))

  const remarks: CommitIndex["Service"]["remarks"] = Effect.fnUntraced(function* (repository, commits) {
    const found = new Map<CommitId, Remarks>()
    const read = (slice: ReadonlyArray<CommitId>) =>
      remarkRows(
        sql`
        SELECT commit, reviewed_by, test_runs::float8 AS test_runs
        FROM remarks
        WHERE repository = ${repository} AND commit = ANY (${textArray(slice)}::text[])
          AND (test_runs > 0 OR cardinality(reviewed_by) > 0)`.unprepared
      )
    // Joining with nothing puts the names in the promised order, which is not that of their JSON.
    yield* inPortions(commits, read, (row) =>
      found.set(row.commit, joinRemarks(noRemarks, { reviewedBy: row.reviewed_by, testRuns: row.test_runs }))
    )
    return found
  }, asOperation("remarks"))

  return { recordAnnotation, remarks }
}
