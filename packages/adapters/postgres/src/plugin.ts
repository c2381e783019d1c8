/** The plugins of the index on PostgreSQL: an existing server, or an embedded one. */
import { ConfigurationRefused, type IndexPlugin } from "@musehub/domain/port/Plugin"
import { Effect, Layer } from "effect"
import * as Embedded from "./Embedded.ts"
import * as PostgresIndex from "./PostgresIndex.ts"
import * as PostgresUrl from "./PostgresUrl.ts"

const postgres = (scheme: string): IndexPlugin => ({
  port: "Index",
  scheme,
  usage: PostgresUrl.usage,
  layer: (url) => Layer.unwrap(Effect.map(PostgresUrl.parse(url), PostgresIndex.layer)),
  shadow: (url) => Layer.unwrap(Effect.map(PostgresUrl.parse(url), PostgresIndex.shadowLayer))
})

export const postgresPlugin = postgres("postgres")
export const postgresqlPlugin = postgres("postgresql")

/** Returns the folder of a URL. */
const folderOf = (url: string) => {
  const directory = /^embedded:(.+)$/s.exec(url)?.[1]
  return directory === undefined
    ? Effect.fail(new ConfigurationRefused({ setting: "index URL", reason: "expected embedded:<folder>" }))
    : Effect.succeed(directory)
}

export const embeddedPlugin: IndexPlugin = {
  port: "Index",
  scheme: "embedded",
  usage: "embedded:<folder>",
  layer: (url) => Layer.unwrap(Effect.map(folderOf(url), Embedded.layer)),
  shadow: (url) => Layer.unwrap(Effect.map(folderOf(url), Embedded.shadowLayer))
}
