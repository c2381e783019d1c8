/**
 * A branch back where it was: after a force push that should not have been, or after it was deleted. What the reflog
 * names is still in the store, whether any branch leads to it or not.
 */
import { Effect, Option, Schema, Stream } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { readCommit, readSnapshot } from "../../invariant/ObjectReader.ts"
import { rootsBackFrom } from "../../invariant/RootHistory.ts"
import { type Decision, Roots } from "../../invariant/Roots.ts"
import { CommitId } from "../../object/Id.ts"
import type { StoredDocument } from "../../port/Stored.ts"
import { type BranchName, branchName } from "../../repository/Names.ts"
import { headOf, type Root, withHead } from "../../repository/Root.ts"
import {
  type BranchProtected,
  branchRef,
  checkLease,
  checkLossyChange,
  checkNewBranch,
  type HeadMoved
} from "../../repository/rule/branchRules.ts"
import { CommitUnknown } from "../graph/CommitUnknown.ts"
import { catchUp } from "../recovery/catchUp.ts"
import { catchUpDocuments } from "../recovery/catchUpDocuments.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { viewBranch } from "./listBranches.ts"
import { movesIn } from "./readReflog.ts"

/** The branch never was at the commit, as far as its reflog says. */
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
  /** Where the branch must be for it to happen, null for nowhere; undefined takes any head. */
  readonly expect?: CommitId | null | undefined
}

/** Roots that are looked through for the commit, each an object of the store. */
const rootsMax = 100_000

const checkReflog = Effect.fnUntraced(function* (root: Root, branch: BranchName, commit: CommitId) {
  const ref = branchRef(branch)
  const found = yield* rootsBackFrom(root).pipe(
    Stream.take(rootsMax),
    Stream.filter((each) => movesIn(each, ref).some(({ from, to }) => from === commit || to === commit)),
    Stream.runHead
  )
  if (Option.isNone(found)) return yield* new NotInReflog({ branch, commit })
})

/** A branch must never point to nothing: the commit and its tree are read before it does. */
const checkStored = Effect.fnUntraced(
  function* (open: OpenRepository, id: CommitId) {
    const { commit } = yield* readCommit(open.id, id)
    yield* readSnapshot(open.id, commit.snapshotId)
  },
  Effect.catchTag("ObjectMissing", ({ id }) => Effect.fail(new CommitUnknown({ commit: id })))
)

/** The index may never have met the commits: a force push left them behind before it was made from the store. */
const bringIndexUp = Effect.fnUntraced(function* (root: StoredDocument<Root>) {
  yield* catchUpDocuments(root.value, false).pipe(
    Effect.andThen(catchUp(root)),
    Effect.catch((error) => Effect.logWarning("the index is behind the restored branch", error))
  )
})

/**
 * Puts a branch on a commit where it was before (`NotInReflog` otherwise), making it again where it was deleted. Fails
 * with `HeadMoved`, with `BranchProtected` where it is there and protected, with `CommitUnknown` when the commit is no
 * longer in the store, and with what a new branch can be refused for.
 */
export const restoreBranch = Effect.fn("restoreBranch")(function* (
  open: OpenRepository<"write">,
  branch: string,
  { commit, expect }: Restoration
) {
  const roots = yield* Roots
  const name = yield* Effect.fromResult(branchName(branch))
  const decide: Decision<BranchProtected | HeadMoved | Effect.Error<ReturnType<typeof checkNewBranch>>> =
    Effect.fnUntraced(function* (root) {
      yield* checkLease(root, name, expect)
      const from = headOf(root, name) ?? null
      if (from === commit) return null
      yield* from === null ? checkNewBranch(root, name) : checkLossyChange(root, name)
      return {
        root: withHead(root, name, commit),
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
  const moved = yield* roots.move(open.id, decide)
  yield* bringIndexUp(moved)
  return yield* viewBranch(moved.value, name)
})
