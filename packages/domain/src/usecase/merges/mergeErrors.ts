/** The errors of a merge. */
import { Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"
import { BlobId, CommitId } from "../../object/Id.ts"

export const Conflict = Schema.Struct({
  path: Schema.String,
  kind: Schema.Literals(["both_modified", "modified_deleted", "added_added", "file_folder"]),
  base: Schema.NullOr(BlobId),
  ours: Schema.NullOr(BlobId),
  theirs: Schema.NullOr(BlobId),
  cause: Schema.String
})
/**
 * A path that both sides changed in ways that cannot be merged automatically. A blob is null where the path is absent.
 */
export type Conflict = typeof Conflict.Type

/** The maximum number of conflicts listed in an error; the rest is counted. */
export const conflictsListedMax = 1000

/** The branches have conflicts. Nothing was written. */
export class MergeConflicts extends Schema.TaggedError<MergeConflicts>()("MergeConflicts", {
  kind: errorKind("conflict"),
  number: Schema.Int,
  /** The first 1,000 conflicts. */
  conflicts: Schema.Array(Conflict),
  total: Schema.Int,
  /** In a rebase, the commit whose changes conflict. */
  commit: Schema.optionalKey(Schema.String)
}) {
  static readonly details = ["conflicts", "total", "commit"] as const
  override get message() {
    const where = this.commit === undefined ? "" : ` at commit ${this.commit}`
    const paths = this.conflicts.slice(0, 5).map(({ path }) => JSON.stringify(cut(path, 200)))
    return (
      `proposal ${this.number} has ${this.total} conflict(s)${where}: ` +
      `${paths.join(", ")}${this.total > 5 ? " …" : ""}`
    )
  }
}

/** Creates the error of conflicts. In a rebase, `commit` is the one whose changes conflict. */
export const conflictsOf = (number: number, conflicts: ReadonlyArray<Conflict>, commit?: CommitId) =>
  new MergeConflicts({
    number,
    conflicts: conflicts.slice(0, conflictsListedMax),
    total: conflicts.length,
    ...(commit === undefined ? {} : { commit })
  })

/** The target already has all changes of the proposal: a merge would not change its tree. */
export class NothingToMerge extends Schema.TaggedError<NothingToMerge>()("NothingToMerge", {
  kind: errorKind("conflict"),
  number: Schema.Int
}) {
  override get message() {
    return `proposal ${this.number} has nothing to merge: its target already has all of its changes`
  }
}

/** The two branches have no commit in common, so nothing says what each of them changed. */
export class HistoriesUnrelated extends Schema.TaggedError<HistoriesUnrelated>()("HistoriesUnrelated", {
  kind: errorKind("conflict"),
  number: Schema.Int,
  from: Schema.String,
  to: Schema.String
}) {
  override get message() {
    return (
      `proposal ${this.number} cannot be merged: ${JSON.stringify(this.from)} and ${JSON.stringify(this.to)} have no ` +
      "commit in common; join them in a clone and push the result"
    )
  }
}

/** A fast-forward was required, but the target has commits that the proposal's branch lacks. */
export class FastForwardImpossible extends Schema.TaggedError<FastForwardImpossible>()("FastForwardImpossible", {
  kind: errorKind("conflict"),
  number: Schema.Int
}) {
  override get message() {
    return `proposal ${this.number} cannot be fast-forwarded: its target has commits of its own`
  }
}

/**
 * The target is protected, and the present head lacks approvals by users with write access, or such a user requested
 * changes.
 */
export class ApprovalsMissing extends Schema.TaggedError<ApprovalsMissing>()("ApprovalsMissing", {
  kind: errorKind("conflict"),
  number: Schema.Int,
  needed: Schema.Int,
  given: Schema.Int,
  changesRequestedBy: Schema.Array(Schema.String),
  /** Why the hub cannot tell who contributed, so that no approval counts, and what to do. */
  uncounted: Schema.optionalKey(Schema.String)
}) {
  static readonly details = ["needed", "given", "changesRequestedBy"] as const
  override get message() {
    const objections = this.changesRequestedBy.join(", ")
    const why = this.uncounted === undefined ? "" : `; none can be counted, because ${this.uncounted}`
    return objections === ""
      ? `proposal ${this.number} has ${this.given} of ${this.needed} approvals of its present head${why}`
      : `proposal ${this.number} cannot be merged while changes are requested by ${objections}`
  }
}

/** A rule of `.musegovernance.json` at the head of the target is not met. */
export class RuleUnmet extends Schema.TaggedError<RuleUnmet>()("RuleUnmet", {
  kind: errorKind("conflict"),
  number: Schema.Int,
  /** The name of the rule. */
  rule: Schema.String,
  /** A path that the merge changes, and that the rule is for. */
  path: Schema.String,
  needed: Schema.Int,
  given: Schema.Int,
  /** Completes a sentence about the rule. */
  reason: Schema.String
}) {
  static readonly details = ["rule", "path", "needed", "given"] as const
  override get message() {
    return (
      `proposal ${this.number} cannot be merged: the rule ${JSON.stringify(this.rule)} of .musegovernance.json, for ` +
      `${JSON.stringify(cut(this.path, 200))}, ${this.reason}`
    )
  }
}

/** The merge would put an invalid `.musegovernance.json` on the target, which would end all of its rules. */
export class GovernanceInvalid extends Schema.TaggedError<GovernanceInvalid>()("GovernanceInvalid", {
  kind: errorKind("refused"),
  number: Schema.Int,
  reason: Schema.String
}) {
  override get message() {
    return `proposal ${this.number} would land an invalid document; correct it on its branch: ${this.reason}`
  }
}

/** The branches moved during every attempt. Nothing was changed; the request may be sent again. */
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

/**
 * A rebase would give another tree than the merge that the preview shows, because this commit, a merge with changes of
 * its own, has no place in it.
 */
export class RebaseUnfaithful extends Schema.TaggedError<RebaseUnfaithful>()("RebaseUnfaithful", {
  kind: errorKind("conflict"),
  number: Schema.Int,
  commit: CommitId
}) {
  static readonly details = ["commit"] as const
  override get message() {
    return (
      `proposal ${this.number} cannot be rebased: commit ${this.commit} is a merge with changes of its own, which a ` +
      "rebase would lose; squash it or make a merge commit"
    )
  }
}

/** The proposal has too many commits for a rebase. */
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
