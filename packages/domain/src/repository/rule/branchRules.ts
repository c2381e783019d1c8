/** What may become of a branch: the checks that every use case makes that moves one, and their errors. */
import { Effect, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { CommitId } from "../../object/Id.ts"
import { type BranchName, clashingBranch } from "../Names.ts"
import { headOf, protectionOf, type Root } from "../Root.ts"
import { checkCount, type RepositoryFull } from "./repositoryLimits.ts"

/** The branch does not move forward: its head is not among the ancestors of the pushed commit. */
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

/** The branch cannot exist beside another one: in a clone one would be a file and the other a folder. */
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

/** The branch is not where the caller takes it to be. */
export class HeadMoved extends Schema.TaggedError<HeadMoved>()("HeadMoved", {
  kind: errorKind("conflict"),
  branch: Schema.String,
  /** Null: no such branch. */
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

/** The branch is protected against what was asked for. */
export class BranchProtected extends Schema.TaggedError<BranchProtected>()("BranchProtected", {
  kind: errorKind("forbidden"),
  branch: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `branch ${JSON.stringify(this.branch)} is protected: ${this.reason}`
  }
}

/** There is no such branch. */
export class BranchUnknown extends Schema.TaggedError<BranchUnknown>()("BranchUnknown", {
  kind: errorKind("not found"),
  branch: Schema.String
}) {
  override get message() {
    return `there is no branch ${JSON.stringify(this.branch.slice(0, 300))}`
  }
}

/** There is a branch of this name already. */
export class BranchExists extends Schema.TaggedError<BranchExists>()("BranchExists", {
  kind: errorKind("conflict"),
  branch: Schema.String
}) {
  override get message() {
    return `there is already a branch ${JSON.stringify(this.branch)}`
  }
}

/** The head of a branch that must be there. */
export const knownHead = (root: Root, branch: string): Effect.Effect<CommitId, BranchUnknown> => {
  const head = headOf(root, branch)
  return head === undefined ? Effect.fail(new BranchUnknown({ branch })) : Effect.succeed(head)
}

/** Keeps a lease: `expected` is undefined where the caller takes any head. */
export const checkLease = (
  root: Root,
  branch: string,
  expected: CommitId | null | undefined
): Effect.Effect<void, HeadMoved> => {
  const actual = headOf(root, branch) ?? null
  return expected === undefined || expected === actual
    ? Effect.void
    : Effect.fail(new HeadMoved({ branch, expected, actual }))
}

/** Whether a new branch can live beside those that are there, and whether there is room for one more. */
export const checkNewBranch = (root: Root, branch: BranchName): Effect.Effect<void, BranchClash | RepositoryFull> => {
  const names = root.heads.map(([name]) => name)
  const existing = clashingBranch(branch, names)
  return existing === undefined
    ? checkCount("branches", names.length + 1)
    : Effect.fail(new BranchClash({ branch, existing }))
}

/** How many approvals a merge into this branch needs. */
export const approvalsNeeded = (root: Root, branch: string): number => protectionOf(root, branch)?.approvals ?? 0

/** Whether commits may be put on a branch without a proposal. A branch that is not there yet may always be begun. */
export const checkDirectChange = (root: Root, branch: BranchName): Effect.Effect<void, BranchProtected> =>
  headOf(root, branch) !== undefined && approvalsNeeded(root, branch) > 0
    ? Effect.fail(new BranchProtected({ branch, reason: "it changes by approved proposals alone" }))
    : Effect.void

/** Whether a branch may lose commits: be forced, taken back, renamed or deleted. */
export const checkLossyChange = (root: Root, branch: BranchName): Effect.Effect<void, BranchProtected> =>
  protectionOf(root, branch) === undefined
    ? Effect.void
    : Effect.fail(new BranchProtected({ branch, reason: "it only moves forward" }))

/** The ref's full name, as reflogs show it. */
export const branchRef = (branch: BranchName): string => `refs/heads/${branch}`
