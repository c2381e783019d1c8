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
export const depthMax = 128

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
/** Matches an integer that may have 64 bits: a longer one has more, and no other text becomes a bigint. */
const integerText = /^-?\d{1,20}$/

/** Returns a number; an integer of up to 64 bits exactly. A larger one is a double. */
export const exactNumber = (text: string): number | bigint => {
  const value = Number(text)
  if (Number.isSafeInteger(value) || !integerText.test(text)) return value
  const exact = BigInt(text)
  return exact < integerMin || exact > integerMax ? value : exact
}

const space = /[ \t\n\r]*/y
const literal = /[^ \t\n\r,\]}]+/y

/**
 * Builds the value of a text that `JSON.parse` accepts, with exact integers. A reviver of `JSON.parse` also sees the
 * digits, but takes ten times as long, and for every value of the text.
 */
class ExactReader {
  readonly #text: string
  #at = 0
  #backslash = -1
  constructor(text: string) {
    this.#text = text
  }

  value(depth = 0): JsonValue {
    if (depth > depthMax) return refuse(`nesting is deeper than ${depthMax}`)
    switch (this.#next()) {
      case '"':
        return this.#string()
      case "[":
        return this.#list(depth)
      case "{":
        return this.#object(depth)
      default: {
        const text = this.#match(literal)
        return text === "true" ? true : text === "false" ? false : text === "null" ? null : exactNumber(text)
      }
    }
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    const text = found === null ? "" : found[0]
    this.#at += text.length
    return text
  }

  #next(): string | undefined {
    this.#match(space)
    return this.#text[this.#at]
  }

  /** Moves past a character that is next, and says whether it was. */
  #skip(character: string): boolean {
    if (this.#next() !== character) return false
    this.#at += 1
    return true
  }

  #string(): string {
    const start = this.#at
    let end = this.#text.indexOf('"', start + 1)
    const isPlain = this.#backslashFrom(start) > end
    while (this.#backslash < end) {
      if (this.#backslash + 1 === end) end = this.#text.indexOf('"', end + 1)
      this.#backslashFrom(this.#backslash + 2)
    }
    this.#at = end + 1
    return isPlain ? this.#text.slice(start + 1, end) : (JSON.parse(this.#text.slice(start, end + 1)) as string)
  }

  /** Finds the first backslash at or after `from`. It is remembered, so that all strings together take one search. */
  #backslashFrom(from: number): number {
    if (this.#backslash < from) {
      const found = this.#text.indexOf("\\", from)
      this.#backslash = found === -1 ? Number.POSITIVE_INFINITY : found
    }
    return this.#backslash
  }

  #list(depth: number): JsonValue {
    const list: Array<JsonValue> = []
    this.#at += 1
    while (!this.#skip("]")) {
      list.push(this.value(depth + 1))
      this.#skip(",")
    }
    return list
  }

  #object(depth: number): JsonValue {
    const object: Record<string, JsonValue> = {}
    this.#at += 1
    while (!this.#skip("}")) {
      const key = this.#string()
      this.#skip(":")
      setMember(object, key, this.value(depth + 1))
      this.#skip(",")
    }
    return object
  }
}

/** Parses any JSON text and keeps 64-bit integers exact. Accepts repeated keys; `decodeJson` refuses them. */
export const parseJson = (text: string): Result.Result<JsonValue, NotJson> =>
  guarded(() => {
    const value = JSON.parse(text) as JsonValue
    return longNumber.test(text) ? new ExactReader(text).value() : value
  })

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
