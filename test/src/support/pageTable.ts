/** Tables of the documents, so that tests run what a page says. */
import { readFileSync } from "node:fs"

const documents = new URL("../../../docs/", import.meta.url)

/** Returns the section of a page under a heading of the second level. */
export const section = (page: string, heading: string): string => {
  const text = readFileSync(new URL(page, documents), "utf8")
  const found = text.split(`\n## ${heading}\n`)[1]
  if (found === undefined) throw new Error(`docs/${page} has no section "${heading}"`)
  return found.split("\n## ", 1)[0] ?? found
}

/** Returns the rows of a table in Markdown, a list of cells each, without its heading. */
export const rowsOf = (text: string): ReadonlyArray<ReadonlyArray<string>> =>
  [...text.matchAll(/^\| (.+) \|$/gm)].slice(2).map(([, row = ""]) => row.split(" | ").map((cell) => cell.trim()))

/** Returns the rows of the table in a section. */
export const tableOf = (page: string, heading: string): ReadonlyArray<ReadonlyArray<string>> =>
  rowsOf(section(page, heading))
