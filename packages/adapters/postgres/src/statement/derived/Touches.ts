/** Statements about touches. */
import { BlobId, CommitId } from "@musehub/domain/object/Id"
import type {
  DerivedTouches,
  FileTouch,
  Touch,
  TouchIndex,
  TouchPlace
} from "@musehub/domain/port/index/derived/TouchIndex"
import { Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { asOperation } from "../../Errors.ts"
import { integerArray, statementRowsMax, textArray, withoutNul } from "../../Parameters.ts"
import { beforePlace } from "./beforePlace.ts"
import { takingWork } from "./Derivations.ts"
import { decoded } from "../Rows.ts"

const PlaceRow = Schema.Struct({ generation: Schema.Int, commit: CommitId })
const TouchRow = Schema.Struct({
  ...PlaceRow.fields,
  before: Schema.NullOr(BlobId),
  after: Schema.NullOr(BlobId),
  renamed_from: Schema.NullOr(Schema.String)
})
const touchRows = decoded(TouchRow)
const latestFileRows = decoded(Schema.Struct({ path: Schema.String, ...TouchRow.fields }))
const latestFolderRows = decoded(Schema.Struct({ path: Schema.String, ...PlaceRow.fields }))

const touchedRows = decoded(Schema.Struct({ place: Schema.Int, path: Schema.String }))

const touchOf = ({ after, before, commit, generation, renamed_from }: typeof TouchRow.Type): FileTouch => ({
  generation,
  commit,
  before: before ?? undefined,
  after: after ?? undefined,
  renamedFrom: renamed_from ?? undefined
})

/** Cuts what commits touch into rows for one statement each. They are made when they are asked for. */
const partsOf = function* <A extends object>(
  commits: ReadonlyArray<DerivedTouches>,
  rowsOf: (commit: DerivedTouches) => ReadonlyArray<A>
): Generator<ReadonlyArray<A & TouchPlace>> {
  let part: Array<A & TouchPlace> = []
  for (const commit of commits) {
    for (const row of rowsOf(commit)) {
      part.push({ ...row, commit: commit.id, generation: commit.generation })
      if (part.length < statementRowsMax) continue
      yield part
      part = []
    }
  }
  if (part.length > 0) yield part
}

const folderRows = ({ folders }: DerivedTouches) => folders.map((path) => ({ path }))

const groupOf = <A>(rows: ReadonlyArray<A>, path: (row: A) => string): ReadonlyMap<string, ReadonlyArray<A>> =>
  Map.groupBy(rows, path)

/** The columns of a touch. */
const columns = `t.generation, encode(t.commit, 'hex') AS commit, encode(t.before, 'hex') AS before,
  encode(t.after, 'hex') AS after, t.renamed_from`

export const make = (sql: SqlClient.SqlClient): TouchIndex["Service"] => {
  const shown = sql.literal(columns)

  const insertFiles = (repository: string, rows: ReadonlyArray<TouchPlace & Touch>) =>
    sql`
    INSERT INTO touches (repository, path_sha256, generation, commit, path, before, after, renamed_from)
    SELECT ${repository}, sha256(convert_to(t.path, 'UTF8')), t.generation, decode(t.commit, 'hex'), t.path,
           decode(t.before, 'hex'), decode(t.after, 'hex'), t.renamed_from
    FROM unnest(
      ${integerArray(rows.map(({ generation }) => generation))}::integer[],
      ${textArray(rows.map(({ commit }) => commit))}::text[],
      ${textArray(rows.map(({ path }) => path))}::text[],
      ${textArray(rows.map(({ before }) => before ?? null))}::text[],
      ${textArray(rows.map(({ after }) => after ?? null))}::text[],
      ${textArray(rows.map(({ renamedFrom }) => renamedFrom ?? null))}::text[]
    ) AS t (generation, commit, path, before, after, renamed_from)
    ON CONFLICT DO NOTHING`.unprepared

  const insertFolders = (repository: string, rows: ReadonlyArray<TouchPlace & { readonly path: string }>) =>
    sql`
    INSERT INTO folder_touches (repository, path_sha256, generation, commit)
    SELECT ${repository}, sha256(convert_to(t.path, 'UTF8')), t.generation, decode(t.commit, 'hex')
    FROM unnest(
      ${integerArray(rows.map(({ generation }) => generation))}::integer[],
      ${textArray(rows.map(({ commit }) => commit))}::text[],
      ${textArray(rows.map(({ path }) => path))}::text[]
    ) AS t (generation, commit, path)
    ON CONFLICT DO NOTHING`.unprepared

  const recordTouches: TouchIndex["Service"]["recordTouches"] = Effect.fnUntraced(function* (
    repository,
    version,
    commits
  ) {
    if (commits.length === 0) return
    yield* sql.withTransaction(
      Effect.gen(function* () {
        const taken = new Set(
          (yield* takingWork(sql, { deriver: "touches", repository, version }, commits)).map(({ commit }) => commit)
        )
        const done = commits.filter(({ id }) => taken.has(id))
        for (const part of partsOf(done, ({ files }) => files)) yield* insertFiles(repository, part)
        for (const part of partsOf(done, folderRows)) yield* insertFolders(repository, part)
      })
    )
  }, asOperation("recordTouches"))

  const touchesOf: TouchIndex["Service"]["touchesOf"] = (repository, path, { after, limit }) =>
    touchRows(sql`
      SELECT ${shown}
      FROM touches t
      WHERE t.repository = ${repository} AND t.path_sha256 = sha256(convert_to(${withoutNul(path)}, 'UTF8'))
        ${beforePlace(sql, after)}
      ORDER BY t.generation DESC, t.commit DESC
      LIMIT ${limit}`).pipe(
      Effect.map((rows) => rows.map(touchOf)),
      asOperation("touchesOf")
    )

  const touchedBy: TouchIndex["Service"]["touchedBy"] = (repository, commits, { all, each }) =>
    touchedRows(
      sql`
      SELECT (c.place - 1)::integer AS place, t.path
      FROM unnest(
        ${integerArray(commits.map(({ generation }) => generation))}::integer[],
        ${textArray(commits.map(({ commit }) => commit))}::text[]
      ) WITH ORDINALITY AS c (generation, commit, place)
      CROSS JOIN LATERAL (
        SELECT t.path
        FROM touches t
        WHERE t.repository = ${repository} AND t.generation = c.generation AND t.commit = decode(c.commit, 'hex')
        LIMIT ${each}
      ) AS t
      ORDER BY c.place
      LIMIT ${all}`.unprepared
    ).pipe(asOperation("touchedBy"))

  const latestTouches: TouchIndex["Service"]["latestTouches"] = Effect.fnUntraced(function* ({
    depth,
    files,
    folders,
    generation,
    repository
  }) {
    const latest = (table: string, paths: ReadonlyArray<string>, columns: string) => sql`
      SELECT p.path, t.*
      FROM unnest(${textArray(paths)}::text[]) AS p (path)
      CROSS JOIN LATERAL (
        SELECT ${sql.literal(columns)}
        FROM ${sql(table)} t
        WHERE t.repository = ${repository} AND t.path_sha256 = sha256(convert_to(p.path, 'UTF8'))
          AND t.generation <= ${generation}::integer
        ORDER BY t.generation DESC, t.commit DESC
        LIMIT ${depth}
      ) AS t`
    const ofFiles = files.length === 0 ? [] : yield* latestFileRows(latest("touches", files, columns))
    const ofFolders =
      folders.length === 0
        ? []
        : yield* latestFolderRows(latest("folder_touches", folders, "t.generation, encode(t.commit, 'hex') AS commit"))
    return {
      files: new Map(
        Array.from(
          groupOf(ofFiles, ({ path }) => path),
          ([path, rows]) => [path, rows.map(touchOf)] as const
        )
      ),
      folders: new Map(
        Array.from(
          groupOf(ofFolders, ({ path }) => path),
          ([path, rows]) => [path, rows.map(({ commit, generation }): TouchPlace => ({ commit, generation }))] as const
        )
      )
    }
  }, asOperation("latestTouches"))

  return { recordTouches, touchesOf, touchedBy, latestTouches }
}
