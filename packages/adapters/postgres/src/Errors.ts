/**
 * Maps the driver's errors to the port's, with the operation and the reason, and retries briefly what the server itself
 * undid. Nothing here may contain a connection's password.
 */
import { Damaged, Emptied, Fault, Refused } from "@musehub/domain/port/UnavailableReason"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import type { PackDirectoryRefused } from "@musehub/domain/repository/Pack"
import { Effect, Schedule, type Schema } from "effect"
import type { Migrator } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"

/** Returns the server's five-character code, if the error came from the server. */
export const sqlState = (error: SqlError): string | undefined => {
  const { cause } = error.reason
  return typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : undefined
}

/** The server is shutting down, starting up, or out of a resource: the driver does not know that these pass. */
const passingState = /^(57P0|53)/

/** No such table, function, type, schema, database or file: they were deleted while the hub used them. */
const emptiedState = /^(42P01|42883|42704|3F000|3D000|58P01)$/

/** Says whether the same statement may succeed later. */
const mayPass = (error: SqlError): boolean =>
  error.isRetryable || error.reason._tag === "UniqueViolation" || passingState.test(sqlState(error) ?? "")

/** Returns the message of the driver or the server on one line. */
export const sentenceOf = (error: SqlError): string => {
  const { cause } = error.reason
  const text = cause instanceof Error && cause.message !== "" ? cause.message : error.message
  return text.replaceAll(/\s+/g, " ")
}

/** A row that no statement of this adapter can have written. */
type DamagedRow = Schema.SchemaError | PackDirectoryRefused

/**
 * Says whether to retry: after a deadlock, a lost connection or a restart of the server. All operations can be repeated
 * safely.
 */
export const isWorthAnAttempt = (error: SqlError | DamagedRow): boolean =>
  error._tag === "SqlError" &&
  (["DeadlockError", "SerializationError", "ConnectionError"].includes(error.reason._tag) ||
    passingState.test(sqlState(error) ?? ""))

const shortly = Schedule.exponential("20 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 5 }))

const reasonOf = (cause: SqlError | DamagedRow | Migrator.MigrationError) => {
  if (cause._tag === "SqlError" && emptiedState.test(sqlState(cause) ?? "")) return new Emptied({ cause })
  if (cause._tag === "SqlError") return mayPass(cause) ? new Fault({ cause }) : new Refused({ cause })
  return cause._tag === "MigrationError" ? new Refused({ cause }) : new Damaged({ cause })
}

export const unavailable = (operation: string, error: SqlError | DamagedRow | Migrator.MigrationError) =>
  new IndexUnavailable({ operation, reason: reasonOf(error) })

/**
 * Runs one idempotent statement, or one transaction of them, under the name of the port's method: in a span, with a few
 * retries where they help, and with the port's error.
 */
export const asOperation =
  (operation: string) =>
  <A, R>(effect: Effect.Effect<A, SqlError | DamagedRow, R>): Effect.Effect<A, IndexUnavailable, R> =>
    effect.pipe(
      Effect.retry({ schedule: shortly, while: isWorthAnAttempt }),
      Effect.mapError((error) => unavailable(operation, error)),
      Effect.withSpan(`Index.${operation}`)
    )
