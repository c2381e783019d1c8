/** Saying something about a commit after it was made: joined into the record beside it, in the store first. */
import { Effect } from "effect"
import { joinAnnotation } from "../../invariant/RepositoryDocuments.ts"
import type { CommitRecord } from "../../object/Commit.ts"
import { CommitId } from "../../object/Id.ts"
import { orDefault } from "../../base/expected.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { joinRemarks, noRemarks, type Remarks, saysAll } from "../../repository/Annotation.ts"
import { CommitUnknown } from "../graph/CommitUnknown.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** Joins remarks to those of a commit that is known to be there. */
export const joinRemarksTo = Effect.fnUntraced(function* (
  open: OpenRepository<"write">,
  commit: CommitId,
  remarks: Remarks
) {
  const index = yield* CommitIndex
  yield* index.recordAnnotation(yield* joinAnnotation(open.id, commit, remarks))
})

/** Joins remarks to those of a commit, and gives all that is said about it now. */
export const annotate = Effect.fn("annotate")(function* (
  open: OpenRepository<"write">,
  commit: CommitId,
  remarks: Remarks
) {
  const objectIndex = yield* ObjectIndex
  const commitIndex = yield* CommitIndex
  const { commits } = yield* objectIndex.known(open.id, { blobs: [], snapshots: [], commits: [commit] })
  if (!commits.has(commit)) return yield* new CommitUnknown({ commit })
  yield* joinRemarksTo(open, commit, remarks)
  const said = yield* commitIndex.remarks(open.id, [commit])
  return orDefault(said.get(commit), noRemarks)
})

/** A commit's dictionary form with all that was said about it (docs/wire.md, section 6, point 5). */
export const annotated = (record: CommitRecord, remarks: Remarks | undefined): CommitRecord => {
  // All that the record says, also what is too much for an annotation.
  const own: Remarks = { reviewedBy: record.reviewed_by, testRuns: record.test_runs }
  if (remarks === undefined || saysAll(own, remarks)) return record
  const { reviewedBy, testRuns } = joinRemarks(own, remarks)
  return { ...record, reviewed_by: reviewedBy, test_runs: testRuns }
}
