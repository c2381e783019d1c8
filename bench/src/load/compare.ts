/** Compares the figures of two runs that `--figures` wrote. */
import { readFile } from "node:fs/promises"
import { type Figure, markdown, number } from "./measure.ts"

/** What is compared, each by its ratio of new to old. Below 1 is better. */
const columns = [
  ["seconds", ({ seconds }: Figure) => seconds],
  ["hub CPU", ({ cpuSeconds }: Figure) => cpuSeconds],
  ["hub peak", ({ peakMiB }: Figure) => peakMiB]
] as const

const ratio = (before: number | undefined, after: number | undefined): string =>
  before === undefined || after === undefined || before === 0 ? "" : number(after / before)

/** Formats the ratios to what was measured in turn, such as git, in each run. */
const against = (before: Figure, after: Figure): string => {
  const known = new Map(before.ratios)
  return (after.ratios ?? [])
    .flatMap(([to, now]) => {
      const then = known.get(to)
      return then === undefined ? [] : [`${number(then)} → ${number(now)} × ${to}`]
    })
    .join(", ")
}

/** Returns the ratios of new to old figures as a Markdown table, and names those that only one run has. */
export const compared = (before: ReadonlyArray<Figure>, after: ReadonlyArray<Figure>): string => {
  const old = new Map(before.map((figure) => [figure.what, figure]))
  const fresh = new Set(after.map(({ what }) => what))
  const rows = after.flatMap((figure) => {
    const known = old.get(figure.what)
    if (known === undefined) return []
    const ratios = columns.map(([, of]) => ratio(of(known), of(figure)))
    return [[figure.what, number(known.seconds), number(figure.seconds), ...ratios, against(known, figure)]]
  })
  const header = ["", "old, s", "new, s", ...columns.map(([name]) => `${name}, new / old`), "against"]
  const alone = [
    ...before.flatMap(({ what }) => (fresh.has(what) ? [] : [`only old: ${what}`])),
    ...after.flatMap(({ what }) => (old.has(what) ? [] : [`only new: ${what}`]))
  ]
  return [markdown(header, rows), ...alone].join("\n")
}

const figuresIn = async (path: string): Promise<ReadonlyArray<Figure>> => {
  const figures: unknown = JSON.parse(await readFile(path, "utf8"))
  if (!Array.isArray(figures)) throw new Error(`${path} was not written by --figures`)
  return figures as ReadonlyArray<Figure>
}

/** Compares two files of figures. */
export const compareFiles = async (old: string, fresh: string): Promise<string> =>
  compared(await figuresIn(old), await figuresIn(fresh))
