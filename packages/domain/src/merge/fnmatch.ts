/**
 * Python's `fnmatch.fnmatchcase`: `*` matches any text, `?` one character, `[seq]` and `[!seq]` one of a set; a slash
 * is a character like any other. Patterns come from outside, so they are not turned into regular expressions: after a
 * mismatch only the last `*` is retried. The comparisons are counted, and a match that needs too many is given up.
 *
 * Own code: effect's `Glob`, `picomatch` and `minimatch` match paths, where `*` ends at a slash.
 */
import { elementAt, expected } from "../base/expected.ts"

type Item =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "literal"; readonly code: number }
  | {
      readonly kind: "set"
      readonly negated: boolean
      /** Inclusive. */
      readonly ranges: ReadonlyArray<readonly [number, number]>
    }

/** Splits a text into code points, which patterns match. */
export const codesOf = (text: string): ReadonlyArray<number> => Array.from(text, code)

const code = (character: string): number => expected(character.codePointAt(0), "a character")
const star = code("*")
const question = code("?")
const open = code("[")
const close = code("]")
const bang = code("!")
const hyphen = code("-")

/**
 * Returns where the set that opens at `at` ends, or undefined if it does not. A `]` in first place belongs to the set.
 */
const setEnd = (pattern: ReadonlyArray<number>, at: number): number | undefined => {
  let from = at + 1
  if (pattern[from] === bang) from++
  if (pattern[from] === close) from++
  const end = pattern.indexOf(close, from)
  return end < 0 ? undefined : end
}

/**
 * Parses a set. A hyphen that is first, last or right after a range is literal; a range that runs backwards is empty.
 */
const setOf = (content: ReadonlyArray<number>): Item => {
  const negated = content[0] === bang
  const members = negated ? content.slice(1) : content
  const ranges: Array<readonly [number, number]> = []
  for (let at = 0; at < members.length; at++) {
    const from = elementAt(members, at)
    const to = members[at + 2]
    if (members[at + 1] === hyphen && to !== undefined) {
      if (from <= to) ranges.push([from, to])
      at += 2
    } else {
      ranges.push([from, from])
    }
  }
  return { kind: "set", negated, ranges }
}

const parse = (text: string): ReadonlyArray<Item> => {
  const pattern = codesOf(text)
  const items: Array<Item> = []
  for (let at = 0; at < pattern.length; at++) {
    const next = elementAt(pattern, at)
    if (next === star) {
      if (items.at(-1)?.kind !== "star") items.push({ kind: "star" })
    } else if (next === question) {
      items.push({ kind: "any" })
    } else {
      const end = next === open ? setEnd(pattern, at) : undefined
      if (end === undefined) {
        items.push({ kind: "literal", code: next })
      } else {
        items.push(setOf(pattern.slice(at + 1, end)))
        at = end
      }
    }
  }
  return items
}

const accepts = (item: Item, character: number): boolean => {
  switch (item.kind) {
    case "literal":
      return item.code === character
    case "set":
      return item.ranges.some(([from, to]) => from <= character && character <= to) !== item.negated
    default:
      return true
  }
}

/** Counts what matching costs, in compared characters. */
export interface MatchCost {
  steps: number
}

/** Comparisons after which one match is given up: a few milliseconds. */
export const matchStepsMax = 1_000_000

const costOf = (item: Item | undefined): number => (item?.kind === "set" ? 1 + item.ranges.length : 1)

const matches = (items: ReadonlyArray<Item>, text: ReadonlyArray<number>, cost: MatchCost): boolean | undefined => {
  const stepsMax = cost.steps + matchStepsMax
  let at = 0
  let read = 0
  let afterStar = -1
  let starRead = 0
  while (read < text.length) {
    const item = items[at]
    cost.steps += costOf(item)
    if (cost.steps > stepsMax) return undefined
    if (item?.kind === "star") {
      afterStar = ++at
      starRead = read
    } else if (item !== undefined && accepts(item, elementAt(text, read))) {
      at++
      read++
    } else if (afterStar >= 0) {
      at = afterStar
      read = ++starRead
    } else {
      return false
    }
  }
  if (items[at]?.kind === "star") at++
  return at === items.length
}

/** Says whether a text, as code points, matches whole and case-sensitively; undefined if the match was given up. */
export type Match = (text: ReadonlyArray<number>, cost: MatchCost) => boolean | undefined

/** Compiles a pattern. Every pattern is valid. */
export const fnmatch = (pattern: string): Match => {
  const items = parse(pattern)
  return (text, cost) => matches(items, text, cost)
}
