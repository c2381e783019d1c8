/**
 * Merges three versions of a text line by line. Lines keep their terminators, so line endings and a missing last one
 * are preserved. Only UTF-8 without NUL is text; anything else is not merged.
 */
import { utf8 } from "../base/Bytes.ts"
import { elementAt, orDefault } from "../base/expected.ts"
import { diffLines, type Lines } from "./lineDiff.ts"
import { type Region, type ThreeVersions, threeWay } from "./threeWay.ts"

/** Bytes of one version of a file that is merged by lines. Three versions and their lines are in memory at once. */
export const textBytesMax = 8 * 1024 * 1024
/** Lines in one version. Each costs some 200 bytes during the merge, however short it is. */
export const textLinesMax = 500_000

/** Why contents cannot be merged by lines. */
export type NotMergeable = "not_text" | "too_large" | "too_different"

export type TextMerge =
  | { readonly outcome: "merged"; readonly content: Uint8Array }
  | { readonly outcome: "conflict" }
  | { readonly outcome: "not_mergeable"; readonly reason: NotMergeable }

export interface ThreeContents {
  readonly base: Uint8Array
  readonly ours: Uint8Array
  readonly theirs: Uint8Array
}

/** Three texts whose lines are numbered alike. */
export interface ThreeTexts extends ThreeVersions {
  /** Returns the line of a number. */
  readonly line: (number: number) => string
  /** Returns the number of a line, which may be new. */
  readonly number: (line: string) => number
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const textOf = (bytes: Uint8Array): string | undefined => {
  if (bytes.includes(0)) return undefined
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/** Splits a text into lines; undefined when there are too many. */
const linesOf = (text: string): ReadonlyArray<string> | undefined => {
  const lines: Array<string> = []
  for (let from = 0; from < text.length;) {
    const end = text.indexOf("\n", from)
    const next = end < 0 ? text.length : end + 1
    if (lines.push(text.slice(from, next)) > textLinesMax) return undefined
    from = next
  }
  return lines
}

/** Reads three versions as text, or returns why that is not possible. */
export const readTexts = (contents: ThreeContents): ThreeTexts | NotMergeable => {
  const all = [contents.base, contents.ours, contents.theirs]
  if (all.some((bytes) => bytes.byteLength > textBytesMax)) return "too_large"
  const numbers = new Map<string, number>()
  const table: Array<string> = []
  const number = (line: string): number => {
    const known = numbers.get(line)
    if (known !== undefined) return known
    numbers.set(line, table.length)
    return table.push(line) - 1
  }
  const versions: Array<Lines> = []
  for (const bytes of all) {
    const text = textOf(bytes)
    if (text === undefined) return "not_text"
    const lines = linesOf(text)
    if (lines === undefined) return "too_large"
    versions.push(lines.map(number))
  }
  const [base = [], ours = [], theirs = []] = versions
  return { base, ours, theirs, line: (at) => elementAt(table, at), number }
}

const lineEnd = /\r?\n$/

/**
 * Encodes lines. A line that used to be the last of its file and no longer is gets the terminator of the line before
 * it, so that two lines do not become one.
 */
export const writeLines = (texts: ThreeTexts, lines: Lines): Uint8Array => {
  const written = lines.map((number, at) => {
    const line = texts.line(number)
    if (at === lines.length - 1 || line.endsWith("\n")) return line
    return `${line}${lineEnd.exec(texts.line(elementAt(lines, at - 1)))?.[0] ?? "\n"}`
  })
  return utf8(written.join(""))
}

const notMergeable = (reason: NotMergeable): TextMerge => ({ outcome: "not_mergeable", reason })

const mergedLines = (texts: ThreeTexts, { ours, theirs, by }: Region): Lines =>
  by === "theirs" ? texts.theirs.slice(theirs.from, theirs.to) : texts.ours.slice(ours.from, ours.to)

/** Merges both sides' changes; a conflict where they meet and differ. */
export const mergeText = (contents: ThreeContents): TextMerge => {
  const texts = readTexts(contents)
  if (typeof texts === "string") return notMergeable(texts)
  const regions = threeWay(texts)
  if (regions === undefined) return notMergeable("too_different")
  if (regions.some(({ by }) => by === "both")) return { outcome: "conflict" }
  return {
    outcome: "merged",
    content: writeLines(
      texts,
      regions.flatMap((region) => mergedLines(texts, region))
    )
  }
}

/** Returns the lines that a side added, by the base line that follows them, and the base lines that it deleted. */
const changesOf = (base: Lines, side: Lines) => {
  const hunks = diffLines(base, side)
  if (hunks === undefined) return undefined
  const deleted = new Set<number>()
  const added = new Map<number, Lines>()
  for (const { from, to, start, end } of hunks) {
    for (let at = from; at < to; at++) deleted.add(at)
    added.set(to, side.slice(start, end))
  }
  return { deleted, added }
}

/** Joins two lists, ours first, without repeating what they have in common. */
const join = (ours: Lines, theirs: Lines): Lines | undefined => {
  if (theirs.length === 0) return ours
  const hunks = diffLines(ours, theirs)
  if (hunks === undefined) return undefined
  let at = 0
  const joined = hunks.map(({ to, start, end }) => {
    const lines = [...ours.slice(at, to), ...theirs.slice(start, end)]
    at = to
    return lines
  })
  return [...joined, ours.slice(at)].flat()
}

/**
 * Merges by the strategy `union` (docs/wire.md, section 10): keeps the lines that both sides added, ours first, and
 * deletes only lines that both deleted. So a line that one side replaced stays, followed by its replacement. Never a
 * conflict.
 */
export const uniteText = (contents: ThreeContents): TextMerge => {
  const texts = readTexts(contents)
  if (typeof texts === "string") return notMergeable(texts)
  const ours = changesOf(texts.base, texts.ours)
  const theirs = ours && changesOf(texts.base, texts.theirs)
  if (ours === undefined || theirs === undefined) return notMergeable("too_different")
  const lines: Array<number> = []
  for (let at = 0; at <= texts.base.length; at++) {
    const added = join(orDefault(ours.added.get(at), []), orDefault(theirs.added.get(at), []))
    if (added === undefined) return notMergeable("too_different")
    for (const line of added) lines.push(line)
    const line = texts.base[at]
    if (line !== undefined && !(ours.deleted.has(at) && theirs.deleted.has(at))) lines.push(line)
  }
  return { outcome: "merged", content: writeLines(texts, lines) }
}
