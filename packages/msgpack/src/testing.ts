/** For tests: values and chunks from a seed, so that a failure can be reproduced. */
import type { MsgpackValue } from "./Value.ts"

/** Returns a number from 0 to below `limit`, the same for the same seed. */
export type Random = (limit: number) => number

/** Creates a generator (mulberry32), good enough to choose test data. */
export const seeded = (seed: number): Random => {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit)
  }
}

const texts = [
  "",
  "a",
  "path/to/file.py",
  "__proto__",
  "constructor",
  "é",
  "日本語/ファイル",
  "🎵.mid",
  "\uFFFD",
  "\uFEFFx",
  "\0"
]
const longText = "0123456789abcdef"

const randomText = (random: Random): string => {
  const base = texts[random(texts.length)] ?? ""
  return random(3) === 0 ? base + longText.repeat(random(20)) : base
}

/** Returns a value of any type, often at the limits of the encoding. */
export const randomValue = (random: Random, depth: number): MsgpackValue => {
  switch (random(depth > 0 ? 10 : 8)) {
    case 0:
      return null
    case 1:
      return random(2) === 0
    case 2:
      return (random(2) === 0 ? 1 : -1) * (2 ** random(53) - random(2)) || 0
    case 3:
      return random(2) === 0 ? 2n ** 53n + BigInt(random(2 ** 31)) : 2n ** 64n - 1n - BigInt(random(2 ** 31))
    case 4:
      return -(2n ** 53n) - BigInt(random(2 ** 31))
    case 5:
      return random(2 ** 31) + 0.5
    case 6:
      return randomText(random)
    case 7:
      return new Uint8Array(random(300)).fill(random(256))
    case 8:
      return Array.from({ length: random(20) }, () => randomValue(random, depth - 1))
    default:
      return new Map(
        Array.from({ length: random(20) }, (_, index) => [
          `${randomText(random)}${index}`,
          randomValue(random, depth - 1)
        ])
      )
  }
}

/** Cuts bytes into chunks at random places; some chunks are empty. */
export const randomChunks = (random: Random, bytes: Uint8Array, sizeMax: number): Array<Uint8Array> => {
  const chunks: Array<Uint8Array> = []
  for (let at = 0; at < bytes.byteLength;) {
    const size = random(sizeMax + 1)
    chunks.push(bytes.slice(at, at + size))
    at += size
  }
  return chunks
}
