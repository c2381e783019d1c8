/**
 * The canonical JSON form of a record: RFC 8785 (sorted keys, no white space, shortest numbers), with one addition that
 * RFC 8785 leaves to the application: integers up to 64 bits are written exactly. Every decode checks that
 * `encode(decode(text)) = text`, so text that is not canonical is refused.
 */
import { Result, Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import { cut } from "../base/text/cut.ts"
import { atOnce, isLight, sliceEntries, type Slices, sorting } from "../base/Slices.ts"
import { parsePlainly } from "./internal/parsePlainly.ts"
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

/** Matches a text without what JSON escapes, and without surrogates, whether they come in pairs or not. */
const plainText = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/

const encodeString = (text: string): string => (plainText.test(text) ? `"${text}"` : encodeUnplain(text))

const encodeUnplain = (text: string): string =>
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
      return Array.isArray(value) ? encodeList(value, depth) : encodeObject(value as JsonObject, depth)
    }
    default:
      return refuse(`a ${typeof value} is not a JSON value`)
  }
}

const encodeList = (list: ReadonlyArray<JsonValue>, depth: number): string => {
  let text = "["
  let separator = ""
  for (const item of list) {
    text += separator + encodeValue(item, depth + 1)
    separator = ","
  }
  return `${text}]`
}

const encodeObject = (object: JsonObject, depth: number): string => {
  let text = "{"
  let separator = ""
  // The default order of strings is by UTF-16 unit, which is what RFC 8785 section 3.2.3 asks for.
  for (const key of Object.keys(object).toSorted()) {
    text += `${separator}${encodeString(key)}:${encodeValue(object[key] as JsonValue, depth + 1)}`
    separator = ","
  }
  return `${text}}`
}

const notJson = (cause: unknown): NotJson => (cause instanceof NotJson ? cause : new NotJson({ reason: String(cause) }))

const guarded = <A>(compute: () => A): Result.Result<A, NotJson> => Result.try({ try: compute, catch: notJson })

/** Encodes a value as canonical text. */
export const encodeJson = (value: JsonValue): Result.Result<string, NotJson> => guarded(() => encodeValue(value, 0))

const guarding = function* <A>(slices: Slices<A>): Slices<Result.Result<A, NotJson>> {
  try {
    return Result.succeed(yield* slices)
  } catch (cause) {
    return Result.fail(notJson(cause))
  }
}

/** The characters after which work in slices pauses. */
const sliceCharacters = 128 * 1024

/** Passes a text on, piece by piece. */
class Writer {
  readonly #take: (piece: string) => void
  #characters = 0

  constructor(take: (piece: string) => void) {
    this.#take = take
  }

  write(piece: string): void {
    this.#take(piece)
    this.#characters += piece.length
  }

  /** Whether much was written since this was last asked and true. */
  get isLong(): boolean {
    if (this.#characters < sliceCharacters) return false
    this.#characters = 0
    return true
  }
}

/** Writes the canonical text of a value; what is light, at once. */
const writingValue = function* (value: JsonValue, depth: number, writer: Writer): Slices<void> {
  if (writer.isLong) yield
  if (typeof value !== "object" || value === null || isLight(value)) return writer.write(encodeValue(value, depth))
  if (depth > depthMax) return refuse(`nesting is deeper than ${depthMax}`)
  if (Array.isArray(value)) {
    for (const [index, item] of (value as ReadonlyArray<JsonValue>).entries()) {
      writer.write(index === 0 ? "[" : ",")
      yield* writingValue(item, depth + 1, writer)
    }
    return writer.write("]")
  }
  const object = value as JsonObject
  const keys = yield* sorting(Object.keys(object), (a, b) => (a < b ? -1 : 1))
  for (const [index, key] of keys.entries()) {
    writer.write(`${index === 0 ? "{" : ","}${encodeString(key)}:`)
    yield* writingValue(object[key] as JsonValue, depth + 1, writer)
  }
  return writer.write("}")
}

const writingPieces = function* (value: JsonValue): Slices<ReadonlyArray<string>> {
  const pieces: Array<string> = []
  let open = ""
  const writer = new Writer((piece) => {
    open += piece
    if (open.length < sliceCharacters) return
    pieces.push(open)
    open = ""
  })
  yield* writingValue(value, 0, writer)
  return [...pieces, open]
}

/** Encodes a value as canonical text, in slices and in pieces. */
export const encodingJson = (value: JsonValue): Slices<Result.Result<ReadonlyArray<string>, NotJson>> =>
  guarding(writingPieces(value))

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
/** The last of the characters that may be white space. */
const spaceCode = 0x20

/**
 * Builds the value of a text in slices, with exact integers. A reviver of `JSON.parse` also sees the digits, but takes
 * ten times as long, and for every value of the text. Accepts some texts that are not JSON, but each gives a value.
 */
class ExactReader {
  readonly #text: string
  readonly #refusesRepeated: boolean
  #at = 0
  #backslash = -1
  #pausedAt = 0
  #values = 0

  constructor(text: string, { refusesRepeated = false } = {}) {
    this.#text = text
    this.#refusesRepeated = refusesRepeated
  }

  /** Reads the whole text. */
  *whole(): Slices<JsonValue> {
    const value = this.#isContainer ? yield* this.#container(0) : this.#single()
    return this.#next() === undefined ? value : refuse("something follows its end")
  }

  get #isContainer(): boolean {
    const next = this.#next()
    return next === "[" || next === "{"
  }

  *#container(depth: number): Slices<JsonValue> {
    if (depth > depthMax) return refuse(`nesting is deeper than ${depthMax}`)
    return yield* this.#next() === "[" ? this.#list(depth) : this.#object(depth)
  }

  #single(): JsonValue {
    if (this.#next() === '"') return this.#string()
    const text = this.#match(literal)
    if (text === "") return refuse("a value should be here")
    return text === "true" ? true : text === "false" ? false : text === "null" ? null : exactNumber(text)
  }

  get #isLong(): boolean {
    this.#values += 1
    if (this.#values < sliceEntries && this.#at - this.#pausedAt < sliceCharacters) return false
    this.#values = 0
    this.#pausedAt = this.#at
    return true
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    const text = found === null ? "" : found[0]
    this.#at += text.length
    return text
  }

  #next(): string | undefined {
    if (this.#text.charCodeAt(this.#at) <= spaceCode) this.#match(space)
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
    let end = this.#quoteFrom(start + 1)
    const isPlain = this.#backslashFrom(start) > end
    while (this.#backslash < end) {
      if (this.#backslash + 1 === end) end = this.#quoteFrom(end + 1)
      this.#backslashFrom(this.#backslash + 2)
    }
    this.#at = end + 1
    return isPlain ? this.#text.slice(start + 1, end) : (JSON.parse(this.#text.slice(start, end + 1)) as string)
  }

  #quoteFrom(from: number): number {
    const quote = this.#text.indexOf('"', from)
    return quote === -1 ? refuse("a string has no end") : quote
  }

  /** Finds the first backslash at or after `from`. It is remembered, so that all strings together take one search. */
  #backslashFrom(from: number): number {
    if (this.#backslash < from) {
      const found = this.#text.indexOf("\\", from)
      this.#backslash = found === -1 ? Number.POSITIVE_INFINITY : found
    }
    return this.#backslash
  }

  *#list(depth: number): Slices<JsonValue> {
    const list: Array<JsonValue> = []
    this.#at += 1
    while (!this.#skip("]")) {
      list.push(this.#isContainer ? yield* this.#container(depth + 1) : this.#single())
      this.#skip(",")
      if (this.#isLong) yield
    }
    return list
  }

  *#object(depth: number): Slices<JsonValue> {
    const object: Record<string, JsonValue> = {}
    this.#at += 1
    while (!this.#skip("}")) {
      if (this.#next() !== '"') refuse("a name in quotes should be here")
      const key = this.#string()
      if (this.#refusesRepeated && Object.hasOwn(object, key)) {
        refuse(`the key ${JSON.stringify(cut(key, 100))} is there twice`)
      }
      this.#skip(":")
      setMember(object, key, this.#isContainer ? yield* this.#container(depth + 1) : this.#single())
      this.#skip(",")
      if (this.#isLong) yield
    }
    return object
  }
}

/** Parses any JSON text and keeps 64-bit integers exact. Accepts repeated keys; `decodeJson` refuses them. */
export const parseJson = (text: string): Result.Result<JsonValue, NotJson> =>
  guarded(() => {
    const value = JSON.parse(text) as JsonValue
    return longNumber.test(text) ? atOnce(new ExactReader(text).whole()) : value
  })

/** Parses any JSON text as `parseJson` does, and refuses one that names a key twice in one object. */
export const parseDistinctJson = (text: string): Result.Result<JsonValue, NotJson> =>
  guarded(() => {
    // Only this says whether the text is JSON.
    JSON.parse(text)
    return atOnce(new ExactReader(text, { refusesRepeated: true }).whole())
  })

/** Parses canonical text and refuses any other. */
export const decodeJson = (text: string): Result.Result<JsonValue, NotJson> => {
  const value = parsePlainly(text, depthMax)
  return value === undefined ? decodeStrictly(text) : Result.succeed(value)
}

/** Parses canonical text as `decodeJson` does, and says why it refuses any other. */
export const decodeStrictly = (text: string): Result.Result<JsonValue, NotJson> =>
  Result.flatMap(parseJson(text), (value) =>
    Result.flatMap(encodeJson(value), (canonical) =>
      canonical === text ? Result.succeed(value) : Result.fail(new NotJson({ reason: notCanonical }))
    )
  )

/** The length of a text up to which it is read and compared at once. */
const atOnceLengthMax = 256 * 1024

/** Parses text as `parseJson` does, a long one in slices. That one must be JSON, or the value is any. */
export const parsingJson = function* (text: string): Slices<Result.Result<JsonValue, NotJson>> {
  return text.length <= atOnceLengthMax ? parseJson(text) : yield* guarding(new ExactReader(text).whole())
}

/** Parses canonical text as `decodeJson` does, a long one in slices. */
export const decodingJson = function* (text: string): Slices<Result.Result<JsonValue, NotJson>> {
  if (text.length <= atOnceLengthMax) return decodeJson(text)
  const value = yield* parsingJson(text)
  if (Result.isFailure(value)) return value
  let at = 0
  const compared = yield* guarding(
    writingValue(
      value.success,
      0,
      new Writer((piece) => {
        if (!text.startsWith(piece, at)) refuse(notCanonical)
        at += piece.length
      })
    )
  )
  if (Result.isFailure(compared)) return Result.fail(compared.failure)
  return at === text.length ? value : Result.fail(new NotJson({ reason: notCanonical }))
}

const notCanonical = "the JSON is not in canonical form (RFC 8785)"

/** Sets a member, even one named `__proto__`, which plain assignment would turn into the prototype. */
export const setMember = (object: Record<string, JsonValue>, key: string, value: JsonValue): void => {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  } else {
    object[key] = value
  }
}
