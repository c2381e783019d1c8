/**
 * What is said about a commit after it was made: who reviewed it, how often its tests ran. A commit's stored bytes
 * never change, so this lies beside it, as `annotations/<commit id>`, and is joined into the dictionary form when the
 * commit is served. Two annotations join to their union and maximum: in any order, any number of times, with the same
 * result.
 */
import { Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import type { CommitRecord } from "../object/Commit.ts"
import { CommitId, RepositoryId } from "../object/Id.ts"
import { boundedText } from "./boundedText.ts"

/** Names of reviewers of one commit. */
export const reviewersMax = 1000
/** Characters of one reviewer's name. */
const reviewerLengthMax = 1024

export const Annotation = Schema.Struct({
  repository: RepositoryId,
  commit: CommitId,
  /** In ascending order, each once. */
  reviewedBy: Schema.Array(boundedText(reviewerLengthMax)).check(Schema.isMaxLength(reviewersMax)),
  testRuns: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
})
export type Annotation = typeof Annotation.Type

/** The remarks are more than one commit can have, or not what they must be. */
export class AnnotationRefused extends Schema.TaggedError<AnnotationRefused>()("AnnotationRefused", {
  kind: errorKind("refused"),
  commit: CommitId,
  reason: Schema.String
}) {
  override get message() {
    return `the annotation of ${this.commit} was refused: ${this.reason}`
  }
}

/** What is joined. */
export type Remarks = Pick<Annotation, "reviewedBy" | "testRuns">

export const noRemarks: Remarks = { reviewedBy: [], testRuns: 0 }

/** Union of the reviewers, in ascending order, and maximum of the runs. */
export const joinRemarks = (a: Remarks, b: Remarks): Remarks => ({
  reviewedBy: [...new Set([...a.reviewedBy, ...b.reviewedBy])].toSorted(),
  testRuns: Math.max(a.testRuns, b.testRuns)
})

/** Whether anything is said. */
export const saysSomething = ({ reviewedBy, testRuns }: Remarks): boolean => reviewedBy.length > 0 || testRuns > 0

/**
 * What a commit's own record says, as far as an annotation can: a record may name the same reviewer twice, hundreds of
 * thousands of them in whatever length, and count runs below zero.
 */
export const remarksOf = (record: Pick<CommitRecord, "reviewed_by" | "test_runs">): Remarks => {
  const names = record.reviewed_by.filter(({ length }) => length <= reviewerLengthMax)
  const { reviewedBy, testRuns } = joinRemarks(noRemarks, { reviewedBy: names, testRuns: record.test_runs })
  return { reviewedBy: reviewedBy.slice(0, reviewersMax), testRuns }
}

/** Whether `a` says all that `b` says. */
export const saysAll = (a: Remarks, b: Remarks): boolean =>
  a.testRuns >= b.testRuns && b.reviewedBy.every((name) => a.reviewedBy.includes(name))
