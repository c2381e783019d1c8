/** How a diff is shown to people, much as `git diff` does. */
import type { FileDiff } from "@musehub/domain/usecase/browse/fileDiffs"
import type { TextHunk } from "@musehub/domain/reading/lines/HunkWriter"
import { counted, shown } from "../../output.ts"
import { paint } from "../../terminal/paint.ts"

/** Makes a line safe for a terminal. Tabs stay, since they only move to the right. */
const shownLine = (line: string): string => line.split("\t").map(shown).join("\t")

const colourOf = new Map([
  ["+", "added"],
  ["-", "removed"]
] as const satisfies ReadonlyArray<readonly [string, Parameters<typeof paint>[0]]>)

const linesOf = (text: string): ReadonlyArray<string> =>
  text.split("\n").flatMap((line, place, { length }) => {
    if (line === "" && place === length - 1) return []
    const colour = colourOf.get(line.charAt(0) as "+" | "-")
    return [colour === undefined ? shownLine(line) : paint(colour, shownLine(line))]
  })

const rangeOf = (start: number, lines: number): string => (lines === 1 ? `${start}` : `${start},${lines}`)

const hunkLines = ({ newLines, newStart, oldLines, oldStart, text }: TextHunk): ReadonlyArray<string> => [
  paint("place", `@@ -${rangeOf(oldStart, oldLines)} +${rangeOf(newStart, newLines)} @@`),
  ...linesOf(text)
]

/** Says in a few words what is not shown line by line. */
const remarkOf = ({ added, binary, hunks, removed, truncated }: FileDiff): ReadonlyArray<string> => {
  if (binary) return ["binary"]
  if (!truncated || hunks !== null) return []
  const lines = added === null ? "" : `: ${counted(added, "line")} added, ${removed ?? 0} removed`
  return [`too large to show${lines}`]
}

const fileLines = (file: FileDiff): ReadonlyArray<string> => {
  const { hunks, oldPath, path, status } = file
  const name = oldPath === undefined ? shown(path) : `${shown(oldPath)} → ${shown(path)}`
  return [paint("heading", `${status} ${name}`), ...remarkOf(file), ...(hunks === null ? [] : hunks.flatMap(hunkLines))]
}

const sum = (files: ReadonlyArray<FileDiff>, count: (file: FileDiff) => number | null): number =>
  files.reduce((total, file) => total + (count(file) ?? 0), 0)

/** Shows files with their hunks, after a line that counts what changed. */
export const diffText = (files: ReadonlyArray<FileDiff>): string => {
  const [added, removed] = [sum(files, (file) => file.added), sum(files, (file) => file.removed)]
  const summary = `${counted(files.length, "file")}, ${paint("added", `+${added}`)} ${paint("removed", `-${removed}`)}`
  return [summary, ...files.flatMap((file) => ["", ...fileLines(file)])].join("\n")
}
