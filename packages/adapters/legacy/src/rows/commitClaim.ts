/** What a row of `musehub_commits` says, as the fields that a client sent. */
import { parseJson } from "@musehub/domain/object/CanonicalJson"
import type { JsonObject, JsonValue } from "@musehub/domain/object/Json"
import type { LegacyCommit } from "@musehub/domain/port/legacy/LegacyRecords"
import { Result, Schema } from "effect"
import { renderings } from "./renderings.ts"

const NullableText = Schema.NullOr(Schema.String)

/** The columns, with JSON as text. `message`, `parents` and `meta` are null if they are too large. */
export const CommitRow = Schema.Struct({
  commit_id: Schema.String,
  repo_id: Schema.String,
  branch: Schema.String,
  author: Schema.String,
  snapshot_id: NullableText,
  /** The moment in UTC. */
  time: NullableText,
  message: NullableText,
  parents: NullableText,
  meta: NullableText
})
export type CommitRow = typeof CommitRow.Type

const isObject = (json: JsonValue): json is JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)
const isTexts = Schema.is(Schema.Array(Schema.String))

/** The most parents of a record. */
const parentsMax = 2

/** Parses a column of JSON. */
export const jsonColumn = (column: string, text: string): Result.Result<JsonValue, string> =>
  Result.mapError(parseJson(text), ({ message }) => `${column} is no JSON (${message})`)

/** Reads the ids of the parents from the text of `parent_ids`. */
export const parentsOf = (text: string): Result.Result<ReadonlyArray<string>, string> =>
  Result.flatMap(jsonColumn("parent_ids", text), (parents) =>
    isTexts(parents) && parents.length <= parentsMax
      ? Result.succeed(parents)
      : Result.fail(`parent_ids is no list of at most ${parentsMax} ids`)
  )

/**
 * Makes the commit's fields. The columns override members of `commit_meta`, because the legacy hub showed the columns.
 */
export const commitClaim = (row: CommitRow): Result.Result<LegacyCommit, string> =>
  Result.gen(function* () {
    const { message, meta: metaText, parents: parentsText } = row
    if (message === null || metaText === null || parentsText === null) return yield* Result.fail("it is too large")
    const meta = yield* jsonColumn("commit_meta", metaText)
    if (!isObject(meta)) return yield* Result.fail("commit_meta is no JSON object")
    const parents = yield* parentsOf(parentsText)
    const { time } = row
    const [likely] = time === null ? [] : renderings(time)
    if (time === null || likely === undefined) return yield* Result.fail("it has no time that a client writes")
    const fields: JsonObject = {
      ...meta,
      commit_id: row.commit_id,
      repo_id: row.repo_id,
      branch: row.branch,
      author: row.author,
      message,
      snapshot_id: row.snapshot_id,
      parent_commit_id: parents[0] ?? null,
      parent2_commit_id: parents[1] ?? null
    }
    return { fields, times: { [Symbol.iterator]: () => renderings(time) } }
  })
