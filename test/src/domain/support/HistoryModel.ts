/** A naive model of a repository's history for property tests: commits, who wrote and brought them, and plain walks. */
import type { CommitRecord } from "@musehub/domain/object/Commit"
import type { CommitId } from "@musehub/domain/object/Id"

interface Known {
  readonly parents: ReadonlyArray<CommitId>
  readonly authors: ReadonlyArray<string>
  /** Who pushed it, or made it by merging. */
  readonly by: string
}

/** Returns every name in a commit: its author, `co_authors`, and `Co-authored-by` lines. */
export const namedIn = ({ author, message, metadata }: CommitRecord): ReadonlyArray<string> => [
  author,
  ...String(metadata["co_authors"] ?? "").split("\n"),
  ...[...message.matchAll(/^Co-authored-by: (.+)$/gm)].map(([, name = ""]) => name)
]

export class HistoryModel {
  readonly #commits = new Map<CommitId, Known>()

  add(id: CommitId, parents: ReadonlyArray<CommitId>, record: CommitRecord, by: string): void {
    const authors = namedIn(record).filter((name) => name !== "")
    if (!this.#commits.has(id)) this.#commits.set(id, { parents, authors, by })
  }

  /** Returns a commit and all its ancestors. */
  reach(id: CommitId): ReadonlySet<CommitId> {
    const found = new Set([id])
    for (const each of found) for (const parent of this.#commits.get(each)?.parents ?? []) found.add(parent)
    return found
  }

  /** Returns what `theirs` has and `ours` lacks. */
  lacking(ours: CommitId, theirs: CommitId): ReadonlySet<CommitId> {
    return this.reach(theirs).difference(this.reach(ours))
  }

  authorsOf(commits: Iterable<CommitId>): ReadonlySet<string> {
    return new Set([...commits].flatMap((id) => this.#commits.get(id)?.authors ?? []))
  }

  bringersOf(commits: Iterable<CommitId>): ReadonlySet<string> {
    return new Set([...commits].flatMap((id) => this.#commits.get(id)?.by ?? []))
  }
}
