/** Reads the objects of a legacy hub from its rows and its files. */
import { emptyBlobId, type SnapshotId } from "@musehub/domain/object/Id"
import type { LegacyFile, LegacyFiles } from "@musehub/domain/port/legacy/LegacyFiles"
import { type LegacyBlob, LegacyRecords, type LegacyUnavailable } from "@musehub/domain/port/legacy/LegacyRecords"
import { Effect, Result, Schema, Stream } from "effect"
import { commitClaim, CommitRow } from "./rows/commitClaim.ts"
import { snapshotClaim, SnapshotRow } from "./rows/snapshotClaim.ts"
import { answerBytesMax, byId, type LegacyClient, rowBytesMax, rowsOf, texts, timeFormat } from "./statements.ts"

const ObjectRow = Schema.Struct({ object_id: Schema.String, repo_id: Schema.String, disk_path: Schema.String })
const BaseRow = Schema.Struct({ base: Schema.String })

/** Columns of `musehub_snapshots` that not every version has. */
const manifestColumns = ["manifest", "manifest_blob", "delta_blob"] as const
export type ManifestColumn = (typeof manifestColumns)[number]

/** Says which columns of manifests there are. */
export const manifestColumnsAmong = (columns: ReadonlySet<string>): ReadonlyArray<ManifestColumn> =>
  manifestColumns.filter((column) => columns.has(column))

/** The legacy hub left empty files out, so the empty blob has neither a row nor a file (docs/wire.md, section 7). */
const emptyBlob: LegacyBlob = { size: 0, content: new Uint8Array() }

const hashPrefix = "sha256:"

/** Files that are looked for, or read, at the same time. */
const filesAtOnce = 16
/** The largest file that is read with its row, and the bytes of such files that one answer may have. */
const smallBytesMax = 64 * 1024
const aheadBytesMax = 16 * 1024 * 1024

/** Reads small files at the same time, so that none is waited for when its turn comes. The others stay unread. */
const readSmall = (files: ReadonlyMap<string, Result.Result<LegacyFile, string>>) => {
  let left = aheadBytesMax
  return Effect.forEach(
    files,
    ([id, file]): Effect.Effect<readonly [string, Result.Result<LegacyBlob, string>], LegacyUnavailable> => {
      const isRead = Result.isSuccess(file) && file.success.size <= Math.min(smallBytesMax, left)
      if (!isRead) return Effect.succeed([id, file])
      const { content, size } = file.success
      left -= size
      return Effect.map(Stream.mkUint8Array(content), (bytes) => [id, Result.succeed({ size, content: bytes })])
    },
    { concurrency: filesAtOnce }
  )
}

export const makeRecords = (
  client: LegacyClient,
  files: LegacyFiles,
  columns: ReadonlyArray<ManifestColumn>
): LegacyRecords["Service"] => {
  const { sql } = client

  const commits = Effect.fn("LegacyRecords.commits")(function* (ids: ReadonlyArray<string>) {
    const rows = yield* rowsOf(
      client,
      "reading commits",
      CommitRow,
      sql`SELECT commit_id, repo_id, branch, author, snapshot_id,
            to_char("timestamp" AT TIME ZONE 'UTC', ${timeFormat}) AS time,
            CASE WHEN size <= ${rowBytesMax} THEN message END AS message,
            CASE WHEN size <= ${rowBytesMax} THEN parent_ids::text END AS parents,
            CASE WHEN size <= ${rowBytesMax} THEN commit_meta::text END AS meta
          FROM (
            SELECT *, sum(least(size, ${rowBytesMax})) OVER (ORDER BY commit_id) - least(size, ${rowBytesMax}) AS before
            FROM (
              SELECT *,
                octet_length(message) + octet_length(parent_ids::text) + octet_length(commit_meta::text) AS size
              FROM musehub_commits WHERE commit_id = ANY(${texts(ids)})
            ) AS sized
          ) AS summed
          WHERE before <= ${answerBytesMax}`
    )
    return byId(rows, ({ commit_id }) => commit_id, commitClaim)
  })

  const textOf = (column: ManifestColumn) => (column === "manifest" ? `${column}::text` : column)
  const sizeOf = (column: ManifestColumn) => `coalesce(octet_length(${textOf(column)}), 0)`
  const sizes = sql.literal(columns.map(sizeOf).join(" + "))
  const contents = sql.literal(
    manifestColumns
      .map((column) => {
        if (!columns.includes(column)) return `NULL::${column === "manifest" ? "text" : "bytea"} AS ${column}`
        return `CASE WHEN size <= ${rowBytesMax} THEN ${textOf(column)} END AS ${column}`
      })
      .join(", ")
  )

  const snapshots = Effect.fn("LegacyRecords.snapshots")(function* (ids: ReadonlyArray<string>) {
    const rows = yield* rowsOf(
      client,
      "reading snapshots",
      SnapshotRow,
      sql`SELECT snapshot_id, to_char(created_at AT TIME ZONE 'UTC', ${timeFormat}) AS time, ${contents},
            size > ${rowBytesMax} AS oversized
          FROM (
            SELECT *, sum(least(size, ${rowBytesMax})) OVER (ORDER BY snapshot_id)
              - least(size, ${rowBytesMax}) AS before
            FROM (
              SELECT *, ${sizes} AS size FROM musehub_snapshots WHERE snapshot_id = ANY(${texts(ids)})
            ) AS sized
          ) AS summed
          WHERE before <= ${answerBytesMax}`
    )
    return byId(rows, ({ snapshot_id }) => snapshot_id, snapshotClaim)
  })

  const basesOf = Effect.fn("LegacyRecords.basesOf")(function* (id: SnapshotId) {
    const rows = yield* rowsOf(
      client,
      `finding what snapshot ${id} is based on`,
      BaseRow,
      sql`SELECT DISTINCT parent.snapshot_id AS base
          FROM musehub_commits AS child
          JOIN musehub_commits AS parent ON parent.commit_id = child.parent_ids ->> 0
          WHERE child.snapshot_id = ${id} AND parent.snapshot_id IS NOT NULL AND parent.snapshot_id <> ${id}
          ORDER BY base LIMIT 1000`
    )
    return rows.map(({ base }) => base)
  })

  const blobs = Effect.fn("LegacyRecords.blobs")(function* (ids: ReadonlyArray<string>) {
    // Two kinds of clients wrote the id of the same bytes in two ways. The bare id comes first: it sorts before
    // "sha256:".
    const rows = yield* rowsOf(
      client,
      "reading objects",
      ObjectRow,
      sql`SELECT object_id, repo_id, disk_path FROM musehub_objects
          WHERE object_id = ANY(${texts(ids.flatMap((id) => [id, `${hashPrefix}${id}`]))})
          ORDER BY object_id COLLATE "C"`
    )
    const found = new Map<string, Result.Result<LegacyFile, string>>()
    const places = yield* Effect.forEach(
      rows,
      ({ disk_path, object_id, repo_id }) =>
        Effect.map(files.file(repo_id, disk_path), (file) => ({ id: object_id.replace(hashPrefix, ""), file })),
      { concurrency: filesAtOnce }
    )
    for (const { file, id } of places) {
      const before = found.get(id)
      if (before !== undefined && Result.isSuccess(before)) continue
      const reasons = before === undefined ? "" : `${before.failure}; `
      found.set(
        id,
        Result.mapError(file, (reason) => reasons + reason)
      )
    }
    const read = new Map(yield* readSmall(found))
    if (ids.includes(emptyBlobId)) read.set(emptyBlobId, Result.succeed(emptyBlob))
    return read
  })

  return LegacyRecords.of({ commits, snapshots, basesOf, blobs })
}
