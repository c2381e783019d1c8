/** Statements about packs: which are recorded, where the objects of one are, and the blobs of those that are staged. */
import type { SqlClient } from "effect/sql"
import { BlobId, type ObjectType, type RepositoryId, Sha256 } from "@musehub/domain/object/Id"
import type { PackIndex } from "@musehub/domain/port/index/PackIndex"
import type { StoredPack } from "@musehub/domain/port/Stored"
import { Effect, Schema } from "effect"
import type { Fragment } from "effect/sql/Statement"
import { asOperation } from "../Errors.ts"
import { sizeArray, statementRowsMax, textArray } from "../Parameters.ts"
import { decoded } from "./Rows.ts"
import { unflushed } from "./unflushed.ts"

const recordedRows = decoded(Schema.Struct({ root_sequence: Schema.Int, packs: Schema.Array(Sha256) }))
const stagedRows = decoded(Schema.Struct({ blob: BlobId, sha256: Sha256, size: Schema.Int, objects: Schema.Int }))

/** Returns the objects of a pack in parts that a statement can take. */
const partsOf = ({ directory }: StoredPack) =>
  Array.from({ length: Math.ceil(directory.size / statementRowsMax) }, (_, part) => {
    const start = part * statementRowsMax
    const length = Math.min(statementRowsMax, directory.size - start)
    return Array.from({ length }, (_, place) => directory.at(start + place))
  })

/** Records packs and forgets others, as parts of a `WITH` that return a row for each row that they change. */
export const recordingPacks = (
  sql: SqlClient.SqlClient,
  repository: RepositoryId,
  recorded: ReadonlyArray<StoredPack>,
  dropped: ReadonlyArray<Sha256>
): Fragment => {
  const names = textArray(recorded.map(({ ref }) => ref.sha256))
  return sql`
    new_packs AS (
      INSERT INTO packs (repository, sha256)
      SELECT ${repository}, n.sha256 FROM unnest(${names}::text[]) AS n (sha256) ORDER BY n.sha256 COLLATE "C"
      ON CONFLICT DO NOTHING
      RETURNING 1
    ),
    forgotten_packs AS (
      DELETE FROM packs WHERE repository = ${repository} AND sha256 = ANY (${textArray(dropped)}::text[])
      RETURNING 1
    ),
    unstaged AS (
      DELETE FROM staged_blobs WHERE repository = ${repository} AND pack = ANY (${names}::text[])
      RETURNING 1
    )`
}

export const make = (sql: SqlClient.SqlClient) => {
  const packs: PackIndex["Service"]["packs"] = Effect.fnUntraced(function* (repository) {
    const [row] = yield* recordedRows(sql`
      SELECT coalesce((SELECT r.root_sequence FROM repositories r WHERE r.id = ${repository}), -1)::float8
               AS root_sequence,
             ARRAY (SELECT p.sha256 FROM packs p WHERE p.repository = ${repository}) AS packs`)
    return { rootSequence: row?.root_sequence ?? -1, packs: new Set(row?.packs) }
  }, asOperation("packs"))

  /** Each update has the lock of the repository before it changes a row, like all that change rows of snapshots. */
  const relocatePart = (pack: StoredPack, objects: ReturnType<typeof partsOf>[number]) => {
    const moved = (table: string, type: ObjectType) => {
      const own = objects.filter((object) => object.type === type)
      return sql`
        UPDATE ${sql(table)} AS o SET storage_uri = n.storage_uri
        FROM locked, unnest(
          ${textArray(own.map(({ id }) => id))}::text[],
          ${textArray(own.map((object) => pack.uriOf(object)))}::text[]
        ) AS n (id, storage_uri)
        WHERE o.repository = ${pack.repository} AND o.id = n.id AND o.storage_uri <> n.storage_uri`
    }
    return sql`
      WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(1, hashtext(${pack.repository}))),
      moved_blobs AS (${moved("blobs", "blob")}),
      moved_snapshots AS (${moved("snapshots", "snapshot")})
      ${moved("commits", "commit")}`.unprepared
  }

  // A large pack takes several statements, and pushes get in between: a row that is not moved yet says where the object
  // was, which is still there.
  const relocate: PackIndex["Service"]["relocate"] = (pack) =>
    Effect.forEach(partsOf(pack), (objects) => relocatePart(pack, objects), { discard: true }).pipe(
      asOperation("relocate")
    )

  const stage: PackIndex["Service"]["stage"] = Effect.fnUntraced(function* ({ directory, ref, repository }) {
    const blobs = [...directory].filter(({ type }) => type === "blob")
    yield* sql`
      WITH remembered AS (
        INSERT INTO staged_blobs (repository, blob, size, pack, pack_size, pack_objects)
        SELECT ${repository}, n.id, n.size, ${ref.sha256}, ${ref.size}::bigint, ${ref.objects}::integer
        FROM unnest(
          ${textArray(blobs.map(({ id }) => id))}::text[], ${sizeArray(blobs.map(({ size }) => size))}::float8[]
        ) AS n (id, size)
        WHERE NOT EXISTS (SELECT FROM packs p WHERE p.repository = ${repository} AND p.sha256 = ${ref.sha256})
        ORDER BY n.id COLLATE "C"
        ON CONFLICT (repository, blob) DO UPDATE SET
          pack = excluded.pack, pack_size = excluded.pack_size, pack_objects = excluded.pack_objects
      )
      SELECT ${unflushed(sql)}`.unprepared
  }, asOperation("stage"))

  const staged: PackIndex["Service"]["staged"] = Effect.fnUntraced(function* (repository, blobs) {
    const rows = yield* stagedRows(
      sql`
      SELECT blob, pack AS sha256, pack_size::float8 AS size, pack_objects AS objects
      FROM staged_blobs
      WHERE repository = ${repository} AND blob = ANY (${textArray(blobs)}::text[])`.unprepared
    )
    return new Map(rows.map(({ blob, ...ref }) => [blob, ref]))
  }, asOperation("staged"))

  return { packs, relocate, stage, staged }
}
