/**
 * Restores a branch to a former head, after an unwanted force push or a deletion. The commits in the reflog are still
 * in the store, whether a branch leads to them or not.
 */
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { Effect, Option, Schema, Stream } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { readCommit, readSnapshot } from "../../invariant/ObjectReader.ts"
import { checkNewBranch } from "../../invariant/refs/checkNewBranch.ts"
import { headOf, withHead } from "../../invariant/refs/heads.ts"
import { rootsBackFrom } from "../../invariant/RootHistory.ts"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { CommitId } from "../../object/Id.ts"
import { type BranchName, branchName, type BranchNameRefused } from "../../repository/Names.ts"
import type { Root } from "../../repository/Root.ts"
import {
  type BranchProtected,
  branchRef,
  checkLease,
  checkLossyChange,
  type HeadMoved,
  type BranchClash,
  type BranchUnknown
} from "../../repository/rule/branchRules.ts"
import type { RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import { graphOfMove } from "../graph/commitGraph.ts"
import { CommitUnknown } from "../graph/CommitUnknown.ts"
import { requireHeld } from "../recovery/lostRows.ts"
import type { PackLost } from "../recovery/PackLost.ts"
import { closingMerged } from "../write/mergedByMove.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { viewBranch, type BranchView } from "./listBranches.ts"
import { movesIn } from "./readReflog.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"

/** According to its reflog, the branch was never at the commit. */
export class NotInReflog extends Schema.TaggedError<NotInReflog>()("NotInReflog", {
  kind: errorKind("refused"),
  branch: Schema.String,
  commit: CommitId
}) {
  override get message() {
    return `branch ${JSON.stringify(this.branch)} was never at ${this.commit}`
  }
}

export interface Restoration {
  readonly commit: CommitId
  /** The expected head, null if the branch must not exist; undefined accepts any head. */
  readonly expect?: CommitId | null | undefined
}

/** The most roots that are searched for the commit, each of them an object of the store, and the most bytes of them. */
const searchBounds = { rootsMax: 100_000, bytesMax: 256 * 1024 * 1024 }

const checkReflog = Effect.fnUntraced(function* (root: Root, branch: BranchName, commit: CommitId) {
  const found = yield* rootsBackFrom(root, searchBounds).pipe(
    Stream.filter((each) => movesIn(each, branch).some(({ from, to }) => from === commit || to === commit)),
    Stream.runHead
  )
  if (Option.isNone(found)) return yield* new NotInReflog({ branch, commit })
})

/** Reads the commit and its snapshot, so that the branch does not point to a missing object. */
const checkStored = Effect.fnUntraced(
  function* (open: OpenRepository, id: CommitId) {
    const { commit } = yield* readCommit(open.id, id)
    yield* readSnapshot(open.id, commit.snapshotId)
    yield* requireHeld(open.id, [
      { type: "commit", id },
      { type: "snapshot", id: commit.snapshotId }
    ])
  },
  (read, _, commit) => Effect.catchTag(read, "ObjectMissing", () => Effect.fail(new CommitUnknown({ commit })))
)

export type RestoreBranchError =
  | BranchUnknown
  | NotInReflog
  | HeadMoved
  | BranchProtected
  | CommitUnknown
  | PackLost
  | BranchNameRefused
  | BranchClash
  | RepositoryFull
  | MoveError
  | IndexUnavailable

/**
 * Restores a branch to a commit from its reflog that is still in the store, and creates the branch if it was deleted. A
 * branch that exists and is protected stays where it is.
 */
export const restoreBranch = Effect.fn("restoreBranch")(function* (
  open: OpenRepository<"write">,
  branch: string,
  { commit, expect }: Restoration
): Effect.fn.Return<BranchView, RestoreBranchError, CommitIndex | MoveServices> {
  const name = yield* Effect.fromResult(branchName(branch))
  const decide: Decision<BranchProtected | HeadMoved | Effect.Error<ReturnType<typeof checkNewBranch>>> =
    Effect.fnUntraced(function* (root) {
      const from = (yield* headOf(root, name)) ?? null
      yield* checkLease(name, from, expect)
      if (from === commit) return null
      yield* from === null ? checkNewBranch(root, name, open.principal.user) : checkLossyChange(root, name)
      return {
        root: yield* withHead(root, name, commit),
        change: {
          action: "restore-branch",
          by: open.principal.user,
          at: yield* nowIso,
          moves: [{ ref: branchRef(name), from, to: commit }]
        }
      }
    })
  yield* decide(open.root.value)
  yield* checkReflog(open.root.value, name, commit)
  yield* checkStored(open, commit)
  const graph = yield* graphOfMove(open.id)
  const moved = yield* moveRoot(open, closingMerged(graph, decide))
  return yield* viewBranch(moved.value, name)
})
