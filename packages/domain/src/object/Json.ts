/**
 * JSON values in memory. Integers beyond ±(2^53 - 1) are `bigint`, so 64-bit integers survive. Keys may be any text,
 * even `__proto__`, so objects come only from the codecs.
 */
export type JsonValue = null | boolean | number | bigint | string | ReadonlyArray<JsonValue> | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}
