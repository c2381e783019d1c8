/** Statements about the states of documents. */
import type { SqlClient } from "effect/sql"
import { sha256 } from "@musehub/domain/object/Digest"
import type { DocumentLedger } from "@musehub/domain/port/index/DocumentLedger"
import { Array as Arrays, Effect, Option, Schema } from "effect"
import { randomUUID } from "node:crypto"
import { asOperation } from "../Errors.ts"
import { decoded } from "./Rows.ts"

const stateRows = decoded(Schema.Struct({ number: Schema.Int, bytes: Schema.NullOr(Schema.Uint8Array) }))
const numberRows = decoded(Schema.Struct({ number: Schema.Int }))

export const make = (sql: SqlClient.SqlClient): DocumentLedger["Service"] => ({
  latestState: (path) =>
    stateRows(sql`
      SELECT number::float8 AS number, bytes
      FROM document_states
      WHERE path = ${path}
      ORDER BY number DESC
      LIMIT 1`).pipe(Effect.map(Arrays.head), asOperation("latestState")),
  addState: (path, { bytes, number }) => {
    const caller = randomUUID()
    return numberRows(sql`
      WITH added AS (
        INSERT INTO document_states AS s (path, number, sha256, bytes, added_by)
        VALUES (${path}, ${number}, ${bytes === null ? null : sha256(bytes)}, ${bytes}, ${caller}::uuid)
        ON CONFLICT (path, number) DO UPDATE SET number = excluded.number WHERE s.added_by = excluded.added_by
        RETURNING number
      ), emptied AS (
        UPDATE document_states
        SET bytes = NULL
        WHERE path = ${path} AND number < ${number} AND bytes IS NOT NULL AND EXISTS (SELECT FROM added)
      )
      SELECT number::float8 AS number FROM added`).pipe(
      Effect.map((rows) => rows.length === 1),
      asOperation("addState")
    )
  },
  numberOfState: (path, hash) =>
    numberRows(sql`
      SELECT number::float8 AS number
      FROM document_states
      WHERE path = ${path} AND sha256 = ${hash}
      ORDER BY number DESC
      LIMIT 1`).pipe(
      Effect.map((rows) => Option.map(Arrays.head(rows), ({ number }) => number)),
      asOperation("numberOfState")
    )
})
