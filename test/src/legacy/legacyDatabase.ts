/** The legacy hub of `test/vectors/legacy/pg`: its dump in a database of its own, and its folder. */
import { PgConnection } from "@effect/sql-pg"
import { openLegacyFolder } from "@musehub/adapter-legacy/legacyFolder"
import * as LegacyPostgres from "@musehub/adapter-legacy/LegacyPostgres"
import * as PostgresUrl from "@musehub/adapter-postgres/PostgresUrl"
import type { LegacyFiles } from "@musehub/domain/port/legacy/LegacyFiles"
import { Effect, Layer, Redacted } from "effect"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { freshDatabase } from "../services/PostgresServer.ts"

/** The recorded files. */
export const vectors = new URL("../../vectors/legacy/pg/", import.meta.url)

/** The folder of the legacy hub's objects. */
export const objectsDirectory = fileURLToPath(new URL("objects", vectors))

/** Runs a statement of a test, as a user that may write. */
export const run = (url: string, statement: string, parameters: ReadonlyArray<unknown> = []) =>
  PgConnection.make({ url: Redacted.make(url) }).pipe(
    Effect.flatMap((connection) => connection.query(statement, parameters)),
    Effect.map(({ rows }) => rows),
    Effect.scoped,
    Effect.orDie
  )

/**
 * Creates a database with the dump and returns its URL. A dump is many statements, which the server accepts only as a
 * block.
 */
export const legacyDatabase = Effect.fnUntraced(function* (serverUrl: string) {
  const url = yield* Effect.orDie(freshDatabase(serverUrl))
  const dump = gunzipSync(readFileSync(new URL("legacy.sql.gz", vectors))).toString("utf8")
  yield* run(url, `DO $block$ BEGIN EXECUTE $dump$${dump}$dump$; END $block$`)
  return url
})

/** Reads the rows of a legacy database through the adapter, and the files of its objects. */
export const recordsWith = (url: string, files: LegacyFiles) =>
  Layer.unwrap(
    Effect.map(PostgresUrl.parse(url), (target) => LegacyPostgres.layer({ ...target, maxConnections: 4, files }))
  )

/** Reads the rows of a legacy database, and a folder. */
export const recordsIn = (url: string, directory = objectsDirectory) =>
  Layer.unwrap(Effect.map(openLegacyFolder(directory), (files) => recordsWith(url, files)))
