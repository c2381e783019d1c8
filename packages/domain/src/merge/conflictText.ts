/**
 * A text with its conflicts marked in `git`'s form. It is never shown: it stands for the merge of several merge bases,
 * so that the merge that follows can still find where the bases agree.
 */
import { diffLines, type Lines } from "./lineDiff.ts"
import { readTexts, type ThreeContents, type ThreeTexts, writeLines } from "./TextMerge.ts"
import { threeWay } from "./threeWay.ts"

/** Conflicts with at most this many lines between them are joined, so that markers do not break up the text. */
const joinedAcross = 3

/** Undisputed lines, either unchanged or changed, or both sides of a conflict. */
type Piece =
  | { readonly kind: "same" | "changed"; readonly lines: Lines }
  | { readonly kind: "conflict"; readonly ours: Lines; readonly theirs: Lines }

/** Splits a conflict at the lines on which the sides agree. */
const refine = (ours: Lines, theirs: Lines): ReadonlyArray<Piece> => {
  const hunks = ours.length > 0 && theirs.length > 0 ? diffLines(ours, theirs) : undefined
  if (hunks === undefined) return [{ kind: "conflict", ours, theirs }]
  let at = 0
  const pieces = hunks.flatMap(({ from, to, start, end }): ReadonlyArray<Piece> => {
    const agreed = ours.slice(at, from)
    at = to
    return [
      { kind: "same", lines: agreed },
      { kind: "conflict", ours: ours.slice(from, to), theirs: theirs.slice(start, end) }
    ]
  })
  return [...pieces, { kind: "same", lines: ours.slice(at) }]
}

const piecesOf = (texts: ThreeTexts): ReadonlyArray<Piece> | undefined =>
  threeWay(texts)?.flatMap((region): ReadonlyArray<Piece> => {
    const ours = texts.ours.slice(region.ours.from, region.ours.to)
    const theirs = texts.theirs.slice(region.theirs.from, region.theirs.to)
    if (region.by === "both") return refine(ours, theirs)
    return [{ kind: region.by === "neither" ? "same" : "changed", lines: region.by === "theirs" ? theirs : ours }]
  })

/** Joins runs of undisputed lines, then conflicts with only a few lines between them. */
const simplify = (pieces: ReadonlyArray<Piece>): ReadonlyArray<Piece> => {
  const joined: Array<Piece> = []
  let same: Array<Lines> = []
  const flush = () => {
    const lines = same.flat()
    if (lines.length > 0) joined.push({ kind: "same", lines })
    same = []
  }
  for (const piece of pieces) {
    if (piece.kind === "same") {
      same.push(piece.lines)
      continue
    }
    const before = joined.at(-1)
    const between = same.flat()
    if (piece.kind === "conflict" && before?.kind === "conflict" && between.length <= joinedAcross) {
      const ours = [...before.ours, ...between, ...piece.ours]
      const theirs = [...before.theirs, ...between, ...piece.theirs]
      joined.splice(-1, 1, { kind: "conflict", ours, theirs })
      same = []
    } else {
      flush()
      joined.push(piece)
    }
  }
  flush()
  return joined
}

/**
 * Merges three versions and marks conflicts with markers of this width. Returns undefined when they cannot be merged by
 * lines.
 */
export const markConflicts = (contents: ThreeContents, markerSize: number): Uint8Array | undefined => {
  const texts = readTexts(contents)
  if (typeof texts === "string") return undefined
  const pieces = piecesOf(texts)
  if (pieces === undefined) return undefined
  const marker = (sign: string, label: string) => texts.number(`${sign.repeat(markerSize)}${label}\n`)
  const lines = simplify(pieces).flatMap((piece) =>
    piece.kind === "conflict"
      ? [marker("<", " ours"), ...piece.ours, marker("=", ""), ...piece.theirs, marker(">", " theirs")]
      : piece.lines
  )
  return writeLines(texts, lines)
}
