/** Protects branches. A rule may exist before its branch does. */
import { Effect } from "effect"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { type BranchName, branchName, type BranchNameRefused, newBranchName } from "../../repository/Names.ts"
import { type Protection, protectionOf, withPair } from "../../repository/Root.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { checkCount, type RepositoryFull } from "../../repository/rule/repositoryLimits.ts"

const isSame = (one: Protection | undefined, other: Protection | undefined): boolean =>
  one?.approvals === other?.approvals && one?.selfApproval === other?.selfApproval

const setRule = (
  open: OpenRepository<"admin">,
  branch: BranchName,
  rule: Protection | undefined
): Decision<RepositoryFull> =>
  Effect.fnUntraced(function* (root) {
    if (isSame(protectionOf(root, branch), rule)) return null
    const protection = withPair(root.protection, branch, rule)
    if (rule !== undefined) yield* checkCount("branch protections", protection.length)
    return {
      root: { protection },
      change: { action: "protect-branch", by: open.principal.user, at: yield* nowIso, moves: [] }
    }
  })

export type ProtectionError = BranchNameRefused | RepositoryFull | MoveError

/** Protects a branch, or replaces its protection, and returns the rule. */
export const protectBranch = Effect.fn("protectBranch")(function* (
  open: OpenRepository<"admin">,
  name: string,
  { approvals, selfApproval }: Protection
): Effect.fn.Return<Protection, ProtectionError, MoveServices> {
  const branch = yield* Effect.fromResult(newBranchName(name))
  const rule: Protection = { approvals, selfApproval }
  yield* moveRoot(open, setRule(open, branch, rule))
  return rule
})

/** Removes the protection of a branch. Does nothing if there is none. */
export const unprotectBranch = Effect.fn("unprotectBranch")(function* (
  open: OpenRepository<"admin">,
  name: string
): Effect.fn.Return<void, ProtectionError, MoveServices> {
  const branch = yield* Effect.fromResult(branchName(name))
  yield* moveRoot(open, setRule(open, branch, undefined))
})
