/**
 * A text with its conflicts marked in `git`'s form. It is never shown: it stands for the merge of several merge bases,
 * so that the merge that follows can still find where the bases agree.
 */
import { type Counted, sliceSteps } from "../base/Slices.ts"
import { diffLines, type Marks } from "./lineDiff.ts"
import { LineWriter, type Span } from "./LineWriter.ts"
import type { NumberedText } from "./NumberedText.ts"
import { decidedSpan, linesOf, readTexts, spansPerSlice, type ThreeContents, type ThreeTexts } from "./TextMerge.ts"
import { threeWay } from "./threeWay.ts"

/** Conflicts with at most this many lines between them are joined, so that markers do not break up the text. */
const joinedAcross = 3

/** Undisputed lines, either unchanged or changed, or both sides of a conflict. */
type Piece =
  | { readonly kind: "same" | "changed"; readonly lines: Span }
  | { readonly kind: "conflict"; readonly ours: ReadonlyArray<Span>; readonly theirs: ReadonlyArray<Span> }

type NumberedSpan = Span & { readonly text: NumberedText }

const numbersOf = ({ text, from, to }: NumberedSpan) => text.lines.subarray(from, to)

/** Splits a conflict at the lines on which the sides agree. */
const refine = function* (ours: NumberedSpan, theirs: NumberedSpan, marks: Marks): Counted<ReadonlyArray<Piece>> {
  const some = ours.from < ours.to && theirs.from < theirs.to
  const hunks = some ? yield* diffLines(numbersOf(ours), numbersOf(theirs), marks) : undefined
  if (hunks === undefined) return [{ kind: "conflict", ours: [ours], theirs: [theirs] }]
  let at = ours.from
  const pieces = hunks.flatMap(({ from, to, start, end }): ReadonlyArray<Piece> => {
    const agreed = { ...ours, from: at, to: ours.from + from }
    at = ours.from + to
    return [
      { kind: "same", lines: agreed },
      {
        kind: "conflict",
        ours: [{ ...ours, from: ours.from + from, to: at }],
        theirs: [{ ...theirs, from: theirs.from + start, to: theirs.from + end }]
      }
    ]
  })
  return [...pieces, { kind: "same", lines: { ...ours, from: at } }]
}

const piecesOf = function* (texts: ThreeTexts): Counted<ReadonlyArray<Piece> | undefined> {
  const regions = yield* threeWay(linesOf(texts), texts.marks)
  if (regions === undefined) return undefined
  const pieces: Array<Piece> = []
  for (const [place, region] of regions.entries()) {
    if (place % spansPerSlice === 0) yield sliceSteps
    if (region.by === "both") {
      const { oursFrom, oursTo, theirsFrom, theirsTo } = region
      const ours = { text: texts.ours, from: oursFrom, to: oursTo }
      const refined = yield* refine(ours, { text: texts.theirs, from: theirsFrom, to: theirsTo }, texts.marks)
      for (const piece of refined) pieces.push(piece)
    } else {
      pieces.push({ kind: region.by === "neither" ? "same" : "changed", lines: decidedSpan(texts, region) })
    }
  }
  return pieces
}

/** A conflict to which the ones that follow it closely are added. */
interface Open {
  readonly ours: Array<Span>
  readonly theirs: Array<Span>
}

/** Writes pieces with markers, and joins conflicts that have few lines between them. */
const writePieces = function* (pieces: ReadonlyArray<Piece>, markerSize: number): Counted<Uint8Array> {
  const writer = new LineWriter()
  const marker = (sign: string, label: string) => writer.addLine(`${sign.repeat(markerSize)}${label}\n`)
  let open: Open | undefined
  let between: Array<Span> = []
  const flush = () => {
    if (open !== undefined) {
      marker("<", " ours")
      for (const span of open.ours) writer.add(span)
      marker("=", "")
      for (const span of open.theirs) writer.add(span)
      marker(">", " theirs")
    }
    for (const span of between) writer.add(span)
    open = undefined
    between = []
  }
  for (const [place, piece] of pieces.entries()) {
    if (place % spansPerSlice === 0) yield sliceSteps
    if (piece.kind === "conflict") {
      const count = between.reduce((sum, { from, to }) => sum + to - from, 0)
      if (open === undefined || count > joinedAcross) {
        flush()
        open = { ours: [], theirs: [] }
      }
      open.ours.push(...between, ...piece.ours)
      open.theirs.push(...between, ...piece.theirs)
      between = []
    } else if (piece.kind === "changed") {
      flush()
      writer.add(piece.lines)
    } else {
      between.push(piece.lines)
    }
  }
  flush()
  return yield* writer.written()
}

/**
 * Merges three versions and marks conflicts with markers of this width. Returns undefined when they cannot be merged by
 * lines.
 */
export const markConflicts = function* (contents: ThreeContents, markerSize: number): Counted<Uint8Array | undefined> {
  const texts = yield* readTexts(contents)
  if (typeof texts === "string") return undefined
  const pieces = yield* piecesOf(texts)
  return pieces && (yield* writePieces(pieces, markerSize))
}
