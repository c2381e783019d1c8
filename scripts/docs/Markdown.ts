/** What the checks need to know of a Markdown document: its prose and its headings. */

/** A text with some part of it blanked, so that what is left keeps its place. */
export const blank = (text: string, part: RegExp): string => text.replace(part, (found) => found.replace(/[^\n]/g, " "))

const fenced = /^ *(`{3,}|~{3,})[^\n]*\n[\s\S]*?^ *\1[^\n]*$/gm

/** The document without its code blocks. */
export const proseOf = (text: string): string => blank(text, fenced)

export interface Heading {
  readonly title: string
  /** What a link to it says after `#`. */
  readonly anchor: string
  /** Of `2.1 The record`: `2.1`. */
  readonly number: string | undefined
  /** What stands below it, up to the next heading. */
  readonly body: string
}

const heading = /^#{1,6} +(.+?) *#*$/gm

/** A title as GitHub spells it in a link. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}_\- ]/gu, "")
    .replaceAll(" ", "-")

/** All headings, in order. */
export const headingsOf = (text: string): ReadonlyArray<Heading> => {
  const prose = proseOf(text)
  const found = [...prose.matchAll(heading)]
  const counts = new Map<string, number>()
  return found.map((match, place) => {
    const title = (match[1] ?? "").replaceAll("`", "")
    const anchor = anchorOf(title)
    const before = counts.get(anchor) ?? 0
    counts.set(anchor, before + 1)
    return {
      title,
      anchor: before === 0 ? anchor : `${anchor}-${before}`,
      number: /^(\d+(?:\.\d+)*)\.? /.exec(title)?.[1],
      body: prose.slice(match.index + match[0].length, found[place + 1]?.index)
    }
  })
}
