/**
 * JSON forms of the wire's msgpack: the same requests, with bytes as base64. A JSON body is parsed whole, so it has its
 * own small limit. It is then read by the same readers as msgpack, so the two forms cannot differ in meaning.
 */
import { Result } from "effect"
import { base64 } from "../base/Bytes.ts"
import { NotJson, parseJson, setMember } from "../object/CanonicalJson.ts"
import type { JsonValue } from "../object/Json.ts"
import { type Encodable, encode } from "@musehub/msgpack/Encoder"
import { Reader } from "@musehub/msgpack/Reader"
import type { MsgpackValue } from "@musehub/msgpack/Value"

/** Drops a byte-order mark, as RFC 8259, section 8.1, allows. */
const strict = new TextDecoder("utf-8", { fatal: true })

/** Parses a JSON body; 64-bit integers stay exact. */
export const jsonValue = (body: Uint8Array): Result.Result<JsonValue, NotJson> =>
  Result.flatMap(
    Result.try({
      try: () => strict.decode(body),
      catch: () => new NotJson({ reason: "the body is not valid UTF-8" })
    }),
    parseJson
  )

/** Makes a reader of a JSON body. Where bytes are expected, it decodes a string as base64. */
export const jsonReader = (body: Uint8Array): Result.Result<Reader, NotJson> =>
  Result.gen(function* () {
    const value = yield* jsonValue(body)
    const bytes = yield* Result.try({
      try: () => encode(value),
      catch: (cause) => {
        if (cause instanceof RangeError) return new NotJson({ reason: cause.message })
        throw cause
      }
    })
    return Reader.fromBytes(bytes, { binaryAsBase64: true })
  })

/** Converts a decoded value to JSON. Fails on bytes: a record that holds them would change on the way. */
export const toJson = (value: MsgpackValue): Result.Result<JsonValue, NotJson> => {
  const bytes = new NotJson({ reason: "binary has no JSON form" })
  return Result.try({
    try: () =>
      convert(value, () => {
        throw bytes
      }),
    catch: (cause) => {
      if (cause === bytes) return bytes
      throw cause
    }
  })
}

/** Encodes an answer as JSON, with bytes as base64. Throws on a value that JSON cannot hold, as `encode` does. */
export const encodeAnswer = (value: Encodable): string =>
  // Writes a bigint as its digits; a 64-bit integer survives JSON in no other form.
  JSON.stringify(convert(value, base64), (_key, member: unknown) =>
    typeof member === "bigint" ? rawJson(member.toString()) : member
  )

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
