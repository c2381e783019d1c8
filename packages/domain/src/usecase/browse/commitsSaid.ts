/** What commits say of themselves, beside what they changed. */
import { Effect } from "effect"
import { elementAt } from "../../base/expected.ts"
import { readCommit } from "../../invariant/ObjectReader.ts"
import type { CommitId } from "../../object/Id.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { OpenRepository } from "../access/openRepository.ts"

export interface SaidCommit {
  readonly commitId: CommitId
  readonly message: string
  readonly author: string
  /** When it was committed, as the client wrote it. */
  readonly at: string
}

/** Reads commits, each once. Returns what the one at a position says. */
export const commitsSaid = Effect.fnUntraced(function* (open: OpenRepository, ids: ReadonlyArray<CommitId>) {
  const read = yield* Effect.forEach([...new Set(ids)], (id) => readCommit(open.id, id), {
    concurrency: storeConcurrency
  })
  const byId = new Map(
    read.map(({ commit: { id, record } }): readonly [CommitId, SaidCommit] => [
      id,
      { commitId: id, message: record.message, author: record.author, at: record.committed_at }
    ])
  )
  const said = ids.map((id) => byId.get(id))
  return (position: number): SaidCommit => elementAt(said, position) as SaidCommit
})
