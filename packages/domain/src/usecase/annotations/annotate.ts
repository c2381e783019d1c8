/**
 * Adds annotations to existing commits. An annotation is joined into a document beside the commit, in the store first.
 */
import { Effect } from "effect"
import { joinAnnotation } from "../../invariant/RepositoryDocuments.ts"
import type { CommitRecord } from "../../object/Commit.ts"
import { CommitId } from "../../object/Id.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import { orDefault } from "../../base/expected.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { joinRemarks, noRemarks, type Remarks, saysAll, type AnnotationRefused } from "../../repository/Annotation.ts"
import { CommitUnknown } from "../graph/CommitUnknown.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { DocumentConflict, ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"

/** Adds remarks to a commit that is known to exist. */
export const joinRemarksTo = Effect.fnUntraced(function* (
  open: OpenRepository<"write">,
  commit: CommitId,
  remarks: Remarks
) {
  const index = yield* CommitIndex
  yield* index.recordAnnotation(yield* joinAnnotation(open.id, commit, remarks))
})

export type AnnotateError =
  | CommitUnknown
  | AnnotationRefused
  | DocumentConflict
  | ObjectCorrupt
  | StoreUnavailable
  | IndexUnavailable

/** Adds remarks to a commit and returns all of its remarks. */
export const annotate = Effect.fn("annotate")(function* (
  open: OpenRepository<"write">,
  commit: CommitId,
  remarks: Remarks
): Effect.fn.Return<Remarks, AnnotateError, CommitIndex | ObjectIndex | ObjectStore> {
  const objectIndex = yield* ObjectIndex
  const commitIndex = yield* CommitIndex
  const { commits } = yield* objectIndex.known(open.id, { blobs: [], snapshots: [], commits: [commit] })
  if (!commits.has(commit)) return yield* new CommitUnknown({ commit })
  yield* joinRemarksTo(open, commit, remarks)
  const said = yield* commitIndex.remarks(open.id, [commit])
  return orDefault(said.get(commit), noRemarks)
})

/** Returns a commit's dictionary form with all its remarks (docs/wire.md, section 6, point 5). */
export const annotated = (record: CommitRecord, remarks: Remarks | undefined): CommitRecord => {
  // All remarks in the record, also those that exceed the limits of an annotation.
  const own: Remarks = { reviewedBy: record.reviewed_by, testRuns: record.test_runs }
  if (remarks === undefined || saysAll(own, remarks)) return record
  const { reviewedBy, testRuns } = joinRemarks(own, remarks)
  return { ...record, reviewed_by: reviewedBy, test_runs: testRuns }
}
