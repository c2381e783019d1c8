/**
 * Merges three versions of a text line by line. Lines keep their terminators, so line endings and a missing last one
 * are preserved. Only UTF-8 without NUL is text; anything else is not merged.
 */
import { elementAt, orDefault } from "../base/expected.ts"
import { type Counted, sliceSteps } from "../base/Slices.ts"
import { diffLines, type Lines, Marks } from "./lineDiff.ts"
import { LineWriter, type Span } from "./LineWriter.ts"
import { type NumberedText, numberTexts } from "./NumberedText.ts"
import { type Region, type ThreeVersions, threeWay } from "./threeWay.ts"

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
export interface ThreeTexts {
  readonly base: NumberedText
  readonly ours: NumberedText
  readonly theirs: NumberedText
  readonly marks: Marks
}

/** Reads three versions as text, or returns why that is not possible. */
export const readTexts = function* ({ base, ours, theirs }: ThreeContents): Counted<ThreeTexts | NotMergeable> {
  const numbered = yield* numberTexts([base, ours, theirs])
  if (typeof numbered === "string") return numbered
  const lines = numbered.reduce((sum, text) => sum + text.lines.length, 0)
  return {
    base: elementAt(numbered, 0),
    ours: elementAt(numbered, 1),
    theirs: elementAt(numbered, 2),
    marks: new Marks(lines)
  }
}

/** Returns the lines of three texts. */
export const linesOf = ({ base, ours, theirs }: ThreeTexts): ThreeVersions => ({
  base: base.lines,
  ours: ours.lines,
  theirs: theirs.lines
})

const notMergeable = (reason: NotMergeable): TextMerge => ({ outcome: "not_mergeable", reason })

/** Returns the lines of a region that is not a conflict. */
export const decidedSpan = (texts: ThreeTexts, region: Region): Span =>
  region.by === "theirs"
    ? { text: texts.theirs, from: region.theirsFrom, to: region.theirsTo }
    : { text: texts.ours, from: region.oursFrom, to: region.oursTo }

/** To write a span costs some ten steps. */
export const spansPerSlice = sliceSteps / 10

/** Merges both sides' changes; a conflict where they meet and differ. */
export const mergeText = function* (contents: ThreeContents): Counted<TextMerge> {
  const texts = yield* readTexts(contents)
  if (typeof texts === "string") return notMergeable(texts)
  const regions = yield* threeWay(linesOf(texts), texts.marks)
  if (regions === undefined) return notMergeable("too_different")
  if (regions.some(({ by }) => by === "both")) return { outcome: "conflict" }
  const writer = new LineWriter()
  for (const [place, region] of regions.entries()) {
    writer.add(decidedSpan(texts, region))
    if (place % spansPerSlice === 0) yield sliceSteps
  }
  return { outcome: "merged", content: yield* writer.written() }
}

/** A range of lines. */
type Range = Pick<Span, "from" | "to">

const noLines: Range = { from: 0, to: 0 }

/** Returns the lines that a side added, by the base line that follows them, and which base lines it deleted. */
const changesOf = function* (base: Lines, side: Lines, marks: Marks) {
  const hunks = yield* diffLines(base, side, marks)
  if (hunks === undefined) return undefined
  const deleted = new Uint8Array(base.length)
  const added = new Map<number, Range>()
  for (const { from, to, start, end } of hunks) {
    deleted.fill(1, from, to)
    added.set(to, { from: start, to: end })
  }
  yield hunks.length
  return { deleted, added }
}

/** Joins two ranges of lines, ours first, without repeating what they have in common. */
const join = function* (texts: ThreeTexts, ours: Range, theirs: Range): Counted<ReadonlyArray<Span> | undefined> {
  const all = { text: texts.ours, ...ours }
  if (theirs.from === theirs.to) return [all]
  if (ours.from === ours.to) return [{ text: texts.theirs, ...theirs }]
  const hunks = yield* diffLines(
    texts.ours.lines.subarray(ours.from, ours.to),
    texts.theirs.lines.subarray(theirs.from, theirs.to),
    texts.marks
  )
  if (hunks === undefined) return undefined
  let at = ours.from
  const joined = hunks.flatMap(({ to, start, end }): ReadonlyArray<Span> => {
    const from = at
    at = ours.from + to
    return [
      { text: texts.ours, from, to: at },
      { text: texts.theirs, from: theirs.from + start, to: theirs.from + end }
    ]
  })
  return [...joined, { ...all, from: at }]
}

/**
 * Merges by the strategy `union` (docs/wire.md, section 10): keeps the lines that both sides added, ours first, and
 * deletes only lines that both deleted. So a line that one side replaced stays, followed by its replacement.
 */
export const uniteText = function* (contents: ThreeContents): Counted<TextMerge> {
  const texts = yield* readTexts(contents)
  if (typeof texts === "string") return notMergeable(texts)
  const { base } = texts
  const ours = yield* changesOf(base.lines, texts.ours.lines, texts.marks)
  const theirs = ours && (yield* changesOf(base.lines, texts.theirs.lines, texts.marks))
  if (ours === undefined || theirs === undefined) return notMergeable("too_different")
  const writer = new LineWriter()
  for (let at = 0; at <= base.lines.length; at++) {
    const [byOurs, byTheirs] = [ours.added.get(at), theirs.added.get(at)]
    if (byOurs !== undefined || byTheirs !== undefined) {
      const added = yield* join(texts, orDefault(byOurs, noLines), orDefault(byTheirs, noLines))
      if (added === undefined) return notMergeable("too_different")
      for (const span of added) writer.add(span)
    }
    const deleted = ours.deleted[at] === 1 && theirs.deleted[at] === 1
    if (at < base.lines.length && !deleted) writer.add({ text: base, from: at, to: at + 1 })
    if (at % spansPerSlice === 0) yield sliceSteps
  }
  return { outcome: "merged", content: yield* writer.written() }
}
