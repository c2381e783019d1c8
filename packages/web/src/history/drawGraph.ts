/** Draws the lanes of a history: one path a colour, and a circle a commit. Lengths are in pixels. */
import { colourOf } from "../chart/Swatch.ts"
import type { GraphRow } from "./Lanes.ts"

/** Of a row, as high as an item of the list beside the picture: 2.75rem. */
const rowHeight = 44
const columnWidth = 12
/** Columns of the picture: all lanes from the last one on share it. */
const columnsMax = 10
const colours = 6

export interface Drawn {
  readonly width: number
  readonly height: number
  readonly lines: ReadonlyArray<{ readonly colour: string; readonly path: string }>
  readonly nodes: ReadonlyArray<{
    readonly x: number
    readonly y: number
    readonly colour: string
    readonly isMerge: boolean
  }>
}

const columnOf = (lane: number): number => Math.min(lane, columnsMax - 1)
const xOf = (lane: number): number => columnOf(lane) * columnWidth + columnWidth / 2
const laneColour = (lane: number): string => colourOf(lane >= columnsMax - 1 ? colours : lane % colours)

/** A line that changes its lane. */
const bend = (from: number, top: number, to: number, bottom: number): string => {
  const middle = (top + bottom) / 2
  return `M${xOf(from)} ${top}C${xOf(from)} ${middle} ${xOf(to)} ${middle} ${xOf(to)} ${bottom}`
}

/** Draws the lines of rows. One that goes straight on is drawn once, as far as it goes. */
const linesOf = (rows: ReadonlyArray<GraphRow>): Drawn["lines"] => {
  const paths = new Map<string, Array<string>>()
  const add = (lane: number, path: string): void => {
    const colour = laneColour(lane)
    const others = paths.get(colour)
    if (others === undefined) paths.set(colour, [path])
    else others.push(path)
  }
  /** Where the lines began that go straight, by their columns. */
  const begun = new Map<number, number>()
  const goStraight = (lanes: ReadonlyArray<number>, y: number): void => {
    const columns = new Set(lanes.map(columnOf))
    for (const [column, top] of begun) {
      if (columns.has(column)) continue
      add(column, `M${xOf(column)} ${top}V${y}`)
      begun.delete(column)
    }
    for (const column of columns) if (!begun.has(column)) begun.set(column, y)
  }
  for (const [place, { children, lane, parents, passing }] of rows.entries()) {
    const top = place * rowHeight
    const [middle, bottom] = [top + rowHeight / 2, top + rowHeight]
    const straight = passing.filter(({ from, to }) => columnOf(from) === columnOf(to)).map(({ from }) => from)
    const isOwn = (other: number): boolean => columnOf(other) === columnOf(lane)
    goStraight([...straight, ...children.filter(isOwn)], top)
    goStraight([...straight, ...parents.filter(isOwn)], middle)
    for (const child of children) if (!isOwn(child)) add(child, bend(child, top, lane, middle))
    for (const parent of parents) if (!isOwn(parent)) add(parent, bend(lane, middle, parent, bottom))
    for (const { from, to } of passing) if (columnOf(from) !== columnOf(to)) add(from, bend(from, top, to, bottom))
  }
  goStraight([], rows.length * rowHeight)
  return Array.from(paths, ([colour, parts]) => ({ colour, path: parts.join("") }))
}

const lanesOf = ({ children, lane, parents, passing }: GraphRow): ReadonlyArray<number> => [
  lane,
  ...children,
  ...parents,
  ...passing.flatMap(({ from, to }) => [from, to])
]

/** Draws rows below each other. */
export const drawGraph = (rows: ReadonlyArray<GraphRow>): Drawn => ({
  width: (rows.reduce((most, row) => Math.max(most, ...lanesOf(row).map(columnOf)), 0) + 1) * columnWidth,
  height: rows.length * rowHeight,
  lines: linesOf(rows),
  nodes: rows.map(({ lane, parents }, place) => ({
    x: xOf(lane),
    y: place * rowHeight + rowHeight / 2,
    colour: laneColour(lane),
    isMerge: parents.length > 1
  }))
})
