/**
 * The rows of a legacy hub in its PostgreSQL database (docs/wire.md, section 9). Sessions are read-only, so this
 * package cannot change a row. JSON and times are read as text: the driver's parser or a `Date` would lose 64-bit
 * integers and microseconds, and with them the id.
 */
import { PgClient, type PgConnection } from "@effect/sql-pg"
import { parseJson } from "@musehub/domain/object/CanonicalJson"
import { type BlobId, type CommitId, emptyBlobId, type ObjectType, type SnapshotId } from "@musehub/domain/object/Id"
import type { JsonObject, JsonValue } from "@musehub/domain/object/Json"
import type { ConfigurationRefused } from "@musehub/domain/port/Plugin"
import { Damaged, Fault, Refused } from "@musehub/domain/port/UnavailableReason"
import { Effect, Layer, Option, Result, Schedule, Schema, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import type { SqlError } from "effect/sql/SqlError"
import { type LegacyFolder, openLegacyFolder } from "./LegacyFolder.ts"
import { type LegacyBlob, LegacyRecords, LegacyRowUnfit, LegacyUnavailable } from "./LegacyRecords.ts"

export interface LegacyTarget {
  /** Finds out how the server takes connections. */
  readonly connect: () => Effect.Effect<PgConnection.Config, ConfigurationRefused | SqlError>
  /** Host, port and database, for messages. */
  readonly location: string
  /** The size of the pool of connections. */
  readonly maxConnections: number
  /** The legacy hub's folder of objects. */
  readonly objectsDirectory: string
}

/** The most bytes of a row's text. The legacy hub's largest manifest, 10,000 paths of 4096 bytes, just fits. */
const rowBytesMax = 48 * 1024 * 1024
/** The same with the protocol's overhead; a longer message makes the driver close the connection. */
const messageBytesMax = rowBytesMax + 1024 * 1024

const statementMillisMax = 30_000

const shortly = Schedule.exponential("50 millis").pipe(Schedule.jittered, Schedule.upTo({ times: 3 }))

const reasonOf = (cause: SqlError | Schema.SchemaError) => {
  if (cause._tag !== "SqlError") return new Damaged({ cause })
  return cause.isRetryable ? new Fault({ cause }) : new Refused({ cause })
}

const unavailable = (operation: string) => (error: SqlError | Schema.SchemaError) =>
  new LegacyUnavailable({ operation, reason: reasonOf(error) })

/**
 * UTC with six fraction digits. A time before year 1, after 9999 or infinite becomes a text that no id was made from.
 */
const timeFormat = `YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"`

/** Drops a zero fraction, as the client does (docs/wire.md, section 1). */
const asClientWrites = (time: string): string => time.replace(".000000+", "+")

const NullableText = Schema.NullOr(Schema.String)
/** A row of a commit; `message`, `parents` and `meta` are null if it is too large. */
const CommitRow = Schema.Struct({
  repo_id: Schema.String,
  branch: Schema.String,
  author: Schema.String,
  snapshot_id: NullableText,
  time: NullableText,
  message: NullableText,
  parents: NullableText,
  meta: NullableText
})
const SnapshotRow = Schema.Struct({ time: NullableText, manifest: NullableText })
const ObjectRow = Schema.Struct({ repo_id: Schema.String, disk_path: Schema.String })

const isObject = (json: JsonValue): json is JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)
const isTexts = Schema.is(Schema.Array(Schema.String))

/** The most parents of a record. */
const parentsMax = 2

const unfit = (type: ObjectType, id: string) => (reason: string) => new LegacyRowUnfit({ type, id, reason })

const parsed = (column: string, text: string | null): Result.Result<JsonValue, string> =>
  text === null
    ? Result.fail(`it is larger than ${rowBytesMax} bytes`)
    : Result.mapError(parseJson(text), ({ message }) => `${column} is no JSON (${message})`)

/**
 * Builds the commit's fields. The columns override members of `commit_meta`, because the legacy hub showed the columns.
 */
const fieldsOf = (id: CommitId, row: typeof CommitRow.Type): Result.Result<JsonObject, string> =>
  Result.gen(function* () {
    const meta = yield* parsed("commit_meta", row.meta)
    if (!isObject(meta)) return yield* Result.fail("commit_meta is no JSON object")
    const parents = yield* parsed("parent_ids", row.parents)
    if (!isTexts(parents) || parents.length > parentsMax) {
      return yield* Result.fail(`parent_ids is no list of at most ${parentsMax} ids`)
    }
    if (row.time === null) return yield* Result.fail("it has no finite time")
    return {
      ...meta,
      commit_id: id,
      repo_id: row.repo_id,
      branch: row.branch,
      author: row.author,
      message: row.message,
      snapshot_id: row.snapshot_id,
      committed_at: asClientWrites(row.time),
      parent_commit_id: parents[0] ?? null,
      parent2_commit_id: parents[1] ?? null
    }
  })

const manifestOf = (row: typeof SnapshotRow.Type): Result.Result<ReadonlyMap<string, JsonValue>, string> =>
  Result.flatMap(parsed("manifest", row.manifest), (manifest) =>
    isObject(manifest) ? Result.succeed(new Map(Object.entries(manifest))) : Result.fail("manifest is no JSON object")
  )

/** The legacy hub left empty files out, so the empty blob has neither a row nor a file (docs/wire.md, section 7). */
const emptyBlob: LegacyBlob = { size: 0, content: Stream.empty }

const make = (sql: PgClient.PgClient, location: string, folder: LegacyFolder): LegacyRecords["Service"] => {
  const rowsOf = <Row extends Schema.Constraint>(
    operation: string,
    row: Row,
    statement: Effect.Effect<ReadonlyArray<unknown>, SqlError>
  ) =>
    statement.pipe(
      Effect.retry({ schedule: shortly, while: (error) => error.isRetryable }),
      Effect.flatMap(Schema.decodeUnknownEffect(Schema.Array(row))),
      Effect.mapError(unavailable(`${operation} in ${location}`))
    )

  const commit = Effect.fn("LegacyRecords.commit")(function* (id: CommitId) {
    const size = sql`octet_length(message) + octet_length(parent_ids::text) + octet_length(commit_meta::text)`
    const [row] = yield* rowsOf(
      `reading commit ${id}`,
      CommitRow,
      sql`SELECT repo_id, branch, author, snapshot_id,
            to_char("timestamp" AT TIME ZONE 'UTC', ${timeFormat}) AS time,
            CASE WHEN ${size} <= ${rowBytesMax} THEN message END AS message,
            CASE WHEN ${size} <= ${rowBytesMax} THEN parent_ids::text END AS parents,
            CASE WHEN ${size} <= ${rowBytesMax} THEN commit_meta::text END AS meta
          FROM musehub_commits WHERE commit_id = ${id}`
    )
    if (row === undefined) return Option.none()
    return Option.some(yield* Effect.mapError(Effect.fromResult(fieldsOf(id, row)), unfit("commit", id)))
  })

  const snapshot = Effect.fn("LegacyRecords.snapshot")(function* (id: SnapshotId) {
    const [row] = yield* rowsOf(
      `reading snapshot ${id}`,
      SnapshotRow,
      sql`SELECT to_char(created_at AT TIME ZONE 'UTC', ${timeFormat}) AS time,
            CASE WHEN octet_length(manifest::text) <= ${rowBytesMax} THEN manifest::text END AS manifest
          FROM musehub_snapshots WHERE snapshot_id = ${id}`
    )
    if (row === undefined) return Option.none()
    const manifest = yield* Effect.mapError(Effect.fromResult(manifestOf(row)), unfit("snapshot", id))
    return Option.some({ id, manifest, createdAt: row.time === null ? null : asClientWrites(row.time) })
  })

  const blob = Effect.fn("LegacyRecords.blob")(function* (id: BlobId) {
    if (id === emptyBlobId) return Option.some(emptyBlob)
    // Two kinds of clients wrote the id of the same bytes in two ways. The bare id comes first: it sorts before
    // "sha256:".
    const rows = yield* rowsOf(
      `reading object ${id}`,
      ObjectRow,
      sql`SELECT repo_id, disk_path FROM musehub_objects
          WHERE object_id IN (${id}, ${`sha256:${id}`}) ORDER BY object_id COLLATE "C"`
    )
    if (rows.length === 0) return Option.none()
    const reasons: Array<string> = []
    for (const { disk_path, repo_id } of rows) {
      const found = yield* folder.file(repo_id, disk_path)
      if (Result.isSuccess(found)) return Option.some(found.success)
      reasons.push(found.failure)
    }
    return yield* unfit("blob", id)(reasons.join("; "))
  })

  return LegacyRecords.of({ commit, snapshot, blob })
}

/** Opens the database and the folder. Fails if either cannot be read, or if the database is not a legacy hub's. */
export const layer = (target: LegacyTarget): Layer.Layer<LegacyRecords, ConfigurationRefused | LegacyUnavailable> =>
  Layer.effect(
    LegacyRecords,
    Effect.gen(function* () {
      const folder = yield* openLegacyFolder(target.objectsDirectory)
      const sql = yield* target.connect().pipe(
        Effect.flatMap((config) =>
          PgClient.make({
            ...config,
            maxConnections: target.maxConnections,
            applicationName: config.applicationName ?? "musehub legacy",
            maxMessageSize: messageBytesMax,
            startupParameters: { default_transaction_read_only: "on", statement_timeout: String(statementMillisMax) }
          })
        ),
        Effect.tap((client) => client`SELECT FROM musehub_commits, musehub_snapshots, musehub_objects LIMIT 0`),
        Effect.catchTag("SqlError", (error) => Effect.fail(unavailable(`opening ${target.location}`)(error)))
      )
      return make(sql, target.location, folder)
    })
  ).pipe(Layer.provide(Reactivity.layer))
