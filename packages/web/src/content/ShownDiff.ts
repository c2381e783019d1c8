/** Chooses the lines of a diff that a page shows, so that it stays small, and says where the rest begins. */
import { cut } from "@musehub/domain/base/text/cut"
import type { TextHunk } from "@musehub/domain/reading/lines/HunkWriter"
import type { FileDiff } from "@musehub/domain/usecase/browse/fileDiffs"
import { lineLengthMax } from "./Code.ts"

/** About how many characters of a page its lines take, and one of them beside its text. */
const pageLengthMax = 80_000
const rowLength = 130

/** A line of a hunk, with its number in the versions that have it. */
export interface DiffLine {
  readonly sign: string
  readonly text: string
  readonly before: number | undefined
  readonly after: number | undefined
}

/** Returns the lines of a hunk. */
export const linesOfHunk = ({ newStart, oldStart, text }: TextHunk): ReadonlyArray<DiffLine> => {
  let [before, after] = [oldStart, newStart]
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line): DiffLine => {
      const sign = line.slice(0, 1)
      return {
        sign,
        text: cut(line.slice(1), lineLengthMax),
        before: sign === " " || sign === "-" ? before++ : undefined,
        after: sign === " " || sign === "+" ? after++ : undefined
      }
    })
}

export interface ShownHunk extends Omit<TextHunk, "text"> {
  readonly lines: ReadonlyArray<DiffLine>
}

/** What is shown of a file. */
export interface ShownDiff {
  readonly file: FileDiff
  readonly hunks: ReadonlyArray<ShownHunk>
  /** The first line that is not shown, counted from 0 over all hunks; undefined if none follows. */
  readonly next: number | undefined
}

/** Shows the lines of a file from a line on, as many as there is room for: one at least. */
const shownFrom = (file: FileDiff, from: number, room: number): ShownDiff & { readonly length: number } => {
  const hunks: Array<ShownHunk> = []
  let [position, length] = [0, 0]
  for (const { text, ...place } of file.hunks ?? []) {
    const lines: Array<DiffLine> = []
    const hunk: ShownHunk = { ...place, lines }
    for (const line of linesOfHunk({ text, ...place })) {
      const here = position++
      if (here < from) continue
      const needed = rowLength + line.text.length
      if (length > 0 && length + needed > room) return { file, hunks, next: here, length }
      length += needed
      if (lines.length === 0) hunks.push(hunk)
      lines.push(line)
    }
  }
  return { file, hunks, next: undefined, length }
}

/**
 * Returns what a page shows of files: of the first one the lines from number `from` on, as many as there is room for,
 * and of each other all or none. They take about `lengthMax` characters of the page.
 */
export const shownDiffs = (
  files: ReadonlyArray<FileDiff>,
  { from = 0, lengthMax = pageLengthMax }: { readonly from?: number; readonly lengthMax?: number } = {}
): ReadonlyArray<ShownDiff> => {
  let room = lengthMax
  return files.map((file, place) => {
    const { length, ...shown } = shownFrom(file, place === 0 ? from : 0, room)
    if (place > 0 && (shown.next !== undefined || length > room)) return { file, hunks: [], next: 0 }
    room -= length
    return shown
  })
}
