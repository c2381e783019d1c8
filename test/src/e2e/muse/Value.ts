/**
 * Values on the wire, as the tests see them: maps are `Map`s, so that no key is lost in a JavaScript object, and two
 * values mean the same when `sameValue` says so. The codec is `@msgpack/msgpack`, independent of the hub's own.
 */
import { decode, type DecoderOptions, encode } from "@msgpack/msgpack"
import { deepStrictEqual } from "node:assert"

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ReadonlyArray<Value>
  | ReadonlyMap<string, Value>
export type Fields = ReadonlyMap<string, Value>

/** A value as a test writes it: objects stand for maps. */
export type Sendable = Value | ReadonlyArray<Sendable> | { readonly [key: string]: Sendable }

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** A prefix for every key: the library refuses the key `__proto__`, and an object would not keep the order of `1`. */
const mark = "="
const markedKeys: DecoderOptions["keyDecoder"] = {
  canBeCached: () => true,
  decode: (bytes, offset, length) => mark + strict.decode(bytes.subarray(offset, offset + length))
}

const unmarked = (value: unknown): Value => {
  if (Array.isArray(value)) return value.map(unmarked)
  // The library returns every 64-bit integer as bigint; those that fit a number exactly become numbers here.
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value as Value
  return new Map(Object.entries(value).map(([key, member]) => [key.slice(mark.length), unmarked(member)]))
}

export const fromMsgpack = (bytes: Uint8Array): Value =>
  unmarked(decode(bytes, { keyDecoder: markedKeys, useBigInt64: true }))

const plain = (value: Sendable): unknown => {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(plain)
  const entries: Iterable<readonly [string, Sendable]> = value instanceof Map ? value : Object.entries(value)
  // Defines members as JSON.parse does; an assignment to `__proto__` would set the prototype.
  return Object.fromEntries(Array.from(entries, ([key, member]) => [key, plain(member)]))
}

export const toMsgpack = (value: Sendable): Uint8Array => encode(plain(value), { useBigInt64: true })

const mapped = (value: unknown): Value => {
  if (Array.isArray(value)) return value.map(mapped)
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value as Value
  return new Map(Object.entries(value).map(([key, member]) => [key, mapped(member)]))
}

/** Converts a value that a test wrote, with objects as maps. */
export const valueOf = (value: Sendable): Value => mapped(plain(value))

/** Integers beyond 2^53 stay exact. */
export const fromJson = (text: string): Value =>
  mapped(
    JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) =>
      typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
        ? BigInt(context?.source ?? 0)
        : value
    )
  )

export const toJson = (value: Sendable): string =>
  JSON.stringify(plain(value), (_key, member: unknown) =>
    typeof member === "bigint"
      ? (JSON as unknown as { readonly rawJSON: (text: string) => unknown }).rawJSON(member.toString())
      : member
  )

/** Fails with a readable difference unless both mean the same; the order of map keys is irrelevant. */
export const assertSame = (actual: Value, expected: Value, message: string): void => {
  try {
    deepStrictEqual(actual, expected)
  } catch (difference) {
    throw new Error(`${message}: ${difference instanceof Error ? difference.message : String(difference)}`, {
      cause: difference
    })
  }
}

export const isFields = (value: Value | undefined): value is Fields => value instanceof Map

/** Returns the member of a map; fails when there is none. */
export const member = (value: Value, ...path: ReadonlyArray<string>): Value => {
  let found = value
  for (const key of path) {
    const next = isFields(found) ? found.get(key) : undefined
    if (next === undefined) throw new Error(`no member ${path.join(".")}`)
    found = next
  }
  return found
}

export const textOf = (value: Value, ...path: ReadonlyArray<string>): string => {
  const found = member(value, ...path)
  if (typeof found !== "string") throw new TypeError(`${path.join(".")} is not a string`)
  return found
}

export const listOf = (value: Value, ...path: ReadonlyArray<string>): ReadonlyArray<Value> => {
  const found = member(value, ...path)
  if (!Array.isArray(found)) throw new TypeError(`${path.join(".")} is not a list`)
  return found as ReadonlyArray<Value>
}

export const textsOf = (value: Value, ...path: ReadonlyArray<string>): ReadonlyArray<string> =>
  listOf(value, ...path).map((element) => {
    if (typeof element !== "string") throw new TypeError(`${path.join(".")} holds more than strings`)
    return element
  })

export const fieldsOf = (value: Value, ...path: ReadonlyArray<string>): Fields => {
  const found = member(value, ...path)
  if (!isFields(found)) throw new TypeError(`${path.join(".")} is not a map`)
  return found
}

export const recordsOf = (value: Value, ...path: ReadonlyArray<string>): ReadonlyArray<Fields> =>
  listOf(value, ...path).map((element) => {
    if (!isFields(element)) throw new TypeError(`${path.join(".")} holds more than maps`)
    return element
  })

export const bytesOf = (value: Value, ...path: ReadonlyArray<string>): Uint8Array => {
  const found = member(value, ...path)
  if (!(found instanceof Uint8Array)) throw new TypeError(`${path.join(".")} is not binary`)
  return found
}
