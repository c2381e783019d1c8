import type { Commit } from "@musehub/domain/object/Commit"
import type { SaidCommit } from "@musehub/domain/usecase/browse/commitsSaid"

/** Returns what a commit says of itself. */
export const saidOf = ({ id, record }: Commit): SaidCommit => ({
  commitId: id,
  message: record.message,
  author: record.author,
  at: record.committed_at
})
