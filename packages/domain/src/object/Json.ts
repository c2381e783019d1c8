/**
 * JSON values as this project holds them in memory. Integers beyond ±(2^53 - 1) are `bigint`, so 64-bit integers
 * survive; keys may be anything, also `__proto__`, which is why objects come only from the codecs.
 */
export type JsonValue = null | boolean | number | bigint | string | ReadonlyArray<JsonValue> | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}
