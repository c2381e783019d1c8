/** The rules for changing branches: checks that every use case that moves a branch makes, and their errors. */
import { Effect, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { cut } from "../../base/text/cut.ts"
import { orDefault } from "../../base/expected.ts"
import { CommitId } from "../../object/Id.ts"
import type { BranchName } from "../Names.ts"
import { protectionOf, type Root } from "../Root.ts"

/** The push would not fast-forward: the branch's head is not an ancestor of the pushed commit. */
export class NonFastForward extends Schema.TaggedError<NonFastForward>()("NonFastForward", {
  kind: errorKind("conflict"),
  branch: Schema.String,
  head: CommitId
}) {
  static readonly details = ["branch", "head"] as const
  override get message() {
    return (
      `branch ${JSON.stringify(this.branch)} is at ${this.head}, which the pushed history does not contain; ` +
      "pull, or push with force"
    )
  }
}

/** The branch's name clashes with another one: in a clone one would be a file and the other a folder. */
export class BranchClash extends Schema.TaggedError<BranchClash>()("BranchClash", {
  kind: errorKind("refused"),
  branch: Schema.String,
  existing: Schema.String
}) {
  static readonly details = ["branch", "existing"] as const
  override get message() {
    return (
      `branch ${JSON.stringify(this.branch)} cannot exist beside ${JSON.stringify(this.existing)}: one would ` +
      "be a file and the other a folder"
    )
  }
}

/** The branch's head is not the one that the caller expects. */
export class HeadMoved extends Schema.TaggedError<HeadMoved>()("HeadMoved", {
  kind: errorKind("conflict"),
  branch: Schema.String,
  /** Null when the branch should be absent. */
  expected: Schema.NullOr(CommitId),
  actual: Schema.NullOr(CommitId)
}) {
  static readonly details = ["branch", "expected", "actual"] as const
  override get message() {
    const where = (head: CommitId | null) => (head === null ? "not there" : `at ${head}`)
    return (
      `branch ${JSON.stringify(this.branch)} is ${where(this.actual)}, not ` +
      `${this.expected === null ? "absent" : where(this.expected)} as expected`
    )
  }
}

/** The branch's protection forbids the change. */
export class BranchProtected extends Schema.TaggedError<BranchProtected>()("BranchProtected", {
  kind: errorKind("forbidden"),
  branch: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `branch ${JSON.stringify(this.branch)} is protected: ${this.reason}`
  }
}

/** The branch does not exist. */
export class BranchUnknown extends Schema.TaggedError<BranchUnknown>()("BranchUnknown", {
  kind: errorKind("not found"),
  branch: Schema.String,
  /** What else the name means. */
  remedy: Schema.optionalKey(Schema.String)
}) {
  override get message() {
    const remedy = this.remedy === undefined ? "" : `; ${this.remedy}`
    return `there is no branch ${JSON.stringify(cut(this.branch, 300))}${remedy}`
  }
}

/** The branch already exists. */
export class BranchExists extends Schema.TaggedError<BranchExists>()("BranchExists", {
  kind: errorKind("conflict"),
  branch: Schema.String
}) {
  override get message() {
    return `there is already a branch ${JSON.stringify(this.branch)}`
  }
}

/** Checks a lease on the head that a branch has. With `expected` undefined, any head is accepted. */
export const checkLease = (
  branch: string,
  head: CommitId | null | undefined,
  expected: CommitId | null | undefined
): Effect.Effect<void, HeadMoved> => {
  const actual = head ?? null
  return expected === undefined || expected === actual
    ? Effect.void
    : Effect.fail(new HeadMoved({ branch, expected, actual }))
}

/** Returns how many approvals a merge into this branch needs. */
export const approvalsNeeded = (root: Root, branch: string): number =>
  orDefault(protectionOf(root, branch)?.approvals, 0)

/** Checks that a branch, which exists, may change without a proposal. */
export const checkDirectChange = (root: Root, branch: BranchName): Effect.Effect<void, BranchProtected> =>
  approvalsNeeded(root, branch) > 0
    ? Effect.fail(new BranchProtected({ branch, reason: "it changes only by merging approved proposals" }))
    : Effect.void

/** Checks that a branch may lose commits: by a forced push, a restore, a rename or a deletion. */
export const checkLossyChange = (root: Root, branch: BranchName): Effect.Effect<void, BranchProtected> =>
  protectionOf(root, branch) === undefined
    ? Effect.void
    : Effect.fail(new BranchProtected({ branch, reason: "it only moves forward" }))

const branchRefPrefix = "refs/heads/"

/** Returns the ref's full name, as reflogs show it. */
export const branchRef = (branch: BranchName): string => branchRefPrefix + branch

/** Returns the branch of a ref that is named in full; undefined if it is none of a branch. */
export const branchOfRef = (ref: string): BranchName | undefined =>
  // The root names only refs that `branchRef` made.
  ref.startsWith(branchRefPrefix) ? (ref.slice(branchRefPrefix.length) as BranchName) : undefined
