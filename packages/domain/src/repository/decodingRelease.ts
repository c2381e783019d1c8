/** Checks the JSON of a release in slices, since its change log may have thousands of lines. */
import { Result, Schema, type SchemaAST } from "effect"
import { orDefault } from "../base/expected.ts"
import { fieldSentence, reasonOf } from "../base/fieldErrors.ts"
import type { Slices } from "../base/Slices.ts"
import type { JsonObject, JsonValue } from "../object/Json.ts"
import { ChangelogEntry, changelogMax, Release } from "./Tag.ts"

/** Lines of a change log that are checked in one slice: ten microseconds or so each. */
const sliceLines = 250

const refuse = (message: string) => Result.fail({ message })

const logOf = (json: JsonValue): ReadonlyArray<JsonValue> | undefined => {
  const log = typeof json === "object" && json !== null ? (json as JsonObject)["changelog"] : undefined
  return Array.isArray(log) ? (log as ReadonlyArray<JsonValue>) : undefined
}

/** Makes a decoder that treats unknown members as its options say. */
export const makeReleaseDecoder = (options: SchemaAST.ParseOptions = {}) => {
  const decodeRelease = Schema.decodeUnknownResult(Release, options)
  const decodeLine = Schema.decodeUnknownResult(ChangelogEntry, options)
  return function* (json: JsonValue): Slices<Result.Result<Release, { readonly message: string }>> {
    const log = logOf(json)
    const release = decodeRelease(log === undefined ? json : { ...(json as JsonObject), changelog: [] })
    if (Result.isFailure(release)) return refuse(reasonOf(release.failure))
    const lines: Array<typeof ChangelogEntry.Type> = []
    if (log !== undefined && log.length > changelogMax) {
      return refuse(fieldSentence([{ path: "changelog", message: `must have at most ${changelogMax} items` }]))
    }
    for (const line of orDefault(log, [])) {
      const decoded = decodeLine(line)
      if (Result.isFailure(decoded)) return refuse(reasonOf(decoded.failure, ["changelog", lines.length]))
      if (lines.push(decoded.success) % sliceLines === 0) yield
    }
    return Result.succeed({ ...release.success, changelog: lines })
  }
}
