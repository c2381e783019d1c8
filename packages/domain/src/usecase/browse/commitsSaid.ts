/** What commits say of themselves, beside what they changed. */
import { Effect } from "effect"
import { elementAt } from "../../base/expected.ts"
import { readCommits } from "../../invariant/ObjectReader.ts"
import type { Commit } from "../../object/Commit.ts"
import type { CommitId } from "../../object/Id.ts"
import type { OpenRepository } from "../access/openRepository.ts"

export interface SaidCommit {
  readonly commitId: CommitId
  readonly message: string
  readonly author: string
  /** When it was committed, as the client wrote it. */
  readonly at: string
}

const saidBy = ({ id, record: { author, committed_at, message } }: Commit): readonly [CommitId, SaidCommit] => [
  id,
  { commitId: id, message, author, at: committed_at }
]

/** Reads commits, each once. Returns what the one at a position says. */
export const commitsSaid = Effect.fnUntraced(function* (open: OpenRepository, ids: ReadonlyArray<CommitId>) {
  const byId = new Map(yield* readCommits(open.id, [...new Set(ids)], saidBy))
  const said = ids.map((id) => byId.get(id))
  return (position: number): SaidCommit => elementAt(said, position) as SaidCommit
})
