/** Renames a branch, and updates everything in the root that names it in the same write. */
import { Effect } from "effect"
import { checkNewBranch } from "../../invariant/refs/checkNewBranch.ts"
import { headOf, withHead, withoutHead } from "../../invariant/refs/heads.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { newBranchName, type BranchNameRefused } from "../../repository/Names.ts"
import {
  BranchExists,
  type BranchProtected,
  branchRef,
  type BranchUnknown,
  checkLossyChange,
  type BranchClash
} from "../../repository/rule/branchRules.ts"
import { findBranch } from "../../invariant/refs/revisions.ts"
import type { RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { viewBranch, type BranchView } from "./listBranches.ts"

type Refusal = BranchExists | BranchProtected | BranchUnknown | Effect.Error<ReturnType<typeof checkNewBranch>>

export type RenameBranchError =
  | BranchUnknown
  | BranchProtected
  | BranchNameRefused
  | BranchExists
  | BranchClash
  | RepositoryFull
  | MoveError

/**
 * Renames a branch; the default branch and open proposals follow. Existing clones lose the old name, so a protected
 * branch cannot be renamed until a user with admin access removes the protection.
 */
export const renameBranch = Effect.fn("renameBranch")(function* (
  open: OpenRepository<"write">,
  name: string,
  newName: string
): Effect.fn.Return<BranchView, RenameBranchError, MoveServices> {
  const renamed = yield* Effect.fromResult(newBranchName(newName))
  const decide: Decision<Refusal> = Effect.fnUntraced(function* (root) {
    const [old, head] = yield* findBranch(root, name)
    if (old === renamed) return null
    if ((yield* headOf(root, renamed)) !== undefined) return yield* new BranchExists({ branch: renamed })
    yield* checkLossyChange(root, old)
    const others = { ...root, ...(yield* withoutHead(root, old)) }
    // The old name is free by then: `a` may become `a/b`.
    yield* checkNewBranch(others, renamed, open.principal.user)
    const follow = (branch: typeof old) => (branch === old ? renamed : branch)
    return {
      root: {
        ...(yield* withHead(others, renamed, head)),
        repository: { ...root.repository, defaultBranch: follow(root.repository.defaultBranch) },
        proposals: {
          ...root.proposals,
          open: root.proposals.open.map(({ number, from, to }) => ({ number, from: follow(from), to: follow(to) }))
        }
      },
      change: {
        action: "rename-branch",
        by: open.principal.user,
        at: yield* nowIso,
        moves: [
          { ref: branchRef(old), from: head, to: null },
          { ref: branchRef(renamed), from: null, to: head }
        ]
      }
    }
  })
  const moved = yield* moveRoot(open, decide)
  return yield* viewBranch(moved.value, renamed)
})
