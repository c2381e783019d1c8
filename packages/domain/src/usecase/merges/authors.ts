/** Names everybody who wrote what a merge lands, where the commits themselves do not land. */
import { Effect } from "effect"
import type { CommitNode } from "../../history/CommitNode.ts"
import { readCommit } from "../../invariant/ObjectReader.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** Returns the authors of commits, each once, in order of their first commit. Skips commits without an author. */
export const authorsOf = Effect.fnUntraced(function* (open: OpenRepository, commits: ReadonlyArray<CommitNode>) {
  const read = yield* Effect.forEach(
    commits,
    ({ id }) => Effect.map(readCommit(open.id, id), ({ commit }) => commit.record.author),
    { concurrency: storeConcurrency }
  )
  return [...new Set(read)].filter((author) => author.trim() !== "")
})

/** Authors come from clients, so they are put on one line. */
const oneLine = (author: string): string => author.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim()

export interface CoAuthors {
  /** The last lines of a message; empty if there are none. */
  readonly trailers: ReadonlyArray<string>
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Returns what names further authors in a commit: `Co-authored-by` lines and the metadata `co_authors`, an author a
 * line.
 */
export const coAuthors = (authors: ReadonlyArray<string>): CoAuthors => {
  const names = authors.map(oneLine)
  return names.length === 0
    ? { trailers: [], metadata: {} }
    : { trailers: names.map((name) => `Co-authored-by: ${name}`), metadata: { co_authors: names.join("\n") } }
}
