/**
 * JSON forms of the wire's msgpack: the same requests, with bytes as base64. A JSON body is translated to msgpack and
 * read by the same readers, so the two forms cannot differ in meaning.
 */
import { Effect, Result } from "effect"
import { base64, utf8 } from "../base/Bytes.ts"
import { atOnce, inSlices, isLight, type Slices } from "../base/Slices.ts"
import { NotJson, parseJson, setMember } from "../object/CanonicalJson.ts"
import type { JsonValue } from "../object/Json.ts"
import type { Encodable } from "@musehub/msgpack/Encoder"
import { Reader } from "@musehub/msgpack/Reader"
import type { MsgpackValue } from "@musehub/msgpack/Value"
import { JsonTranscoder } from "./JsonTranscoder.ts"
import { jsonValuesMax } from "./Limits.ts"
import type { RequestRefused } from "./RequestRefused.ts"

/** Drops a byte-order mark, as RFC 8259, section 8.1, allows. */
const strict = new TextDecoder("utf-8", { fatal: true })

const notUtf8 = () => new NotJson({ reason: "the body is not valid UTF-8" })

/** Parses the JSON of a hub at once, so its size must be bounded. 64-bit integers stay exact. */
export const jsonValue = (answer: Uint8Array): Result.Result<JsonValue, NotJson> =>
  Result.flatMap(Result.try({ try: () => strict.decode(answer), catch: notUtf8 }), parseJson)

/** The bytes after which others get their turn: the worst of them take some 10 ms. */
const sliceBytes = 64 * 1024

const isUtf8 = function* (bytes: Uint8Array): Slices<boolean> {
  const decoder = new TextDecoder("utf-8", { fatal: true })
  for (let at = 0; at < bytes.byteLength; at += sliceBytes) {
    const end = at + sliceBytes
    const isValid = Result.try(() => decoder.decode(bytes.subarray(at, end), { stream: end < bytes.byteLength }))
    if (Result.isFailure(isValid)) return false
    if (end < bytes.byteLength) yield
  }
  return true
}

const transcoding = function* (
  json: Uint8Array,
  valuesMax: number
): Slices<Result.Result<Uint8Array, NotJson | RequestRefused>> {
  const transcoder = new JsonTranscoder(json, valuesMax)
  for (;;) {
    const done = transcoder.run(sliceBytes)
    if (Result.isFailure(done)) return Result.fail(done.failure)
    if (done.success) return Result.succeed(transcoder.msgpack)
    yield
  }
}

/** Translates JSON of at most `valuesMax` values to msgpack. */
export const transcoded = Effect.fnUntraced(function* (
  json: Uint8Array,
  valuesMax: number
): Effect.fn.Return<Uint8Array, NotJson | RequestRefused> {
  if (!(yield* inSlices(() => isUtf8(json)))) return yield* notUtf8()
  return yield* Effect.fromResult(yield* inSlices(() => transcoding(json, valuesMax)))
})

/** Makes a reader of a JSON body. Where bytes are expected, it decodes a string as base64. */
export const jsonReader = (body: Uint8Array, valuesMax = jsonValuesMax) =>
  Effect.map(transcoded(body, valuesMax), (msgpack) => Reader.fromBytes(msgpack, { binaryAsBase64: true }))

const refuseBytes = (): JsonValue => {
  throw new NotJson({ reason: "binary has no JSON form" })
}

/** Light members that are converted in one slice. */
const sliceMembers = 64

const convertingHeavy = function* (value: MsgpackValue): Slices<JsonValue> {
  if (isLight(value) || typeof value !== "object" || value === null || value instanceof Uint8Array) {
    return convert(value, refuseBytes)
  }
  let converted = 0
  if (Array.isArray(value)) {
    const list: Array<JsonValue> = []
    for (const element of value as ReadonlyArray<MsgpackValue>) {
      list.push(yield* convertingHeavy(element))
      if (++converted % sliceMembers === 0) yield
    }
    return list
  }
  const object: Record<string, JsonValue> = {}
  for (const [key, member] of value as ReadonlyMap<string, MsgpackValue>) {
    setMember(object, key, yield* convertingHeavy(member))
    if (++converted % sliceMembers === 0) yield
  }
  return object
}

/** Converts a decoded value to JSON, in slices. Fails on bytes: a record that holds them would change on the way. */
export const convertingToJson = function* (value: MsgpackValue): Slices<Result.Result<JsonValue, NotJson>> {
  try {
    return Result.succeed(yield* convertingHeavy(value))
  } catch (cause) {
    if (cause instanceof NotJson) return Result.fail(cause)
    throw cause
  }
}

/** Converts a decoded value as `convertingToJson` does, without a pause. */
export const toJson = (value: MsgpackValue) => atOnce(convertingToJson(value))

/** Encodes an answer as JSON, with bytes as base64. Throws on a value that JSON cannot hold, as `encode` does. */
export const encodeAnswer = (value: Encodable): string =>
  // Writes a bigint as its digits; a 64-bit integer survives JSON in no other form.
  JSON.stringify(convert(value, base64), (_key, member: unknown) =>
    typeof member === "bigint" ? rawJson(member.toString()) : member
  )

/** The characters of an answer after which a piece of it ends. */
const pieceLength = 64 * 1024

/** Encodes an answer as `encodeAnswer` does, in pieces. */
export const encodingAnswer = function* (value: Encodable): Generator<Uint8Array, void, void> {
  let open = ""
  for (const text of answerTexts(value)) {
    open += text
    if (open.length < pieceLength) continue
    yield utf8(open)
    open = ""
  }
  yield utf8(open)
}

const answerTexts = function* (value: Encodable): Generator<string, void, void> {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return yield encodeAnswer(value)
  let before = ""
  if (Array.isArray(value)) {
    yield "["
    for (const item of value as ReadonlyArray<Encodable>) {
      yield before
      yield* answerTexts(item)
      before = ","
    }
    return yield "]"
  }
  yield "{"
  for (const [key, member] of value instanceof Map
    ? (value as ReadonlyMap<string, Encodable>)
    : Object.entries(value)) {
    yield `${before}${JSON.stringify(key)}:`
    yield* answerTexts(member)
    before = ","
  }
  yield "}"
}

const rawJson = (JSON as unknown as { readonly rawJSON: (text: string) => unknown }).rawJSON

const convert = (value: Encodable, bytes: (value: Uint8Array) => JsonValue): JsonValue => {
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`${value} is not a JSON number`)
  if (typeof value !== "object" || value === null) return value
  if (value instanceof Uint8Array) return bytes(value)
  if (Array.isArray(value)) return value.map((element: Encodable) => convert(element, bytes))
  const object: Record<string, JsonValue> = {}
  const entries = value instanceof Map ? (value as ReadonlyMap<string, Encodable>) : Object.entries(value)
  for (const [key, member] of entries) setMember(object, key, convert(member, bytes))
  return object
}
