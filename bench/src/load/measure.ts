/** Repeating a measurement and saying what came out: the median, since a machine has bad moments and no good ones. */

export interface Figure {
  readonly what: string
  readonly seconds: number
  /** Blobs, snapshots and commits a second. */
  readonly objectsPerSecond?: number
  /** Bodies on the wire, 10^6 bytes a second. */
  readonly megabytesPerSecond?: number
  /** Of the hub's process alone. */
  readonly cpuSeconds?: number
  readonly peakMiB?: number
  /** Seconds of this over seconds of something else that was measured in turn with it. */
  readonly ratios?: ReadonlyArray<readonly [to: string, ratio: number]>
  /** What no column is for. */
  readonly notes?: ReadonlyArray<string>
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/** Runs in turn, so that what else the machine does meanwhile falls on all of them alike; gives the medians by name. */
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

/** Seconds that something takes. */
export const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await run()
  return (performance.now() - started) / 1000
}

const number = (value: number | undefined): string =>
  value === undefined ? "" : value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

const header = ["", "seconds", "objects/s", "MB/s", "hub CPU s", "hub peak MiB", "against", "notes"]

/** The figures as a Markdown table. */
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
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const padded = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
  const line = (cells: ReadonlyArray<string>) => `| ${cells.map(padded).join(" | ")} |`
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`))
  return [line(header), line(rule), ...rows.map(line)].join("\n")
}
