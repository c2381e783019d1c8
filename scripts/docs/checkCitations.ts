/**
 * Checks what comments and documents cite: `docs/wire.md, section 4`, `ARCHITECTURE.md, "Rooms"`. The document must be
 * there, and the section in it. A section without a document is one of the document itself, and an error in a comment.
 */
import { dirname, posix } from "node:path"
import { commentsOf } from "./commentsOf.ts"
import { blank, type Heading, headingsOf, proseOf } from "./Markdown.ts"
import { type Fault, lineAt, type Repository } from "../Repository.ts"

const number = String.raw`\d+(?:\.\d+)*`
const numbers = String.raw`${number}(?:(?:,|\s+and|\s+to)\s+${number})*`
const sections = String.raw`sections?\s+(?<numbers>${numbers})(?:,\s+point\s+(?<point>\d+))?`
const cited = String.raw`(?<document>(?:[\w.-]+\/)*[\w-]+\.md)\b(?:[\`)]*,\s+(?:${sections}|"(?<title>[^"]+)"))?`
const alone = sections.replaceAll("?<", "?<own_")
const citation = new RegExp(`${cited}|(?<!RFC \\d+,?\\s+)\\b${alone}`, "gi")

const url = /https?:\/\/\S+/g

export const checkCitations = (repository: Repository): ReadonlyArray<Fault> => [
  ...repository.documents.flatMap((file) => faultsIn(repository, file, proseOf(repository.read(file)))),
  ...repository.sources.flatMap((file) => faultsIn(repository, file, commentsOf(repository.read(file))))
]

const faultsIn = (repository: Repository, file: string, text: string): ReadonlyArray<Fault> => {
  const searched = blank(text, url)
  return [...searched.matchAll(citation)].flatMap((match) =>
    reasonsAgainst(repository, file, match.groups ?? {}).map((reason) => ({
      file,
      line: lineAt(searched, match.index),
      reason
    }))
  )
}

const reasonsAgainst = (
  repository: Repository,
  file: string,
  found: { readonly [group: string]: string | undefined }
): ReadonlyArray<string> => {
  const { document, numbers, own_numbers, own_point, point, title } = found
  if (document === undefined) {
    if (own_numbers === undefined) return []
    return file.endsWith(".md")
      ? reasonsAgainstSections(repository, file, own_numbers, own_point)
      : [`names section ${own_numbers} of no document; write "docs/<name>.md, section ${own_numbers}"`]
  }
  const path = [document, posix.join(dirname(file), document)].find((candidate) => repository.has(candidate))
  if (path === undefined) return [`cites ${document}, which is not there`]
  if (numbers !== undefined) return reasonsAgainstSections(repository, path, numbers, point)
  if (title === undefined) return []
  const wanted = title.replaceAll(/\s+/g, " ")
  const there = headingsOf(repository.read(path)).some((heading) => heading.title === wanted)
  return there ? [] : [`cites "${wanted}", but ${path} has no such section`]
}

const reasonsAgainstSections = (
  repository: Repository,
  path: string,
  numbers: string,
  point: string | undefined
): ReadonlyArray<string> => {
  const headings = headingsOf(repository.read(path))
  return (numbers.match(new RegExp(number, "g")) ?? []).flatMap((wanted) => {
    const heading = headings.find((each) => each.number === wanted)
    if (heading === undefined) return [`cites section ${wanted}, but ${path} has no such section`]
    return point === undefined || hasPoint(heading, point)
      ? []
      : [`cites point ${point} of section ${wanted}, but ${path} has no such point`]
  })
}

const hasPoint = ({ body }: Heading, point: string): boolean => new RegExp(`^${point}\\. `, "m").test(body)
