/** Repeats measurements and reports the median, because a machine only ever slows a run down. */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

export interface Figure {
  readonly what: string
  readonly seconds: number
  /** Blobs, snapshots and commits per second. */
  readonly objectsPerSecond?: number
  /** Bodies on the wire, in 10^6 bytes per second. */
  readonly megabytesPerSecond?: number
  /** Of the hub's process alone. */
  readonly cpuSeconds?: number
  readonly peakMiB?: number
  /** The ratio of these seconds to those of another measurement that ran in turn with it. */
  readonly ratios?: ReadonlyArray<readonly [to: string, ratio: number]>
  /** Notes that fit no column. */
  readonly notes?: ReadonlyArray<string>
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/** Returns the least value that a share of all values does not exceed. */
export const percentile = (values: ReadonlyArray<number>, share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN

/**
 * Runs measurements in turn, so that other load on the machine affects all of them alike. Returns the medians by name.
 */
export const inTurn = async <Name extends string>(
  runs: number,
  measured: { readonly [N in Name]: (run: number) => Promise<number> }
): Promise<{ readonly [N in Name]: number }> => {
  const names = Object.keys(measured) as Array<Name>
  const seconds = new Map<Name, Array<number>>(names.map((name) => [name, []]))
  for (let run = 0; run < runs; run++) {
    for (const name of names) seconds.get(name)?.push(await measured[name](run))
  }
  const medians = names.map((name) => [name, median(seconds.get(name) ?? [])])
  return Object.fromEntries(medians) as { readonly [N in Name]: number }
}

setFlagsFromString("--expose-gc")

/** Collects the garbage of the measuring process, so that no measurement pays for the one before. */
export const collectGarbage = runInNewContext("gc") as () => void

/** Returns the seconds that `run` takes. */
export const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await run()
  return (performance.now() - started) / 1000
}

/** Formats a figure with as many digits as it is worth. */
export const number = (value: number | undefined): string =>
  value === undefined ? "" : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

const header = ["", "seconds", "objects/s", "MB/s", "hub CPU s", "hub peak MiB", "against", "notes"]

/** Formats the figures as a Markdown table. */
export const table = (figures: ReadonlyArray<Figure>): string => {
  const rows = figures.map((figure) => [
    figure.what,
    number(figure.seconds),
    number(figure.objectsPerSecond),
    number(figure.megabytesPerSecond),
    number(figure.cpuSeconds),
    figure.peakMiB === undefined ? "" : figure.peakMiB.toFixed(0),
    (figure.ratios ?? []).map(([to, ratio]) => `${number(ratio)} × ${to}`).join(", "),
    (figure.notes ?? []).join(", ")
  ])
  return markdown(header, rows)
}

/** Formats rows of cells as a Markdown table. */
export const markdown = (header: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const padded = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map(padded).join(" | ")} |`
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`))
  return [line(header), line(rule), ...rows.map(line)].join("\n")
}
