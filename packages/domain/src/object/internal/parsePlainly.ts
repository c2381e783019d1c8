/**
 * Reads canonical JSON with the engine's own parser and writer, which take a third of the time of checking value by
 * value. `JSON.stringify` gives the canonical text of what `JSON.parse` made if the names of each object come in order,
 * and no number or string is among the few that it writes otherwise.
 */
import type { JsonObject, JsonValue } from "../Json.ts"

/** Begins the escape of a lone surrogate, which has no canonical form; it may also be other text. */
const surrogateEscape = "\\ud"

/** Whether the names of all objects are in order, and all numbers exact. `depth` is how much deeper they may be. */
const isPlain = (value: JsonValue, depth: number): boolean => {
  // A larger number may be an integer of 64 bits that was rounded.
  if (typeof value === "number") return Math.abs(value) <= Number.MAX_SAFE_INTEGER
  if (typeof value !== "object" || value === null) return true
  if (depth < 0) return false
  if (Array.isArray(value)) {
    for (const item of value as ReadonlyArray<JsonValue>) if (!isPlain(item, depth - 1)) return false
    return true
  }
  let before: string | undefined
  for (const key of Object.keys(value)) {
    // An object gives names that are integers first, so those are seldom in order.
    if (before !== undefined && key < before) return false
    before = key
    if (!isPlain((value as JsonObject)[key] as JsonValue, depth - 1)) return false
  }
  return true
}

/**
 * Parses canonical text whose values are nested at most `depthMax` deep. Returns undefined for any other text, and also
 * for canonical text of which this is not plain.
 */
export const parsePlainly = (text: string, depthMax: number): JsonValue | undefined => {
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch {
    // The strict way says what is wrong.
    return undefined
  }
  // White space, a name that comes twice and any other spelling make the texts differ.
  const isCanonical = isPlain(value, depthMax) && JSON.stringify(value) === text && !text.includes(surrogateEscape)
  return isCanonical ? value : undefined
}
