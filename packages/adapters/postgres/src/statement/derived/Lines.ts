/** Statements about the lines of touches. */
import type { RepositoryId } from "@musehub/domain/object/Id"
import type {
  DerivedLines,
  LineIndex,
  PathLines,
  TouchLines,
  TouchOf
} from "@musehub/domain/port/index/derived/LineIndex"
import type { TouchPlace } from "@musehub/domain/port/index/derived/TouchIndex"
import { Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { asOperation } from "../../Errors.ts"
import { booleanArray, integerArray, statementRowsMax, textArray, withoutNul } from "../../Parameters.ts"
import { takingParts } from "./Derivations.ts"
import { decoded } from "../Rows.ts"

const LineRow = Schema.Struct({
  place: Schema.Int,
  added: Schema.NullOr(Schema.Int),
  removed: Schema.NullOr(Schema.Int),
  is_binary: Schema.Boolean
})
const lineRows = decoded(LineRow)

/** Both numbers are there or none, and a binary file has none. */
const isRight = ({ added, is_binary, removed }: typeof LineRow.Type): boolean =>
  added === null || removed === null ? added === removed : !is_binary && added >= 0 && removed >= 0

const partsOf = function* (commits: ReadonlyArray<DerivedLines>): Generator<ReadonlyArray<PathLines & TouchPlace>> {
  let part: Array<PathLines & TouchPlace> = []
  for (const { files, generation, id } of commits) {
    for (const file of files) {
      part.push({ ...file, generation, commit: id })
      if (part.length < statementRowsMax) continue
      yield part
      part = []
    }
  }
  if (part.length > 0) yield part
}

export const make = (sql: SqlClient.SqlClient): LineIndex["Service"] => {
  const insert = (repository: string, rows: ReadonlyArray<PathLines & TouchPlace>) =>
    sql`
    INSERT INTO touch_lines (repository, path_sha256, generation, commit, added, removed, is_binary)
    SELECT ${repository}, sha256(convert_to(l.path, 'UTF8')), l.generation, decode(l.commit, 'hex'), l.added, l.removed,
           l.is_binary
    FROM unnest(
      ${integerArray(rows.map(({ generation }) => generation))}::integer[],
      ${textArray(rows.map(({ commit }) => commit))}::text[],
      ${textArray(rows.map(({ path }) => path))}::text[],
      ${integerArray(rows.map(({ added }) => added ?? null))}::integer[],
      ${integerArray(rows.map(({ removed }) => removed ?? null))}::integer[],
      ${booleanArray(rows.map(({ binary }) => binary))}::boolean[]
    ) AS l (generation, commit, path, added, removed, is_binary)
    ON CONFLICT (repository, path_sha256, generation, commit)
    DO UPDATE SET added = excluded.added, removed = excluded.removed, is_binary = excluded.is_binary`.unprepared

  const recordLines: LineIndex["Service"]["recordLines"] = Effect.fnUntraced(function* (repository, version, commits) {
    if (commits.length === 0) return
    const recording = Effect.gen(function* () {
      const left = yield* takingParts(sql, { deriver: "lines", repository, version }, commits)
      for (const part of partsOf(left)) yield* insert(repository, part)
    })
    yield* sql.withTransaction(recording)
  }, asOperation("recordLines"))

  const rowsOf = (repository: RepositoryId, touches: ReadonlyArray<TouchOf>) =>
    lineRows(
      sql`
      SELECT (t.place - 1)::integer AS place, l.added, l.removed, l.is_binary
      FROM unnest(
        ${integerArray(touches.map(({ generation }) => generation))}::integer[],
        ${textArray(touches.map(({ commit }) => commit))}::text[],
        ${textArray(touches.map(({ path }) => withoutNul(path)))}::text[]
      ) WITH ORDINALITY AS t (generation, commit, path, place)
      CROSS JOIN LATERAL (
        SELECT l.added, l.removed, l.is_binary
        FROM touch_lines l
        WHERE l.repository = ${repository} AND l.path_sha256 = sha256(convert_to(t.path, 'UTF8'))
          AND l.generation = t.generation AND l.commit = decode(t.commit, 'hex')
        OFFSET 0
      ) AS l`.unprepared
    )

  const linesOf: LineIndex["Service"]["linesOf"] = Effect.fnUntraced(function* (repository, touches) {
    const found: Array<TouchLines | undefined> = touches.map(() => undefined)
    for (let from = 0; from < touches.length; from += statementRowsMax) {
      for (const row of yield* rowsOf(repository, touches.slice(from, from + statementRowsMax))) {
        if (!isRight(row)) continue
        const { added, is_binary, place, removed } = row
        found[from + place] = { binary: is_binary, added: added ?? undefined, removed: removed ?? undefined }
      }
    }
    return found
  }, asOperation("linesOf"))

  return { recordLines, linesOf }
}
