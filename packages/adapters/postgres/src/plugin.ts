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
  layer: (url) => Layer.unwrap(Effect.map(PostgresUrl.parse(url), PostgresIndex.layer))
})

export const postgresPlugin = postgres("postgres")
export const postgresqlPlugin = postgres("postgresql")

export const embeddedPlugin: IndexPlugin = {
  port: "Index",
  scheme: "embedded",
  usage: "embedded:<folder>",
  layer: (url) => {
    const directory = /^embedded:(.+)$/s.exec(url)?.[1]
    return Layer.unwrap(
      directory === undefined
        ? Effect.fail(new ConfigurationRefused({ setting: "index URL", reason: "expected embedded:<folder>" }))
        : Effect.succeed(Embedded.layer(directory))
    )
  }
}
