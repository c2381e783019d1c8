import type { Commit } from "@musehub/domain/object/Commit"
import type { Json } from "../../output.ts"

/** Returns a commit as programs see it. */
export const commitJson = ({ id, parents, record, snapshotId }: Commit): { readonly [name: string]: Json } => ({
  commitId: id,
  parents,
  snapshotId,
  committedAt: record.committed_at,
  author: record.author,
  message: record.message
})
