/** `pull`: fetches, and fast-forwards the current branch and the working tree. */
import type { CommitId } from "@musehub/domain/object/Id"
import { type BranchName, branchName } from "@musehub/domain/repository/Names"
import { Effect, Option } from "effect"
import { BranchAbsent, Diverged, quoted } from "../errors.ts"
import { LocalHistory } from "../history.ts"
import { nothingUnfinished, readUnfinished, writeUnfinished } from "../layout/Unfinished.ts"
import { checkout, type CheckedOut } from "../workingTree/checkout.ts"
import { mendEmptyFile, withoutDropped } from "./emptyFile.ts"
import { openFolder, openRemote, refuseMerge, type TransferOptions, unwatched } from "./open.ts"
import { track, type Transferred, transfer } from "./transfer.ts"

export interface PullOptions extends TransferOptions {
  /** The branch of the hub; defaults to the one with the name of the current branch. */
  readonly branch?: string | undefined
}

export interface Pulled extends Transferred, CheckedOut {
  /** The current branch. */
  readonly branch: BranchName
  /** Null before a first commit. */
  readonly before: CommitId | null
  /** The same as `before` if the hub has nothing new. */
  readonly after: CommitId
  /** Whether the empty file was missing, as in a clone of the `muse` client, and was put back. */
  readonly mended: boolean
}

/**
 * Moves the current branch to a branch of the hub. Fails with `Diverged` if the hub's head does not descend from the
 * local one, and with `LocalChanges` if files would be lost. In both cases the fetched objects stay, and branch and
 * tree are unchanged.
 */
export const pull = Effect.fn("client.pull")(function* (options: PullOptions) {
  const { repository, head } = yield* openFolder(options.directory)
  if (head.type === "detached") {
    return yield* new BranchAbsent({
      branch: "",
      reason: "HEAD is at a commit and not on a branch; check one out first"
    })
  }
  const { branch } = head
  const remoteBranch = options.branch === undefined ? branch : yield* Effect.fromResult(branchName(options.branch))
  yield* refuseMerge(repository)
  const { name, hub } = yield* openRemote(repository, options)
  const refs = yield* hub.refs
  const after = refs.heads.get(remoteBranch)
  if (after === undefined) {
    const reason = `${hub.url} has no branch ${quoted(remoteBranch)}`
    return yield* new BranchAbsent({ branch: remoteBranch, reason })
  }
  // Before anything arrives that brings the empty file along: then it would be unknown that the tree may lack it.
  const mended = yield* mendEmptyFile(repository)
  const transferred = yield* transfer(repository, hub, refs, options.onProgress ?? unwatched)
  yield* track(repository, name, refs)

  const before = Option.getOrNull(yield* repository.branch(branch))
  const unmoved: Pulled = {
    branch,
    before,
    after: before ?? after,
    mended,
    ...transferred,
    filesWritten: 0,
    filesRemoved: 0,
    filesRefused: []
  }
  const history = new LocalHistory(repository)
  const { checkouts } = yield* readUnfinished(repository.files)
  if (before !== null && before !== after) {
    if (!(yield* history.isAncestor(before, after))) {
      if (yield* history.isAncestor(after, before)) return unmoved
      return yield* new Diverged({ branch, local: before, remoteBranch, remote: after })
    }
  } else if (before === after && checkouts.length === 0 && !mended) return unmoved

  const snapshotOf = (id: CommitId) =>
    Effect.flatMap(history.node(id), ({ snapshotId }) => repository.snapshot(snapshotId))
  const tree = before === null ? undefined : yield* snapshotOf(before)
  const from = tree !== undefined && mended ? yield* withoutDropped(repository, tree) : tree?.manifest
  const checkedOut = yield* checkout(repository, from, yield* snapshotOf(after))
  yield* repository.writeBranch(branch, after)
  yield* writeUnfinished(repository.files, nothingUnfinished)
  const pulled: Pulled = { branch, before, after, mended, ...transferred, ...checkedOut }
  return pulled
}, Effect.scoped)
