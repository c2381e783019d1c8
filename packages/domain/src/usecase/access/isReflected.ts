/** Compares a row of the index with the root in the store. */
import { Effect } from "effect"
import { isPredecessor } from "../../invariant/RootHistory.ts"
import { Roots } from "../../invariant/Roots.ts"
import { RepositoryIndex, type RepositoryRow } from "../../port/index/RepositoryIndex.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import type { Root } from "../../repository/Root.ts"

/**
 * Says whether the row reflects the root or an earlier one. The index may belong to a later state of the store, or to
 * another history, where one of them was restored from a copy: then the rows of the repository are deleted.
 */
export const isReflected = Effect.fnUntraced(function* (root: StoredDocument<Root>, row: RepositoryRow) {
  const { repository, sequence } = root.value
  // A repository that is only listed has no rows yet.
  if (row.rootSha256 === root.sha256 || row.rootSequence < 0) return true
  if (row.rootSequence < sequence && (yield* isPredecessor(root.value, row.rootSequence, row.rootSha256))) return true
  // Another request may have moved the root since it was read.
  const roots = yield* Roots
  const present = yield* roots.read(repository.id)
  if (present.sha256 === row.rootSha256) return true
  const { rootSequence, rootSha256 } = row
  if (present.value.sequence > sequence && (yield* isPredecessor(present.value, rootSequence, rootSha256))) return true
  const index = yield* RepositoryIndex
  yield* Effect.logWarning(
    `the index reflects root ${row.rootSequence} of repository ${repository.id}, which the store does not have; ` +
      "its rows are recorded again"
  )
  yield* index.forget(repository.id)
  return false
})
