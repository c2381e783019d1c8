/**
 * Maps the driver's errors to the port's, with the operation and the reason, and retries briefly what the server itself
 * undid. Nothing here may contain a connection's password.
 */
import {
  findFault,
  indexFaults,
  type KnownFault,
  networkFaults,
  unknownFault
} from "@musehub/domain/port/fault/FaultTable"
import { Damaged, Emptied, Fault, Refused } from "@musehub/domain/port/UnavailableReason"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { Effect, Schedule, type Schema } from "effect"
import type { Migrator } from "effect/sql"
import type { SqlError } from "effect/sql/SqlError"

/** Returns the server's five-character code, or that of Node where there was no answer. */
export const sqlState = (error: SqlError): string | undefined => {
  const { cause } = error.reason
  return typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : undefined
}

/** Looks the fault up. A connection that ended without a code is lost like one that the network closed. */
const faultOf = (error: SqlError): KnownFault =>
  findFault(sqlState(error) ?? "", indexFaults, networkFaults) ??
  (error.reason._tag === "ConnectionError" ? lostConnection : unknownFault)

/** No such table, function, type, schema, database or file: they were deleted while the hub used them. */
const emptiedState = /^(42P01|42883|42704|3F000|3D000|58P01)$/

const lostConnection: KnownFault = { outcome: "in doubt", remedy: "new connection" }

/** Says whether the same statement may succeed on another connection. */
export const needsNewConnection = (error: SqlError): boolean => faultOf(error).remedy === "new connection"

/** Says whether the same statement may succeed later. New credentials would need another URL, and so an operator. */
const mayPass = (error: SqlError): boolean => ["another try", "new connection"].includes(faultOf(error).remedy)

/** Returns the message of the driver or the server on one line. */
export const sentenceOf = (error: SqlError): string => {
  const { cause } = error.reason
  const text = cause instanceof Error && cause.message !== "" ? cause.message : error.message
  return text.replaceAll(/\s+/g, " ")
}

/** The server's limit on the time of a statement: at once it would take as long again. */
const tookTooLong = "57014"

/**
 * Says whether to retry at once: no row is damaged (`SchemaError`), and the fault may pass. All operations can be
 * repeated safely.
 */
export const isWorthAnAttempt = (error: SqlError | Schema.SchemaError): boolean =>
  error._tag === "SqlError" && mayPass(error) && sqlState(error) !== tookTooLong

const shortly = Schedule.exponential("20 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 5 }))

const reasonOf = (cause: SqlError | Schema.SchemaError | Migrator.MigrationError) => {
  if (cause._tag === "SqlError" && emptiedState.test(sqlState(cause) ?? "")) return new Emptied({ cause })
  if (cause._tag === "SqlError") return mayPass(cause) ? new Fault({ cause }) : new Refused({ cause })
  return cause._tag === "MigrationError" ? new Refused({ cause }) : new Damaged({ cause })
}

export const unavailable = (operation: string, error: SqlError | Schema.SchemaError | Migrator.MigrationError) =>
  new IndexUnavailable({ operation, reason: reasonOf(error) })

/**
 * Runs one idempotent statement, or one transaction of them, under the name of the port's method: in a span, with a few
 * retries where they help, and with the port's error.
 */
export const asOperation =
  (operation: string) =>
  <A, R>(effect: Effect.Effect<A, SqlError | Schema.SchemaError, R>): Effect.Effect<A, IndexUnavailable, R> =>
    effect.pipe(
      Effect.retry({ schedule: shortly, while: isWorthAnAttempt }),
      Effect.mapError((error) => unavailable(operation, error)),
      Effect.withSpan(`Index.${operation}`)
    )
