/** Places files that are coupled one below the other, and joins each pair with an arc left of them. */
import { orDefault } from "@musehub/domain/base/expected"
import type { CouplingItem } from "@musehub/domain/reading/intel/coupling"

/** Of a file, as the list beside the drawing has it. */
export const rowHeight = 28
/** Of the drawing. */
export const width = 120
/** How far the arc of neighbours goes left, and how much farther for each row between. */
const [reachMin, reachStep] = [14, 9]
/** Strokes are from 1 to this wide. */
const strokeMax = 6

export interface Arc {
  readonly pair: CouplingItem
  readonly path: string
  readonly stroke: number
}

export interface CouplingLayout {
  /** The files in their rows. Those that lead to each other by pairs are together. */
  readonly files: ReadonlyArray<string>
  readonly arcs: ReadonlyArray<Arc>
  readonly height: number
}

const neighboursOf = (pairs: ReadonlyArray<CouplingItem>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const neighbours = new Map<string, Array<string>>()
  const add = (from: string, to: string) => {
    const known = orDefault(neighbours.get(from), new Array<string>())
    neighbours.set(from, known)
    known.push(to)
  }
  for (const { a, b } of pairs) {
    add(a, b)
    add(b, a)
  }
  return neighbours
}

/** Returns the files of pairs, each group from its first file on, nearest first. */
const orderedFiles = (pairs: ReadonlyArray<CouplingItem>): ReadonlyArray<string> => {
  const neighbours = neighboursOf(pairs)
  const placed = new Set<string>()
  for (const { a } of pairs) {
    const left = [a]
    for (const file of left) {
      if (placed.has(file)) continue
      placed.add(file)
      left.push(...orDefault(neighbours.get(file), []))
    }
  }
  return [...placed]
}

/** Lays out pairs, the strongest ones first, of which there are few. */
export const layCoupling = (pairs: ReadonlyArray<CouplingItem>): CouplingLayout => {
  const files = orderedFiles(pairs)
  const rows = new Map(files.map((file, row) => [file, row]))
  const yOf = (file: string): number => orDefault(rows.get(file), 0) * rowHeight + rowHeight / 2
  const greatest = Math.max(1, ...pairs.map(({ support }) => support))
  const arcs = pairs.map((pair): Arc => {
    const [from, to] = [yOf(pair.a), yOf(pair.b)].toSorted((one, other) => one - other)
    const between = (orDefault(to, 0) - orDefault(from, 0)) / rowHeight
    // A curve goes three quarters of the way to its control points.
    const x = width - Math.min((width - strokeMax) / 0.75, reachMin + reachStep * between)
    const path = `M${width} ${from}C${Math.round(x)} ${from} ${Math.round(x)} ${to} ${width} ${to}`
    return { pair, path, stroke: Math.round(1 + (pair.support / greatest) * (strokeMax - 1)) }
  })
  return { files, arcs, height: files.length * rowHeight }
}
