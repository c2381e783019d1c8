/**
 * Parses a `postgres://` URL. All of it except host, port and database may be secret, so messages and locations contain
 * nothing else of it, even if the URL is refused.
 */
import { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Effect, Redacted } from "effect"

export interface PostgresTarget {
  readonly url: Redacted.Redacted
  /** Host, port and database, for messages. */
  readonly location: string
  /** The size of the pool of connections. */
  readonly maxConnections: number
}

export const usage = "postgres://user:password@host:5432/database?max_connections=10&sslmode=require"

const maxConnectionsDefault = 10
const maxConnectionsLimit = 1000

const refuse = (reason: string) => Effect.fail(new ConfigurationRefused({ setting: "index URL", reason }))

/** Checks the URL without connecting. */
export const parse = (text: string): Effect.Effect<PostgresTarget, ConfigurationRefused> => {
  const url = URL.parse(text)
  // An unescaped slash in a password moves the rest of it into the path, which messages show.
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.includes("@"))
    return refuse(`not of the form ${usage}; escape special characters of the password as %XX`)
  const setting = url.searchParams.get("max_connections")
  const maxConnections = setting === null ? maxConnectionsDefault : Number(setting)
  if (!Number.isInteger(maxConnections) || maxConnections < 1 || maxConnections > maxConnectionsLimit)
    return refuse(`max_connections must be a whole number from 1 to ${maxConnectionsLimit}`)
  const host = url.searchParams.get("host") ?? (url.hostname || "localhost")
  const port = url.searchParams.get("port") ?? (url.port || "5432")
  const database = url.searchParams.get("dbname") ?? url.pathname.slice(1)
  const location = `postgres://${host}:${port}/${database}`
  return Effect.succeed({ url: Redacted.make(text, { label: location }), location, maxConnections })
}
