/**
 * `POST /tags` and `POST /releases` (docs/wire.md, section 4). Returns the records as sent and does not check their
 * content.
 */
import { Effect } from "effect"
import { inSlices } from "../base/Slices.ts"
import type { JsonValue } from "../object/Json.ts"
import type { NotJson } from "../object/CanonicalJson.ts"
import { type ReadError, readFields } from "./fields.ts"
import { convertingToJson } from "./json.ts"
import { jsonValuesMax, releaseBodyBytesMax, tagBytesMax, tagsMax } from "./Limits.ts"
import type { Reader } from "@musehub/msgpack/Reader"
import type { MsgpackValue } from "@musehub/msgpack/Value"
import { readRecords } from "./pushBundle.ts"

const jsonOf = (value: MsgpackValue) =>
  Effect.flatMap(
    inSlices(() => convertingToJson(value)),
    Effect.fromResult
  )

/** Reads a `tags` request to its end. */
export const readTags = <E>(reader: Reader<E>): Effect.Effect<ReadonlyArray<JsonValue>, ReadError<E> | NotJson> =>
  Effect.gen(function* () {
    const records: Array<JsonValue> = []
    const limits = { countMax: tagsMax, bytesMax: tagBytesMax, valuesMax: tagBytesMax }
    yield* readFields<E, ReadError<E> | NotJson, never>(reader, "", {
      tags: readRecords(reader, "tags", limits, (batch) =>
        Effect.forEach(batch, (fields) => Effect.map(jsonOf(fields), (json) => records.push(json)))
      )
    })
    yield* reader.end
    return records
  })

/** Reads a `releases` request to its end. The request is the release itself, which the client sends as JSON. */
export const readRelease = <E>(reader: Reader<E>): Effect.Effect<JsonValue, ReadError<E> | NotJson> =>
  Effect.gen(function* () {
    const release = yield* reader.value(releaseBodyBytesMax, jsonValuesMax)
    yield* reader.end
    return yield* jsonOf(release)
  })
