/** Statements that read many rows of a legacy database at once, within bounds. */
import { PgTypes, type PgClient } from "@effect/sql-pg"
import { LegacyUnavailable } from "@musehub/domain/port/legacy/LegacyRecords"
import { Damaged, Fault, Refused } from "@musehub/domain/port/UnavailableReason"
import { Effect, Result, Schedule, Schema } from "effect"
import type { SqlError } from "effect/sql/SqlError"

/** The most bytes of a row. The legacy hub's largest manifest, 10,000 paths of 4096 bytes, just fits. */
export const rowBytesMax = 48 * 1024 * 1024
/** The same with the protocol's overhead; a longer message makes the driver close the connection. */
export const messageBytesMax = rowBytesMax + 1024 * 1024
/** The most bytes of the rows of one answer, apart from the first one. */
export const answerBytesMax = 16 * 1024 * 1024

/** UTC with six fraction digits. A time before year 1 or after 9999 becomes a text that no client wrote. */
export const timeFormat = `YYYY-MM-DD"T"HH24:MI:SS.US`

const shortly = Schedule.exponential("50 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 3 }))

const reasonOf = (cause: SqlError | Schema.SchemaError) => {
  if (cause._tag !== "SqlError") return new Damaged({ cause })
  return cause.isRetryable ? new Fault({ cause }) : new Refused({ cause })
}

/** Makes the failure of an operation, such as `reading commits in postgres://…`. */
export const unavailable = (operation: string) => (error: SqlError | Schema.SchemaError) =>
  new LegacyUnavailable({ operation, reason: reasonOf(error) })

/** A client of a legacy database. */
export interface LegacyClient {
  readonly sql: PgClient.PgClient
  /** Host, port and database, for messages. */
  readonly location: string
}

/** Makes an array parameter of texts. */
export const texts = (values: ReadonlyArray<string>): PgTypes.Parameter =>
  Result.getOrThrow(PgTypes.array(values, PgTypes.OID.text))

/** Runs a statement, again if that may help, and checks the form of its rows. */
export const rowsOf = <Row extends Schema.Constraint>(
  { location }: LegacyClient,
  operation: string,
  row: Row,
  statement: Effect.Effect<ReadonlyArray<unknown>, SqlError>
): Effect.Effect<ReadonlyArray<Row["Type"]>, LegacyUnavailable, Row["DecodingServices"]> =>
  statement.pipe(
    Effect.retry({ schedule: shortly, while: (error) => error.isRetryable }),
    Effect.flatMap(Schema.decodeUnknownEffect(Schema.Array(row))),
    Effect.mapError(unavailable(`${operation} in ${location}`))
  )

/** Returns rows by id, each as `claim` reads it. Where several rows have one id, none of them is used. */
export const byId = <Row, A>(
  rows: ReadonlyArray<Row>,
  idOf: (row: Row) => string,
  claim: (row: Row) => Result.Result<A, string>
): ReadonlyMap<string, Result.Result<A, string>> => {
  const found = new Map<string, Result.Result<A, string>>()
  for (const row of rows) {
    const id = idOf(row)
    found.set(id, found.has(id) ? Result.fail("several rows claim its id") : claim(row))
  }
  return found
}
