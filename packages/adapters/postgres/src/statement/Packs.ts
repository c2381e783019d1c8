/**
 * Statements about packs: recording and forgetting them, and finding the packs of commits and the commits without
 * packs.
 */
import type { SqlClient } from "effect/sql"
import { Sha256 } from "@musehub/domain/object/Id"
import { assertSameRepository } from "@musehub/domain/port/index/assertSameRepository"
import type { PackIndex } from "@musehub/domain/port/index/PackIndex"
import { decodeDirectory, encodeDirectory } from "@musehub/domain/repository/Pack"
import { Effect, Schema } from "effect"
import { asOperation } from "../Errors.ts"
import { bytesArray, joined, textArray } from "../Parameters.ts"
import { decoded, nodeOf, NodeRow } from "./Rows.ts"

const packRows = decoded(Schema.Struct({ sha256: Sha256, directory: Schema.Uint8Array }))
const nodeRows = decoded(NodeRow)

export const make = (sql: SqlClient.SqlClient) => {
  const recordPacks: PackIndex["Service"]["recordPacks"] = Effect.fnUntraced(function* (batch) {
    const { commits, packs, repository } = batch
    assertSameRepository(repository, packs)
    yield* sql`
      SELECT record_packs(
        ${repository},
        ${textArray(packs.map(({ sha256 }) => sha256))}::text[],
        ${bytesArray(packs.map(({ entries }) => encodeDirectory(entries)))}::bytea[],
        ${textArray([...commits.keys()])}::text[],
        ${textArray(Array.from(commits.values(), joined))}::text[]
      )`.unprepared
  }, asOperation("recordPacks"))

  const packsOf: PackIndex["Service"]["packsOf"] = Effect.fnUntraced(function* (repository, commits) {
    // As an array, packs are looked up one by one; for a join the planner would read all packs of the repository.
    const rows = yield* packRows(
      sql`
      SELECT p.sha256, p.directory
      FROM packs p
      WHERE p.repository = ${repository} AND p.sha256 = ANY (ARRAY (
        SELECT DISTINCT unnest(c.packs)
        FROM packed_commits c
        WHERE c.repository = ${repository} AND c.id = ANY (${textArray(commits)}::text[])))
      ORDER BY p.place`.unprepared
    )
    return yield* Effect.forEach(rows, ({ directory, sha256 }) =>
      // Thousands of packs have thousands of objects each.
      Effect.andThen(
        Effect.yieldNow,
        Effect.map(Effect.fromResult(decodeDirectory(directory)), (entries) => ({ sha256, entries }))
      )
    )
  }, asOperation("packsOf"))

  const unpacked: PackIndex["Service"]["unpacked"] = Effect.fnUntraced(function* (repository, limit) {
    // With a limit that the planner cannot see, it reads the list from its start; with a visible one it may sort the
    // whole list. OFFSET 0 keeps it at one lookup for each commit.
    const rows = yield* nodeRows(
      sql`
      SELECT c.id, c.parents, c.generation, c.snapshot_id, (c.size + coalesce(s.size, 0))::float8 AS stored_bytes
      FROM (
        SELECT u.id
        FROM unpacked_commits u
        WHERE u.repository = ${repository} AND NOT EXISTS (
          SELECT FROM packed_commits p WHERE p.repository = ${repository} AND p.id = u.id OFFSET 0)
        ORDER BY u.generation, u.id
        LIMIT (SELECT ${limit}::integer)
      ) AS u
      CROSS JOIN LATERAL (
        SELECT id, parents, generation, snapshot_id, size
        FROM commits
        WHERE repository = ${repository} AND id = u.id
        OFFSET 0
      ) AS c
      LEFT JOIN LATERAL (
        SELECT size FROM snapshots WHERE repository = ${repository} AND id = c.snapshot_id OFFSET 0
      ) AS s ON true
      ORDER BY c.generation, c.id`.unprepared
    )
    return rows.map(nodeOf)
  }, asOperation("unpacked"))

  const forgetPack: PackIndex["Service"]["forgetPack"] = (repository, pack) =>
    sql`SELECT forget_pack(${repository}, ${pack})`.pipe(Effect.asVoid, asOperation("forgetPack"))

  return { recordPacks, packsOf, unpacked, forgetPack }
}
