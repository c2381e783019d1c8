/** Why a proposal cannot be merged. */
import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { BlobId } from "../../object/Id.ts"

export const Conflict = Schema.Struct({
  path: Schema.String,
  kind: Schema.Literals(["both_modified", "modified_deleted", "added_added", "file_folder"]),
  base: Schema.NullOr(BlobId),
  ours: Schema.NullOr(BlobId),
  theirs: Schema.NullOr(BlobId),
  cause: Schema.String
})
/**
 * One path that both sides changed in ways that nobody but a person can join; the blobs are null where it is absent.
 */
export type Conflict = typeof Conflict.Type

/** Conflicts listed in an error; the rest is counted. */
export const conflictsListedMax = 1000

/** The branches cannot be merged by themselves. Nothing was written. */
export class MergeConflicts extends Schema.TaggedError<MergeConflicts>()("MergeConflicts", {
  kind: errorKind("conflict"),
  number: Schema.Int,
  /** The first 1,000. */
  conflicts: Schema.Array(Conflict),
  total: Schema.Int,
  /** The commit whose changes conflict, in a rebase. */
  commit: Schema.optionalKey(Schema.String)
}) {
  static readonly details = ["conflicts", "total", "commit"] as const
  override get message() {
    const where = this.commit === undefined ? "" : ` at commit ${this.commit}`
    const paths = this.conflicts.slice(0, 5).map(({ path }) => JSON.stringify(path.slice(0, 200)))
    return (
      `proposal ${this.number} has ${this.total} conflict(s)${where}: ` +
      `${paths.join(", ")}${this.total > 5 ? " …" : ""}`
    )
  }
}

/** The target holds everything that the proposal would bring. */
export class NothingToMerge extends Schema.TaggedError<NothingToMerge>()("NothingToMerge", {
  kind: errorKind("conflict"),
  number: Schema.Int
}) {
  override get message() {
    return `proposal ${this.number} brings nothing that its target does not have`
  }
}

/** The target has commits of its own, and the strategy allows no other commit. */
export class FastForwardImpossible extends Schema.TaggedError<FastForwardImpossible>()("FastForwardImpossible", {
  kind: errorKind("conflict"),
  number: Schema.Int
}) {
  override get message() {
    return `proposal ${this.number} cannot be fast-forwarded: its target has commits that it lacks`
  }
}

/** The target is protected, and too few people who may write have approved the present head. */
export class ApprovalsMissing extends Schema.TaggedError<ApprovalsMissing>()("ApprovalsMissing", {
  kind: errorKind("conflict"),
  number: Schema.Int,
  needed: Schema.Int,
  given: Schema.Int,
  changesRequestedBy: Schema.Array(Schema.String)
}) {
  static readonly details = ["needed", "given", "changesRequestedBy"] as const
  override get message() {
    const objections = this.changesRequestedBy.join(", ")
    return objections === ""
      ? `proposal ${this.number} has ${this.given} of ${this.needed} approvals of its present head`
      : `proposal ${this.number} cannot be merged while changes are requested by ${objections}`
  }
}

/** The branches moved each time that the proposal was merged. Nothing happened; the same call may be sent again. */
export class TargetContended extends Schema.TaggedError<TargetContended>()("TargetContended", {
  kind: errorKind("conflict"),
  number: Schema.Int,
  attempts: Schema.Int
}) {
  override get message() {
    return (
      `the branches of proposal ${this.number} moved during each of ${this.attempts} attempts to merge it; try ` +
      "again"
    )
  }
}

/** The proposal has too many commits to be made anew one by one. */
export class RebaseTooLarge extends Schema.TaggedError<RebaseTooLarge>()("RebaseTooLarge", {
  kind: errorKind("refused"),
  number: Schema.Int,
  commits: Schema.Int
}) {
  override get message() {
    return (
      `proposal ${this.number} has ${this.commits} commits, too many for a rebase here; squash it or make a ` +
      "merge commit"
    )
  }
}
