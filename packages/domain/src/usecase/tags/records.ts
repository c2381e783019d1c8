/**
 * Decodes tags and releases. Members that a newer client adds are dropped; members that an older client leaves out of a
 * release get the client's own defaults (docs/wire.md, sections 2 and 4).
 */
import { Result, Schema } from "effect"
import type { JsonObject, JsonValue } from "../../object/Json.ts"
import { reasonOf } from "../../base/fieldErrors.ts"
import { orDefault } from "../../base/expected.ts"
import type { Slices } from "../../base/Slices.ts"
import { makeReleaseDecoder } from "../../repository/decodingRelease.ts"
import { type Release, Tag } from "../../repository/Tag.ts"
import { ReleaseRefused, TagRefused } from "./errors.ts"

const decodeTag = Schema.decodeUnknownResult(Tag)
const decode = makeReleaseDecoder()

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const textIn = (record: JsonValue, member: string): string => {
  const value = isObject(record) ? record[member] : undefined
  return typeof value === "string" ? value : ""
}

/** Decodes a tag. A refusal names the tag and the member. */
export const tagOf = (record: JsonValue): Result.Result<Tag, TagRefused> =>
  Result.mapError(
    decodeTag(record),
    (error) => new TagRefused({ id: textIn(record, "tag_id"), reason: reasonOf(error) })
  )

const absentInChange: JsonObject = {
  commit_id: "",
  message: "",
  sem_ver_bump: "none",
  breaking_changes: [],
  author: "",
  committed_at: "",
  agent_id: "",
  model_id: ""
}

/**
 * Returns the version that a tag spells, such as `v1.2.3-rc.1+build.5`. Other text gives a version that is refused
 * later.
 */
const versionOf = (tag: string): JsonObject => {
  const [core = "", build = ""] = tag.trim().replace(/^v/, "").split("+", 2)
  const [numbers = "", ...pre] = core.split("-")
  const [major = 0, minor = 0, patch = 0] = numbers.split(".").map(Number)
  return { major, minor, patch, pre: pre.join("-"), build }
}

const filled = (record: JsonObject): JsonObject => {
  const changes = record["changelog"]
  return {
    repo_id: "",
    semver: versionOf(textIn(record, "tag")),
    channel: "stable",
    title: "",
    body: "",
    agent_id: "",
    model_id: "",
    is_draft: false,
    gpg_signature: "",
    created_at: "",
    ...record,
    changelog: Array.isArray(changes)
      ? changes.map((change: JsonValue) => (isObject(change) ? { ...absentInChange, ...change } : change))
      : orDefault(changes, [])
  }
}

/** Decodes a release in slices. A refusal names the release and the member. */
export const decodingRelease = function* (record: JsonValue): Slices<Result.Result<Release, ReleaseRefused>> {
  const decoded = yield* decode(isObject(record) ? filled(record) : record)
  return Result.mapError(decoded, ({ message }) => new ReleaseRefused({ tag: textIn(record, "tag"), reason: message }))
}
