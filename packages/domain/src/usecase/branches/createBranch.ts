/** Creates a branch on an existing commit. */
import { Effect, Schema } from "effect"
import type { Decision, MoveError, Roots } from "../../invariant/Roots.ts"
import { CommitId } from "../../object/Id.ts"
import { branchName, type BranchNameRefused } from "../../repository/Names.ts"
import { headOf, type Root, withHead } from "../../repository/Root.ts"
import {
  BranchExists,
  branchRef,
  type BranchProtected,
  type BranchUnknown,
  checkNewBranch,
  knownHead,
  type BranchClash
} from "../../repository/rule/branchRules.ts"
import type { RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import { knownCommits } from "../graph/knownCommits.ts"
import type { CommitUnknown } from "../graph/CommitUnknown.ts"
import { moveRoot } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { viewBranch, type BranchView } from "./listBranches.ts"
import type { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"

export interface NewBranch {
  readonly name: string
  /** A branch, whose head is used, or a commit. 64 hex digits are always a commit. */
  readonly from: string
}

const isCommitId = Schema.is(CommitId)

/** Returns how to find the start of a branch: a commit is fixed; a branch's head is read at the write. */
const startingPoint = Effect.fnUntraced(function* (open: OpenRepository, from: string) {
  if (!isCommitId(from)) return (root: Root) => knownHead(root, from)
  yield* knownCommits(open, [from])
  return (_root: Root): Effect.Effect<CommitId, BranchUnknown> => Effect.succeed(from)
})

export type CreateBranchError =
  | BranchNameRefused
  | BranchExists
  | BranchClash
  | BranchProtected
  | BranchUnknown
  | CommitUnknown
  | RepositoryFull
  | MoveError

/** Creates a branch. It may begin at any commit that some root ever led to, even if no branch leads to it any more. */
export const createBranch = Effect.fn("createBranch")(function* (
  open: OpenRepository<"write">,
  wanted: NewBranch
): Effect.fn.Return<BranchView, CreateBranchError, ObjectIndex | RepositoryIndex | Roots> {
  const name = yield* Effect.fromResult(branchName(wanted.name))
  const startOn = yield* startingPoint(open, wanted.from)
  const decide: Decision<BranchExists | BranchUnknown | Effect.Error<ReturnType<typeof checkNewBranch>>> =
    Effect.fnUntraced(function* (root) {
      if (headOf(root, name) !== undefined) return yield* new BranchExists({ branch: name })
      yield* checkNewBranch(root, name, open.principal.user)
      const head = yield* startOn(root)
      return {
        root: withHead(root, name, head),
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
