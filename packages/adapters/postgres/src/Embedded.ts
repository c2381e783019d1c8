/**
 * The index on a Postgres that needs no operator: a real server in a folder, started by the first process and shared
 * with every other process of this machine that names the same folder.
 */
import type { FormatTooNew } from "@musehub/domain/port/FormatTooNew"
import type { Index } from "@musehub/domain/port/index/Index"
import { IndexUnavailable } from "@musehub/domain/port/index/IndexUnavailable"
import { portsOf, wholeIndex } from "@musehub/domain/port/index/wholeIndex"
import {
  type IndexInterposition,
  type IndexOperation,
  interposedIndex
} from "@musehub/domain/port/interpose/interposedIndex"
import type { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Emptied } from "@musehub/domain/port/UnavailableReason"
import { Effect, Layer, Redacted } from "effect"
import * as Server from "./embedded/Server.ts"
import * as PostgresIndex from "./PostgresIndex.ts"
import * as PostgresUrl from "./PostgresUrl.ts"

/** The size of one process's pool; the server accepts 60 connections in all. */
const maxConnections = 10

/** The folder was deleted while the hub ran. Its server may still answer from files that have no name any more. */
const replaced = new IndexUnavailable({
  operation: "connecting",
  reason: new Emptied({ cause: new Error("the folder was deleted, and another server is set up in it") })
})

/** Fails each call once another server took the place of the one that was opened. */
const whilePresent =
  ({ isReplaced }: Server.Used): IndexInterposition =>
  <A, E, R>(_operation: IndexOperation, effect: Effect.Effect<A, E, R>) =>
    Effect.suspend((): Effect.Effect<A, E | IndexUnavailable, R> => (isReplaced() ? Effect.fail(replaced) : effect))

const opened = (
  directory: string,
  open: typeof PostgresIndex.layer
): Layer.Layer<Index, ConfigurationRefused | FormatTooNew | IndexUnavailable> =>
  Layer.unwrap(
    Effect.gen(function* () {
      const server = yield* Server.use(directory)
      const target = yield* PostgresUrl.parse(Redacted.value(server.url))
      return Layer.effectContext(
        Effect.map(wholeIndex, (index) =>
          portsOf(interposedIndex(Effect.succeed(index), index.location, whilePresent(server)))
        )
      ).pipe(Layer.provide(open({ ...target, location: `embedded:${directory}`, maxConnections })))
    })
  )

/** Opens the index in a folder; creates the folder if it is missing. */
export const layer = (directory: string) => opened(directory, PostgresIndex.layer)

/** Opens an empty index on the server of a folder. It is deleted when the layer ends. */
export const shadowLayer = (directory: string) => opened(directory, PostgresIndex.shadowLayer)
