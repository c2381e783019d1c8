/**
 * What msgpack can say on this wire, as data: JSON's values plus bytes. Maps are `Map`, so that `__proto__` and
 * `constructor` are keys like any other, and 64-bit integers that a number cannot hold are `bigint`.
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

/** What the next value is, told from its first byte. */
export type MsgpackType = "nil" | "boolean" | "integer" | "float" | "string" | "binary" | "array" | "map"

/**
 * The bytes are not msgpack that this hub reads. `offset` counts from the start of the input to the value at fault.
 * `limit` means that the value may be sound but is larger or deeper than allowed; sending it again does not help.
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

/** Makes the error for bytes that are no msgpack at all, or a kind of msgpack that has no place here. */
export const malformed = (offset: number, reason: string) => new MsgpackRefused({ offset, reason, kind: "malformed" })

/** Makes the error for more than is allowed. */
export const overLimit = (offset: number, reason: string) => new MsgpackRefused({ offset, reason, kind: "limit" })
