/** Creates a branch on an existing commit. */
import { Effect } from "effect"
import { checkNewBranch } from "../../invariant/refs/checkNewBranch.ts"
import { headOf, withHead } from "../../invariant/refs/heads.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { isCommitId } from "../../object/Id.ts"
import { newBranchName, type BranchNameRefused } from "../../repository/Names.ts"
import {
  BranchExists,
  branchRef,
  type BranchProtected,
  type BranchUnknown,
  type BranchClash
} from "../../repository/rule/branchRules.ts"
import { commitNamed } from "../../invariant/refs/revisions.ts"
import type { RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import { knownCommits } from "../graph/knownCommits.ts"
import type { CommitUnknown } from "../graph/CommitUnknown.ts"
import type { PackLost } from "../recovery/PackLost.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { viewBranch, type BranchView } from "./listBranches.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"

export interface NewBranch {
  readonly name: string
  /** The revision at which it begins. A branch means its head at the write. */
  readonly from: string
}

export type CreateBranchError =
  | BranchNameRefused
  | BranchExists
  | BranchClash
  | BranchProtected
  | BranchUnknown
  | CommitUnknown
  | PackLost
  | RepositoryFull
  | MoveError
  | IndexUnavailable

/** Creates a branch. It may begin at any commit that some root ever led to, even if no branch leads to it any more. */
export const createBranch = Effect.fn("createBranch")(function* (
  open: OpenRepository<"write">,
  wanted: NewBranch
): Effect.fn.Return<BranchView, CreateBranchError, MoveServices> {
  const name = yield* Effect.fromResult(newBranchName(wanted.name))
  if (isCommitId(wanted.from)) yield* knownCommits(open, [wanted.from])
  const decide: Decision<BranchExists | BranchUnknown | Effect.Error<ReturnType<typeof checkNewBranch>>> =
    Effect.fnUntraced(function* (root) {
      if ((yield* headOf(root, name)) !== undefined) return yield* new BranchExists({ branch: name })
      yield* checkNewBranch(root, name, open.principal.user)
      const head = yield* commitNamed(root, wanted.from)
      return {
        root: yield* withHead(root, name, head),
        change: {
          action: "create-branch",
          by: open.principal.user,
          at: yield* nowIso,
          moves: [{ ref: branchRef(name), from: null, to: head }]
        }
      }
    })
  const moved = yield* moveRoot(open, decide)
  return yield* viewBranch(moved.value, name)
})
