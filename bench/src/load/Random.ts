/**
 * Pseudo-random numbers, text and bytes, the same on every machine and in every run, so that figures of two runs are
 * about the same work. Not for secrets.
 */
import { createCipheriv } from "node:crypto"

export interface Random {
  /** Returns a number of at least 0 and less than 1. */
  readonly next: () => number
  /** Returns an integer of at least 0 and less than `end`. */
  readonly below: (end: number) => number
}

/** Mulberry32: a few instructions per number, and good enough for sizes and choices. */
export const random = (seed: number): Random => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
  return { next, below: (end) => Math.floor(next() * end) }
}

const words = (
  "const return value index manifest commit branch tempo chord verse bridge note export function await yield while " +
  "state buffer"
).split(" ")

/** Makes a line as in a source file, 30 to 70 characters long. */
export const sourceLine = (random: Random): string => {
  const count = 5 + random.below(6)
  const text = Array.from({ length: count }, () => words[random.below(words.length)] ?? "")
  return `  ${text.join(" ")} ${random.below(1_000_000)}`
}

const names = "value index manifest commit branch tempo chord verse bridge note state buffer".split(" ")

/** Lines of a function in Python, the first of which names it. */
const functionLines = 6

/** Makes a line of a file in Python, which declares a function in every sixth line. Of the same length, mostly. */
export const pythonLine = (random: Random, line: number): string => {
  const name = () => names[random.below(names.length)] ?? ""
  const numbered = `${name()}_${random.below(1_000_000)}`
  return line % functionLines === 0
    ? `def ${numbered}(${name()}, ${name()}, ${name()}):`
    : `    ${numbered} = ${name()}.${name()}(${name()}, ${random.below(1_000_000)})`
}

/** Makes bytes that do not compress: a key stream of AES, at gigabytes a second. */
export const randomBytes = (seed: number, size: number): Buffer => {
  const key = Buffer.alloc(16)
  key.writeUInt32LE(seed >>> 0)
  return createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size))
}
