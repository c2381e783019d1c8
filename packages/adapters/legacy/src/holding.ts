/**
 * Lets one process at a time take over a repository. Nothing depends on it but work that would be done twice: who
 * writes is decided by the root of the repository.
 */
import { PgConnection } from "@effect/sql-pg"
import type { LegacyHub } from "@musehub/domain/port/legacy/LegacyHub"
import { Effect, Schema } from "effect"
import { unavailable } from "./statements.ts"

/** The first half of the keys of the locks, which the legacy hub itself does not use: "muse" in ASCII. */
const lockClass = 0x6d_75_73_65

const HeldRows = Schema.Tuple([Schema.Struct({ held: Schema.Boolean })])

/**
 * Holds a lock of the legacy database as long as the scope lasts, in a transaction of a connection of its own. So it is
 * free as soon as the process ends, however it ends, behind a pooler in any mode, and nothing is written.
 */
export const holding =
  (config: PgConnection.Config, location: string): LegacyHub["Service"]["hold"] =>
  (repository) =>
    Effect.gen(function* () {
      const connection = yield* PgConnection.make(config)
      yield* connection.query("BEGIN READ ONLY", [], false)
      // The next run finds it free at once: a server notices a moment later that a connection was closed.
      yield* Effect.addFinalizer(() =>
        Effect.catch(connection.query("COMMIT", [], false), (error) =>
          Effect.logDebug(`repository ${repository} is free once its connection is closed`, error)
        )
      )
      yield* connection.query("SET LOCAL idle_in_transaction_session_timeout = 0", [], false)
      const { rows } = yield* connection.query(
        "SELECT pg_try_advisory_xact_lock($1::integer, hashtext($2::text)) AS held",
        [lockClass, repository],
        false
      )
      const [{ held }] = yield* Schema.decodeUnknownEffect(HeldRows)(rows)
      return held
    }).pipe(Effect.mapError(unavailable(`taking repository ${repository} in ${location}`)))
