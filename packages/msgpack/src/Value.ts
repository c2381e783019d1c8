/**
 * The values of msgpack on this wire: JSON's values and bytes. Maps are `Map`, so that `__proto__` and `constructor`
 * are ordinary keys, and 64-bit integers that do not fit in a number are `bigint`.
 */
import { Schema } from "effect"

/**
 * A decoded value. Integers within ±(2^53 - 1) are `number`, others up to 64 bits `bigint`; floats are finite. The
 * bytes of a `bin` are a copy that belongs to the value.
 */
export type MsgpackValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ReadonlyArray<MsgpackValue>
  | MsgpackMap
export interface MsgpackMap extends ReadonlyMap<string, MsgpackValue> {}

/** The type of a value, known from its first byte. */
export type MsgpackType = "nil" | "boolean" | "integer" | "float" | "string" | "binary" | "array" | "map"

/**
 * The hub refuses these bytes. `offset` is that of the wrong value from the start of the input. `limit` means that the
 * value may be valid but is larger or deeper than allowed; sending it again does not help.
 */
export class MsgpackRefused extends Schema.TaggedError<MsgpackRefused>()("MsgpackRefused", {
  offset: Schema.Number,
  reason: Schema.String,
  kind: Schema.Literals(["malformed", "limit"])
}) {
  override get message() {
    return `msgpack refused at byte ${this.offset}: ${this.reason}`
  }
}

/** Creates the error for bytes that are not msgpack, or a form of it that is not accepted here. */
export const malformed = (offset: number, reason: string) => new MsgpackRefused({ offset, reason, kind: "malformed" })

/** Creates the error for a value over its limit. */
export const overLimit = (offset: number, reason: string) => new MsgpackRefused({ offset, reason, kind: "limit" })
