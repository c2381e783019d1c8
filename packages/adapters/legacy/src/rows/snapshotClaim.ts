/**
 * What a row of `musehub_snapshots` says. A hub kept a manifest as JSON, later as msgpack, or as the change of the
 * manifest of the first parent's snapshot, in msgpack too (docs/wire.md, section 9). A row may have several of them,
 * and the default of one; the id tells which is right.
 */
import type { JsonObject } from "@musehub/domain/object/Json"
import type { LegacySnapshot, ManifestForm } from "@musehub/domain/port/legacy/LegacyRecords"
import { decode } from "@musehub/msgpack/Reader"
import type { MsgpackMap, MsgpackValue } from "@musehub/msgpack/Value"
import { Result, Schema } from "effect"
import { jsonColumn } from "./commitClaim.ts"
import { renderings } from "./renderings.ts"

const NullableText = Schema.NullOr(Schema.String)
const NullableBytes = Schema.NullOr(Schema.Uint8Array)

/** The columns. One that the table does not have is null, and all are if they are too large together. */
export const SnapshotRow = Schema.Struct({
  snapshot_id: Schema.String,
  /** The moment in UTC. */
  time: NullableText,
  manifest: NullableText,
  manifest_blob: NullableBytes,
  delta_blob: NullableBytes,
  oversized: Schema.Boolean
})
export type SnapshotRow = typeof SnapshotRow.Type

/**
 * The most that a value may weigh, each map and list in it 64 bytes more than it takes. A manifest has one map, so what
 * is heavier than its bytes allow is no manifest.
 */
const weightMax = 64 * 1024 * 1024

const isMap = (value: MsgpackValue | undefined): value is MsgpackMap => value instanceof Map
const isTexts = (value: MsgpackValue | undefined): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((path) => typeof path === "string")

const value = (column: string, bytes: Uint8Array): Result.Result<MsgpackValue, string> =>
  Result.mapError(decode(bytes, weightMax), ({ message }) => `${column}: ${message}`)

/** Reads `manifest`. */
export const jsonForm = (text: string): Result.Result<ManifestForm, string> =>
  Result.flatMap(jsonColumn("manifest", text), (manifest) =>
    typeof manifest === "object" && manifest !== null && !Array.isArray(manifest)
      ? Result.succeed({ _tag: "Whole" as const, manifest: new Map(Object.entries(manifest as JsonObject)) })
      : Result.fail("manifest is no JSON object")
  )

/** Reads `manifest_blob`: a map from path to object id. */
export const blobForm = (bytes: Uint8Array): Result.Result<ManifestForm, string> =>
  Result.flatMap(value("manifest_blob", bytes), (manifest) =>
    isMap(manifest)
      ? Result.succeed({ _tag: "Whole" as const, manifest })
      : Result.fail("manifest_blob is no map from path to object id")
  )

/**
 * Reads `delta_blob`: a map with two members, of which the map has the paths that were added or changed, and the list
 * those that were removed, or a list of the two. What they are called does not matter, since the id of the snapshot
 * proves what they give.
 */
export const deltaForm = (bytes: Uint8Array): Result.Result<ManifestForm, string> =>
  Result.flatMap(value("delta_blob", bytes), (delta) => {
    const members: ReadonlyArray<MsgpackValue> = isMap(delta) ? [...delta.values()] : Array.isArray(delta) ? delta : []
    const [changed, ...otherMaps] = members.filter(isMap)
    const [removed = [], ...otherLists] = members.filter((member) => Array.isArray(member))
    const isDelta = members.length > 0 && changed !== undefined && isTexts(removed)
    return isDelta && otherMaps.length === 0 && otherLists.length === 0
      ? Result.succeed({ _tag: "Delta" as const, changed, removed })
      : Result.fail("delta_blob is not a map of changed paths and a list of removed ones")
  })

/** Returns all that the row says of its manifest. */
export const snapshotClaim = (row: SnapshotRow): Result.Result<LegacySnapshot, string> => {
  if (row.oversized) return Result.fail("its manifest is too large")
  const forms: Array<Result.Result<ManifestForm, string>> = []
  if (row.manifest !== null) forms.push(jsonForm(row.manifest))
  if (row.manifest_blob !== null) forms.push(blobForm(row.manifest_blob))
  if (row.delta_blob !== null) forms.push(deltaForm(row.delta_blob))
  if (forms.length === 0) return Result.fail("it has no manifest")
  const [createdAt = null] = row.time === null ? [] : renderings(row.time)
  return Result.succeed({ createdAt, forms })
}
