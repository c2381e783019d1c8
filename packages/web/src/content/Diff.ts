/** Shows what changed in files: the lines of hunks in one column, or those of before and after side by side. */
import type { FileDiff } from "@musehub/domain/usecase/browse/fileDiffs"
import type { ComponentChildren, VNode } from "preact"
import { h } from "../html/h.ts"
import { Tag } from "../html/parts.ts"
import { Name, visible } from "../html/visible.ts"
import type { DiffLine, ShownDiff, ShownHunk } from "./ShownDiff.ts"

/** Lines up to which a file's diff is open at first. */
const openLinesMax = 300

const classes: { readonly [sign: string]: string } = { "+": "added", "-": "removed" }

const cell = (kind: string, content: ComponentChildren): VNode => h("td", { class: kind }, content)

const unifiedRow = ({ after, before, sign, text }: DiffLine): VNode =>
  h(
    "tr",
    { class: classes[sign] },
    cell("n", before),
    cell("n", after),
    cell("sign", sign === " " ? null : sign),
    cell("text", visible(text))
  )

/** Pairs what was removed with what was added in its place. */
export const pairsOf = (
  lines: ReadonlyArray<DiffLine>
): ReadonlyArray<readonly [before: DiffLine | undefined, after: DiffLine | undefined]> => {
  const pairs: Array<readonly [DiffLine | undefined, DiffLine | undefined]> = []
  let removed: Array<DiffLine> = []
  let added: Array<DiffLine> = []
  const settle = () => {
    for (let place = 0; place < Math.max(removed.length, added.length); place++) {
      pairs.push([removed[place], added[place]])
    }
    removed = []
    added = []
  }
  for (const line of lines) {
    if (line.sign === "-") removed.push(line)
    else if (line.sign === "+") added.push(line)
    else {
      settle()
      pairs.push([line, line])
    }
  }
  settle()
  return pairs
}

const side = (line: DiffLine | undefined, number: number | undefined): ReadonlyArray<VNode> =>
  line === undefined
    ? [cell("n absent", null), cell("text absent", null)]
    : [cell(`n ${classes[line.sign] ?? ""}`, number), cell(`text ${classes[line.sign] ?? ""}`, visible(line.text))]

const splitRow = ([before, after]: readonly [DiffLine | undefined, DiffLine | undefined]): VNode =>
  h("tr", null, side(before, before?.before), side(after, after?.after))

const widths = { split: ["n", "text", "n", "text"], unified: ["n", "n", "sign", "text"] } as const

const columns = 4

const Hunks = ({ hunks, split }: { readonly hunks: ReadonlyArray<ShownHunk>; readonly split: boolean }): VNode => {
  const rows = hunks.flatMap(({ lines, newLines, newStart, oldLines, oldStart }) => {
    const place = `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`
    const heading = h("tr", { class: "hunk" }, h("td", { colSpan: columns }, place))
    return [heading, ...(split ? pairsOf(lines).map(splitRow) : lines.map(unifiedRow))]
  })
  return h(
    "table",
    { class: split ? "diff split" : "diff", dir: "ltr" },
    // The widths of a table come from its columns, since its first row is the place of a hunk.
    h(
      "colgroup",
      null,
      widths[split ? "split" : "unified"].map((name) => h("col", { class: name }))
    ),
    h("tbody", null, rows)
  )
}

const reasonOf = ({ added, binary, hunks, truncated }: FileDiff): string | undefined => {
  if (binary) return "It is binary."
  if (truncated || hunks === null) return "It is too large, or changed too much, to be shown by line."
  return hunks.length === 0 && added === 0 ? "Its lines are the same." : undefined
}

/** One file of a diff. `rest` leads to its lines that are not shown, if there are any. */
export const FileDiffBody = ({
  isOpen = false,
  rest,
  shown: { file, hunks, next },
  split
}: {
  readonly shown: ShownDiff
  readonly split: boolean
  /** Whether it is open although it is large. */
  readonly isOpen?: boolean
  readonly rest: ComponentChildren
}): VNode => {
  const { added, oldPath, path, removed, status } = file
  const reason = reasonOf(file)
  return h(
    "details",
    { class: "diff-file", open: isOpen || (added ?? 0) + (removed ?? 0) <= openLinesMax },
    h(
      "summary",
      null,
      oldPath === undefined ? null : [h(Name, { text: oldPath }), " → "],
      h(Name, { text: path }),
      " ",
      h(Tag, { kind: status }, status),
      " ",
      added === null ? null : h("span", { class: "counts plus" }, `+${added}`),
      " ",
      removed === null ? null : h("span", { class: "counts minus" }, `−${removed}`)
    ),
    reason === undefined ? null : h("p", null, reason),
    hunks.length === 0 ? null : h(Hunks, { hunks, split }),
    next === undefined ? null : h("p", null, rest)
  )
}
