/** The table of the longest stops, as text and in the document that has it. */
import { readFile, writeFile } from "node:fs/promises"
import { inputOf, type Measured } from "./rows/Row.ts"
import type { Sizes } from "./Stage.ts"

const document = new URL("../../../docs/security.md", import.meta.url)
const opening = "<!-- The table of `pnpm bench stops` begins. -->"
const closing = "<!-- The table of `pnpm bench stops` ends. -->"

const code = (text: string) => `\`${text}\``

export const tableOf = (measured: ReadonlyArray<Measured>, sizes: Sizes): string =>
  [
    "| endpoint | at its limit | longest stop, ms | status |",
    "| --- | --- | ---: | ---: |",
    ...measured.map(
      ({ busy, row, status }) => `| ${code(row.endpoint)} | ${inputOf(row, sizes)} | ${Math.round(busy)} | ${status} |`
    )
  ].join("\n")

/** Puts a table in the place of the one in the document. `pnpm format` aligns its columns. */
export const writeTable = async (table: string): Promise<void> => {
  const text = await readFile(document, "utf8")
  const [start, end] = [text.indexOf(opening), text.indexOf(closing)]
  if (start === -1 || end < start) throw new Error(`${document.pathname} has no place for the table`)
  await writeFile(document, `${text.slice(0, start)}${opening}\n\n${table}\n\n${text.slice(end)}`)
}
