/** Says whether a value is small enough to be handled at once, whatever is in it. */
import type { JsonObject, JsonValue } from "../Json.ts"

/** The most characters and values of a light value, a value counting as several characters. */
const weightMax = 32 * 1024
const valueWeight = 8

/** Returns what is left of a weight after a value; less than 0 if the value is heavier. */
const remaining = (value: JsonValue, weight: number): number => {
  let left = weight - valueWeight
  if (typeof value === "string") return left - value.length
  if (typeof value !== "object" || value === null) return left
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && left >= 0; index++) left = remaining(value[index] as JsonValue, left)
    return left
  }
  const object = value as JsonObject
  for (const key in object) {
    if (left < 0) break
    left = remaining(object[key] as JsonValue, left - key.length)
  }
  return left
}

export const isLight = (value: JsonValue): boolean => remaining(value, weightMax) >= 0
