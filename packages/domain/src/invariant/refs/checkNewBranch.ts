import { Effect } from "effect"
import { type BranchName, newBranchName, type UserName } from "../../repository/Names.ts"
import type { Root } from "../../repository/Root.ts"
import { approvalsNeeded, BranchClash, BranchProtected } from "../../repository/rule/branchRules.ts"
import { checkCount } from "../../repository/rule/repositoryLimits.ts"
import { mayAdminister } from "../../repository/rule/roles.ts"
import { teamRolesOf } from "../teams/TeamRoles.ts"
import { clashingBranch } from "./heads.ts"

/**
 * Checks that a user may make a branch of this name, whatever brings its first content: a push, a commit, a rename, a
 * restore. The name must be one by which the branch can be found, and clash with no other branch. A name that changes
 * only by approved proposals is first filled by a user with admin access, since no proposal can have it as its target.
 */
export const checkNewBranch = Effect.fnUntraced(function* (root: Root, branch: BranchName, by: UserName) {
  yield* Effect.fromResult(newBranchName(branch))
  const existing = yield* clashingBranch(root, branch)
  if (existing !== undefined) return yield* new BranchClash({ branch, existing })
  if (approvalsNeeded(root, branch) > 0 && !mayAdminister(root, by, yield* teamRolesOf(root))) {
    return yield* new BranchProtected({ branch, reason: "only a user with admin access can create it" })
  }
  yield* checkCount("branches", root.heads.count + 1)
})
