/** Names further authors in a commit. */
import { coAuthorsKey } from "../graph/authorsOf.ts"

/** Authors come from clients, so they are put on one line. */
const oneLine = (author: string): string => author.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim()

export interface CoAuthors {
  /** The last lines of a message; empty if there are none. */
  readonly trailers: ReadonlyArray<string>
  readonly metadata: Readonly<Record<string, string>>
}

/** Returns what names further authors in a commit: `Co-authored-by` lines, and metadata. */
export const coAuthors = (authors: ReadonlyArray<string>): CoAuthors => {
  const names = authors.map(oneLine)
  return names.length === 0
    ? { trailers: [], metadata: {} }
    : { trailers: names.map((name) => `Co-authored-by: ${name}`), metadata: { [coAuthorsKey]: names.join("\n") } }
}
