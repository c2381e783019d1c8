/** Deletes a branch. Its commits stay stored; its reflog keeps where it was. */
import { Effect, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { withoutHead } from "../../invariant/refs/heads.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import type { CommitId } from "../../object/Id.ts"
import {
  type BranchProtected,
  branchRef,
  type BranchUnknown,
  checkLease,
  checkLossyChange,
  type HeadMoved
} from "../../repository/rule/branchRules.ts"
import { findBranch } from "../../invariant/refs/revisions.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** The default branch cannot be deleted: clones begin with it. */
export class DefaultBranchKept extends Schema.TaggedError<DefaultBranchKept>()("DefaultBranchKept", {
  kind: errorKind("conflict"),
  branch: Schema.String
}) {
  override get message() {
    return `branch ${JSON.stringify(this.branch)} is the default branch; choose another one before it is deleted`
  }
}

export type DeleteBranchError = BranchUnknown | DefaultBranchKept | BranchProtected | HeadMoved | MoveError

/** Deletes a branch, if its head is `expect`; without `expect`, at any head. Open proposals about it stay open. */
export const deleteBranch = Effect.fn("deleteBranch")(function* (
  open: OpenRepository<"write">,
  name: string,
  { expect }: { readonly expect?: CommitId | undefined } = {}
): Effect.fn.Return<void, DeleteBranchError, MoveServices> {
  const decide: Decision<BranchUnknown | DefaultBranchKept | BranchProtected | HeadMoved> = Effect.fnUntraced(
    function* (root) {
      const [branch, head] = yield* findBranch(root, name)
      if (root.repository.defaultBranch === branch) return yield* new DefaultBranchKept({ branch })
      yield* checkLossyChange(root, branch)
      yield* checkLease(branch, head, expect)
      return {
        root: yield* withoutHead(root, branch),
        change: {
          action: "delete-branch",
          by: open.principal.user,
          at: yield* nowIso,
          moves: [{ ref: branchRef(branch), from: head, to: null }]
        }
      }
    }
  )
  yield* moveRoot(open, decide)
})
