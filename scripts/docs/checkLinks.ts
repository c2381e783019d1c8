/** Checks that what documents link to in the repository is there: the file, and the heading where one is named. */
import { dirname, posix } from "node:path"
import { blank, headingsOf, proseOf } from "./Markdown.ts"
import { type Fault, lineAt, type Repository } from "../Repository.ts"

const link = /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*(\S+)/gm
const inlineCode = /`[^`\n]*`/g
const absolute = /^([a-z][a-z0-9+.-]*:|\/\/)/i

export const checkLinks = (repository: Repository): ReadonlyArray<Fault> =>
  repository.documents.flatMap((file) => {
    const text = blank(proseOf(repository.read(file)), inlineCode)
    return [...text.matchAll(link)].flatMap((match) => {
      const target = match[1] ?? match[2] ?? ""
      const reason = absolute.test(target) ? undefined : reasonAgainst(repository, file, target)
      return reason === undefined ? [] : [{ file, line: lineAt(text, match.index), reason }]
    })
  })

const reasonAgainst = (repository: Repository, file: string, target: string): string | undefined => {
  const [path = "", anchor] = target.split("#", 2)
  const linked = path === "" ? file : posix.join(dirname(file), decodeURIComponent(path))
  if (!repository.has(linked)) return `links to ${target}, which is not there`
  if (anchor === undefined) return undefined
  if (!linked.endsWith(".md")) return `links to ${target}, but only documents have headings`
  const there = headingsOf(repository.read(linked)).some((heading) => heading.anchor === anchor)
  return there ? undefined : `links to ${target}, but ${linked} has no such heading`
}
