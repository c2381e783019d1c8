/**
 * Merging three versions of a text line by line. Lines keep their terminators, so line endings and a missing last one
 * come out as they went in. Only UTF-8 without NUL is text: everything else is never joined.
 */
import { utf8 } from "../base/Bytes.ts"
import { diffLines, type Lines } from "./lineDiff.ts"
import { type Region, type ThreeVersions, threeWay } from "./threeWay.ts"

/** One version of a file to be merged by lines: three of them and their lines are in memory at once. */
export const textBytesMax = 8 * 1024 * 1024
/** Lines in one version: each costs some 200 bytes while it is merged, however short it is. */
export const textLinesMax = 500_000

/** Why bytes cannot be joined by lines. */
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

/** Three texts with their lines numbered alike. */
export interface ThreeTexts extends ThreeVersions {
  /** The line that a number stands for. */
  readonly line: (number: number) => string
  /** The number of a line that may be new. */
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

/** Undefined when there are too many. */
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

/** Reads three versions as text, or says why that cannot be. */
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
  return { base, ours, theirs, line: (at) => table[at] ?? "", number }
}

const lineEnd = /\r?\n$/

/**
 * The bytes of these lines. A line that was the last of its file and is not any more gets the terminator that the
 * line before it has, since two lines must not become one.
 */
export const writeLines = (texts: ThreeTexts, lines: Lines): Uint8Array => {
  const written = lines.map((number, at) => {
    const line = texts.line(number)
    if (at === lines.length - 1 || line.endsWith("\n")) return line
    return `${line}${lineEnd.exec(texts.line(lines[at - 1] ?? -1))?.[0] ?? "\n"}`
  })
  return utf8(written.join(""))
}

const notMergeable = (reason: NotMergeable): TextMerge => ({ outcome: "not_mergeable", reason })

const mergedLines = (texts: ThreeTexts, { ours, theirs, by }: Region): Lines =>
  by === "theirs" ? texts.theirs.slice(theirs.from, theirs.to) : texts.ours.slice(ours.from, ours.to)

/** The normal merge: both sides' changes, or a conflict where they meet and differ. */
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

/** Lines that a side added, by the base line before which they stand, and the base lines that it deleted. */
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

/** Both lists, ours first; what they have in common comes once. */
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
 * The strategy `union` (docs/wire.md, section 10): keeps the lines that both sides added, ours first, and deletes only
 * what both deleted. So a line that one side replaced stays, followed by what replaced it. Never a conflict.
 */
export const uniteText = (contents: ThreeContents): TextMerge => {
  const texts = readTexts(contents)
  if (typeof texts === "string") return notMergeable(texts)
  const ours = changesOf(texts.base, texts.ours)
  const theirs = ours && changesOf(texts.base, texts.theirs)
  if (ours === undefined || theirs === undefined) return notMergeable("too_different")
  const lines: Array<number> = []
  for (let at = 0; at <= texts.base.length; at++) {
    const added = join(ours.added.get(at) ?? [], theirs.added.get(at) ?? [])
    if (added === undefined) return notMergeable("too_different")
    for (const line of added) lines.push(line)
    const line = texts.base[at]
    if (line !== undefined && !(ours.deleted.has(at) && theirs.deleted.has(at))) lines.push(line)
  }
  return { outcome: "merged", content: writeLines(texts, lines) }
}
