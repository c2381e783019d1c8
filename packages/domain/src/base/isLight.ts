/** Says whether a value is small enough to be encoded at once, whatever is in it. */

/** The most characters and values of a light value, a value counting as several characters. */
const weightMax = 32 * 1024
const valueWeight = 8

/** Returns what is left of a weight after a value of lists and plain objects; less than 0 if the value is heavier. */
const remaining = (value: unknown, weight: number): number => {
  let left = weight - valueWeight
  if (typeof value === "string") return left - value.length
  if (typeof value !== "object" || value === null) return left
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && left >= 0; index++) left = remaining(value[index], left)
    return left
  }
  for (const key in value) {
    if (left < 0) break
    left = remaining((value as { readonly [key: string]: unknown })[key], left - key.length)
  }
  return left
}

export const isLight = (value: unknown): boolean => remaining(value, weightMax) >= 0
