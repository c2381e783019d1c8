/**
 * The backends of the end-to-end tests: each suite runs over all of them, each hub over a store and an index of its
 * own. Importing this file waits for the services; a missing one is skipped with its reason.
 */
import { PgConnection } from "@effect/sql-pg"
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import * as MemoryIndex from "@musehub/adapter-memory/MemoryIndex"
import * as MemoryObjectStore from "@musehub/adapter-memory/MemoryObjectStore"
import * as PostgresIndex from "@musehub/adapter-postgres/PostgresIndex"
import * as PostgresUrl from "@musehub/adapter-postgres/PostgresUrl"
import { parseS3Url } from "@musehub/adapter-s3/S3Config"
import * as S3ObjectStore from "@musehub/adapter-s3/S3ObjectStore"
import type { Index } from "@musehub/domain/port/index/Index"
import type { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { Effect, Layer, Redacted, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe } from "vitest"
import { createDatabase } from "../../services/PostgresServer.ts"
import type { S3Connection } from "../../services/S3Server.ts"
import { acquirePostgres, acquireS3, describeS3, s3Url } from "../../services/services.ts"
import type { Storage } from "./Hub.ts"

/** A new, empty one each time that it is built. */
type Fresh<A> = Layer.Layer<A>

export interface Backend {
  readonly name: string
  /** Whether the store gives out URLs for direct transfers. */
  readonly presigns: boolean
  readonly objectStore: Fresh<ObjectStore>
  readonly index: Fresh<Index>
}

/** An empty store and an empty index. */
export const freshStorage = ({ objectStore, index }: Backend): Effect.Effect<Storage, never, Scope.Scope> =>
  Layer.build(Layer.fresh(Layer.merge(objectStore, index)))

const postgresUrl = await acquirePostgres()
const s3 = await acquireS3()

const connectionsMax = 4

/** Databases stay for the files that follow: creating one takes longer than most tests, emptying one does not. */
const idle: Array<string> = []

/** Empties every table except the one that records the migrations. */
const emptyTables = `DO $$ DECLARE names text; BEGIN
  SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') INTO names FROM pg_tables
  WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename NOT LIKE '%migrations%';
  IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names || ' CASCADE'; END IF;
END $$`

const emptyDatabase = Effect.acquireRelease(
  Effect.suspend(() => {
    const url = idle.pop()
    return url === undefined ? createDatabase(postgresUrl) : Effect.succeed(url)
  }),
  (url) =>
    PgConnection.make({ url: Redacted.make(url) }).pipe(
      Effect.flatMap((connection) => connection.query(emptyTables)),
      Effect.andThen(Effect.sync(() => idle.push(url))),
      Effect.scoped,
      Effect.orDie
    )
)

const postgres: Fresh<Index> = Layer.unwrap(
  Effect.gen(function* () {
    const target = yield* PostgresUrl.parse(yield* emptyDatabase)
    return PostgresIndex.layer({ ...target, maxConnections: connectionsMax })
  })
).pipe(Layer.orDie)

const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "musehub-e2e-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

const memory: Backend = {
  name: "memory",
  presigns: false,
  objectStore: MemoryObjectStore.layer(),
  index: MemoryIndex.layer
}

const files: Backend = {
  name: "files and Postgres",
  presigns: false,
  objectStore: Layer.orDie(Layer.unwrap(Effect.map(temporaryFolder, (folder) => FilesystemObjectStore.layer(folder)))),
  index: postgres
}

const s3Backend = (connection: S3Connection): Backend => ({
  name: "S3 and Postgres",
  presigns: true,
  objectStore: Layer.orDie(
    Layer.unwrap(
      Effect.map(
        Effect.suspend(() => Effect.fromResult(parseS3Url(s3Url(connection, `e2e-${randomUUID()}`)))),
        S3ObjectStore.layer
      )
    )
  ),
  index: postgres
})

/** Disks, databases and S3 make a test wait, so those run side by side; each has its own store and index. */
const sideBySide = { concurrent: true }

/** Registers the tests once for each backend. */
export const describeBackends = (name: string, tests: (backend: Backend) => void): void => {
  describe(`${name}, on ${memory.name}`, () => void tests(memory))
  describe(`${name}, on ${files.name}`, sideBySide, () => void tests(files))
  const onS3 = `${name}, on S3 and Postgres`
  if ("skipped" in s3) describeS3(onS3, s3, () => undefined)
  else describe(onS3, sideBySide, () => void tests(s3Backend(s3)))
}

/**
 * Registers the tests for memory alone: where the adapters make no difference, or a test needs thousands of commits.
 */
export const describeInMemory = (name: string, tests: (backend: Backend) => void): void => {
  describe(`${name}, on ${memory.name}`, () => void tests(memory))
}

/** Registers the tests for real files and a real Postgres: where races must meet real locks and transactions. */
export const describeOnPostgres = (name: string, tests: (backend: Backend) => void): void => {
  describe(`${name}, on ${files.name}`, () => void tests(files))
}
