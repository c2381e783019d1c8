/**
 * Remarks added to an existing commit: its reviewers, and how often its tests ran. A commit's stored bytes never
 * change, so its annotation is stored separately as `annotations/<commit id>` and joined into the dictionary form when
 * the commit is served. Joining two annotations takes the union of the reviewers and the maximum of the test runs, so
 * order and repetition make no difference.
 */
import { Schema } from "effect"
import { errorKind } from "../base/ErrorKind.ts"
import type { CommitRecord } from "../object/Commit.ts"
import { CommitId, RepositoryId } from "../object/Id.ts"
import { boundedText } from "./boundedText.ts"

/** Most reviewers of one commit. */
export const reviewersMax = 1000
/** Longest reviewer's name in characters. */
const reviewerLengthMax = 1024
/**
 * Most test runs of one commit. The greatest count that was ever sent stays, so one without bound could be made to mean
 * nothing by a single call.
 */
export const testRunsMax = 1_000_000

/** A count of test runs that a caller may add. */
export const TestRuns = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: testRunsMax }))

export const Annotation = Schema.Struct({
  repository: RepositoryId,
  commit: CommitId,
  /** In ascending order, without repeats. */
  reviewedBy: Schema.Array(boundedText(reviewerLengthMax)).check(Schema.isMaxLength(reviewersMax)),
  /** An earlier version stored any count; a new one is a `TestRuns`. */
  testRuns: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
})
export type Annotation = typeof Annotation.Type

/** The remarks are invalid or exceed the limits of one commit. */
export class AnnotationRefused extends Schema.TaggedError<AnnotationRefused>()("AnnotationRefused", {
  kind: errorKind("refused"),
  commit: CommitId,
  reason: Schema.String
}) {
  override get message() {
    return `the annotation of ${this.commit} was refused: ${this.reason}`
  }
}

/** The part of an annotation that is joined. */
export type Remarks = Pick<Annotation, "reviewedBy" | "testRuns">

export const noRemarks: Remarks = { reviewedBy: [], testRuns: 0 }

/** Joins two sets of remarks: the union of the reviewers in ascending order, and the maximum of the runs. */
export const joinRemarks = (a: Remarks, b: Remarks): Remarks => ({
  reviewedBy: [...new Set([...a.reviewedBy, ...b.reviewedBy])].toSorted(),
  testRuns: Math.max(a.testRuns, b.testRuns)
})

/** Returns whether there are any remarks. */
export const saysSomething = ({ reviewedBy, testRuns }: Remarks): boolean => reviewedBy.length > 0 || testRuns > 0

/**
 * Returns the remarks in a commit's own record, within an annotation's limits. A record may repeat reviewers, name
 * hundreds of thousands of them at any length, and count any number of runs, also below zero.
 */
export const remarksOf = (record: Pick<CommitRecord, "reviewed_by" | "test_runs">): Remarks => {
  const names = record.reviewed_by.filter(({ length }) => length <= reviewerLengthMax)
  const { reviewedBy, testRuns } = joinRemarks(noRemarks, { reviewedBy: names, testRuns: record.test_runs })
  return { reviewedBy: reviewedBy.slice(0, reviewersMax), testRuns: Math.min(testRuns, testRunsMax) }
}

/** Returns whether `a` includes everything in `b`. */
export const saysAll = (a: Remarks, b: Remarks): boolean =>
  a.testRuns >= b.testRuns && b.reviewedBy.every((name) => a.reviewedBy.includes(name))
