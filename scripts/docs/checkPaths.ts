/**
 * Checks that the paths which documents name in backticks are there. The changelog tells of the past and is left out.
 */
import { dirname, posix } from "node:path"
import { proseOf } from "./Markdown.ts"
import { type Fault, lineAt, type Repository } from "../Repository.ts"

const inlineCode = /`([^`]+)`/g
const placeholder = /[<>…*{}]/
const fileName = /\.(ts|mjs|cjs|md)$/

/** Where a path in a document may begin, beside its own folder: the top, a package, a room of the domain. */
const bases = ["", "packages", "packages/domain/src"]

export const checkPaths = (repository: Repository): ReadonlyArray<Fault> =>
  repository.documents
    .filter((file) => file !== "CHANGELOG.md")
    .flatMap((file) => {
      const text = proseOf(repository.read(file))
      return [...text.matchAll(inlineCode)].flatMap((match) =>
        (match[1] ?? "")
          .split(/[\s,;:]+/)
          .filter((word) => isPath(repository, file, word) && !isThere(repository, file, word))
          .map((word) => ({ file, line: lineAt(text, match.index), reason: `names ${word}, which is not there` }))
      )
    })

const candidatesOf = (file: string, path: string): ReadonlyArray<string> =>
  [dirname(file), ...bases].map((base) => posix.join(base, path))

/** Whether a word is meant as a path of the repository: a file of source, or something in a folder that is there. */
const isPath = (repository: Repository, file: string, word: string): boolean => {
  if (placeholder.test(word)) return false
  if (fileName.test(word)) return true
  const [first = "", ...others] = word.split("/")
  return others.length > 0 && first !== "" && candidatesOf(file, first).some((path) => repository.has(path))
}

/** A file may be named by its name alone. */
const isThere = (repository: Repository, file: string, path: string): boolean =>
  candidatesOf(file, path).some((candidate) => repository.has(candidate)) ||
  (!path.includes("/") && repository.sources.some((source) => source.endsWith(`/${path}`)))
