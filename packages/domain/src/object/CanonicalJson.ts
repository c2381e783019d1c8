/**
 * The canonical JSON form of a record: RFC 8785 (sorted keys, no white space, shortest numbers), with one addition that
 * RFC 8785 leaves to the application: integers up to 64 bits are written exactly. Every decode checks that
 * `encode(decode(text)) = text`, so text that is not canonical is refused.
 */
import { Result, Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import type { JsonObject, JsonValue } from "./Json.ts"

/** The value or the text has no canonical form; `reason` says where and why. */
export class NotJson extends Schema.TaggedError<NotJson>()("NotJson", {
  kind: errorKind("malformed"),
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** Deeper nesting is refused, which keeps the recursion within the stack; real records are far shallower. */
const depthMax = 128

const integerMax = 2n ** 64n - 1n
const integerMin = -(2n ** 63n)

const refuse = (reason: string): never => {
  throw new NotJson({ reason })
}

const encodeString = (text: string): string =>
  text.isWellFormed() ? JSON.stringify(text) : refuse("a string holds a lone surrogate, so it is not valid Unicode")

const encodeNumber = (value: number): string => {
  if (!Number.isFinite(value)) return refuse(`${value} is not a JSON number`)
  return JSON.stringify(value)
}

const encodeBigint = (value: bigint): string =>
  value < integerMin || value > integerMax ? refuse(`the integer ${value} needs more than 64 bits`) : value.toString()

const encodeValue = (value: JsonValue, depth: number): string => {
  if (depth > depthMax) return refuse(`nesting is deeper than ${depthMax}`)
  switch (typeof value) {
    case "string":
      return encodeString(value)
    case "number":
      return encodeNumber(value)
    case "bigint":
      return encodeBigint(value)
    case "boolean":
      return value ? "true" : "false"
    case "object": {
      if (value === null) return "null"
      if (Array.isArray(value)) return `[${value.map((item) => encodeValue(item, depth + 1)).join(",")}]`
      const object = value as JsonObject
      // The default order of strings is by UTF-16 unit, which is what RFC 8785 section 3.2.3 asks for.
      const members = Object.keys(object)
        .toSorted()
        .map((key) => `${encodeString(key)}:${encodeValue(object[key] as JsonValue, depth + 1)}`)
      return `{${members.join(",")}}`
    }
    default:
      return refuse(`a ${typeof value} is not a JSON value`)
  }
}

const guarded = <A>(compute: () => A): Result.Result<A, NotJson> =>
  Result.try({
    try: compute,
    catch: (cause) => (cause instanceof NotJson ? cause : new NotJson({ reason: String(cause) }))
  })

/** Encodes a value as canonical text. */
export const encodeJson = (value: JsonValue): Result.Result<string, NotJson> => guarded(() => encodeValue(value, 0))

/**
 * Matches a number of sixteen digits or more: a shorter integer always fits a double. Ids are in quotes and do not
 * match.
 */
const longNumber = /(?:^|[\s,:[])-?\d{16}/
const integerText = /^-?\d+$/

/** Keeps integers of up to 64 bits exact. A larger one is a double whose shortest form has no exponent. */
const exactInteger = (_key: string, value: unknown, context: { readonly source?: string }): unknown => {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value
  const source = context.source
  if (source === undefined || !integerText.test(source)) return value
  const exact = BigInt(source)
  return exact < integerMin || exact > integerMax ? value : exact
}

type SourceReviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => JsonValue

/** Parses any JSON text and keeps 64-bit integers exact. Accepts repeated keys; `decodeJson` refuses them. */
export const parseJson = (text: string): Result.Result<JsonValue, NotJson> =>
  guarded(() => (longNumber.test(text) ? parseWithSource(text, exactInteger) : (JSON.parse(text) as JsonValue)))

/** Parses canonical text and refuses any other. */
export const decodeJson = (text: string): Result.Result<JsonValue, NotJson> =>
  Result.flatMap(parseJson(text), (value) =>
    Result.flatMap(encodeJson(value), (canonical) =>
      canonical === text
        ? Result.succeed(value)
        : Result.fail(new NotJson({ reason: "the JSON is not in canonical form (RFC 8785)" }))
    )
  )

/** Sets a member, even one named `__proto__`, which plain assignment would turn into the prototype. */
export const setMember = (object: Record<string, JsonValue>, key: string, value: JsonValue): void => {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    object[key] = value
  }
}
