/**
 * Checks that what a document says of a test is so. A link to a test file quotes titles from it, as in
 * `[…](../test/src/a.test.ts): "first title", "second title"`, and each stands in the file.
 */
import { dirname, posix } from "node:path"
import { blank, proseOf } from "./Markdown.ts"
import { type Fault, lineAt, type Repository } from "../Repository.ts"

const inlineCode = /`[^`\n]*`/g
const linked = /\]\(([^)\s]+\.test\.ts)\)(?<titles>:\s+"[^"]+"(?:,\s+"[^"]+")*)?/g

export const checkTests = (repository: Repository): ReadonlyArray<Fault> =>
  repository.documents.flatMap((file) => {
    const text = blank(proseOf(repository.read(file)), inlineCode)
    return [...text.matchAll(linked)].flatMap((match) =>
      reasonsAgainst(repository, posix.join(dirname(file), match[1] ?? ""), match.groups?.["titles"] ?? "").map(
        (reason) => ({ file, line: lineAt(text, match.index), reason })
      )
    )
  })

const reasonsAgainst = (repository: Repository, test: string, quoted: string): ReadonlyArray<string> => {
  // A missing file is reported as any missing link is.
  if (!repository.has(test)) return []
  const titles = [...quoted.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title.replaceAll(/\s+/g, " "))
  if (titles.length === 0)
    return [`links to ${test} without a title of it; write [${posix.basename(test)}](…): "title"`]
  const source = repository.read(test)
  return titles.filter((title) => !source.includes(title)).map((title) => `quotes "${title}", which is not in ${test}`)
}
