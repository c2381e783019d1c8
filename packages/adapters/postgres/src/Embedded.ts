/**
 * The index on a Postgres that needs no operator: a real server in a folder, started by the first process and shared
 * with every other process of this machine that names the same folder.
 */
import type { FormatTooNew } from "@musehub/domain/port/FormatTooNew"
import type { Index } from "@musehub/domain/port/index/Index"
import type { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import type { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Effect, Layer, Redacted } from "effect"
import * as Server from "./embedded/Server.ts"
import * as PostgresIndex from "./PostgresIndex.ts"
import * as PostgresUrl from "./PostgresUrl.ts"

/** The size of one process's pool; the server accepts 60 connections in all. */
const maxConnections = 10

/** Opens the index in a folder; creates the folder if it is missing. */
export const layer = (directory: string): Layer.Layer<Index, ConfigurationRefused | FormatTooNew | IndexUnavailable> =>
  Layer.unwrap(
    Server.use(directory).pipe(
      Effect.flatMap((url) => PostgresUrl.parse(Redacted.value(url))),
      Effect.map((target) => PostgresIndex.layer({ ...target, location: `embedded:${directory}`, maxConnections }))
    )
  )
