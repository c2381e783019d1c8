/**
 * A real Postgres for tests: the one that `MUSEHUB_TEST_POSTGRES_URL` names, else one in Docker, else the embedded one
 * in a temporary folder. Started once; tests create their own databases on it.
 */
import { PgConnection } from "@effect/sql-pg"
import * as Server from "@musehub/adapter-postgres/embedded/Server"
import { Effect, Exit, Redacted, Scope } from "effect"
import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Started } from "./S3Server.ts"

/** The server's URL, for a user that may create databases. */
export interface PostgresConnection {
  readonly url: string
}

/** Finds or starts a server; see the order above. */
export const startPostgres = async (): Promise<Started<PostgresConnection>> =>
  fromEnvironment() ?? (await fromDocker()) ?? (await embedded())

const fromEnvironment = (): Started<PostgresConnection> | undefined => {
  const url = process.env["MUSEHUB_TEST_POSTGRES_URL"]
  return url === undefined ? undefined : { connection: { url }, stop: () => Effect.runPromise(dropDatabases(url)) }
}

const image = "postgres:18-alpine"

const fromDocker = async (): Promise<Started<PostgresConnection> | undefined> => {
  // Loading testcontainers to learn that there is no engine would cost more than a second.
  if (process.env["DOCKER_HOST"] === undefined && !existsSync("/var/run/docker.sock")) return undefined
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import("testcontainers")
  const engine = await getContainerRuntimeClient().catch(() => undefined)
  if (engine === undefined) return undefined
  const password = randomBytes(12).toString("hex")
  const container = await new GenericContainer(image)
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withExposedPorts(5432)
    // The image starts the server twice: once to set it up, once for good.
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start()
  const url = `postgres://postgres:${password}@${container.getHost()}:${container.getMappedPort(5432)}/postgres`
  return { connection: { url }, stop: async () => void (await container.stop()) }
}

const embedded = async (): Promise<Started<PostgresConnection>> => {
  const directory = await mkdtemp(join(tmpdir(), "musehub-postgres-"))
  const scope = Scope.makeUnsafe()
  const { url } = await Effect.runPromise(Scope.provide(Server.use(directory), scope))
  return {
    connection: { url: Redacted.value(url) },
    stop: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      await rm(directory, { recursive: true, force: true })
    }
  }
}

/** Runs a statement on a database. */
export const runStatement = (url: string, statement: string) =>
  PgConnection.make({ url: Redacted.make(url) }).pipe(
    Effect.flatMap((connection) => connection.query(statement)),
    Effect.scoped
  )

/** The names of this run's databases begin with the number of the process that started the workers. */
const prefixOf = (run: number): string => `test_${run}_`

const nameOf = (database: string): string => new URL(database).pathname.slice(1)

/**
 * Creates a database on the server at `url`, which the end of the run drops, and returns its URL. It is a copy of
 * `original` if that is given, which nobody uses then.
 */
export const createDatabase = Effect.fnUntraced(function* (url: string, original?: string) {
  const name = `${prefixOf(process.ppid)}${randomBytes(8).toString("hex")}`
  yield* runStatement(url, `CREATE DATABASE ${name}${original === undefined ? "" : ` TEMPLATE ${nameOf(original)}`}`)
  const fresh = new URL(url)
  fresh.pathname = `/${name}`
  return fresh.toString()
})

/** Creates a database and returns its URL. It is dropped with its connections when the scope ends. */
export const freshDatabase = (url: string, original?: string) =>
  Effect.acquireRelease(createDatabase(url, original), (fresh) =>
    Effect.orDie(runStatement(url, `DROP DATABASE ${nameOf(fresh)} WITH (FORCE)`))
  )

/** Drops what is left of this run's databases on a server that goes on. */
const dropDatabases = Effect.fnUntraced(function* (url: string) {
  const { rows } = yield* runStatement(
    url,
    `SELECT datname FROM pg_database WHERE starts_with(datname, '${prefixOf(process.pid)}')`
  )
  for (const { datname } of rows) yield* runStatement(url, `DROP DATABASE ${String(datname)} WITH (FORCE)`)
})
