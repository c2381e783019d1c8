/** Names everybody who wrote some commits. */
import { Effect } from "effect"
import type { CommitNode } from "../../history/CommitNode.ts"
import { readCommits } from "../../invariant/ObjectReader.ts"
import type { CommitRecord } from "../../object/Commit.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** The key of a commit's metadata that names further authors, an author a line. */
export const coAuthorsKey = "co_authors"

const trailer = /^co-authored-by:[ \t]*(.+)$/gim

/** Returns the author of a commit and those that its metadata and its message name beside them. */
const namesIn = ({ author, message, metadata }: CommitRecord): ReadonlyArray<string> => {
  const further = metadata[coAuthorsKey]
  const trailers = [...message.matchAll(trailer)].map(([, name = ""]) => name)
  return [author, ...(typeof further === "string" ? further.split("\n") : []), ...trailers]
}

/** Returns the authors of commits, each once, in order of their first commit. Skips commits without an author. */
export const authorsOf = Effect.fnUntraced(function* (open: Pick<OpenRepository, "id">, commits: Iterable<CommitNode>) {
  const ids = Array.from(commits, ({ id }) => id)
  const read = yield* readCommits(open.id, ids, ({ record }) => namesIn(record))
  const names = read.flat().map((name) => name.trim())
  return [...new Set(names)].filter((name) => name !== "")
})
