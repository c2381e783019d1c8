/**
 * Receives a push of older agents, in one JSON body (docs/wire.md, section 8), through the same use cases as the wire
 * protocol: ids are recomputed, and branches are fast-forwarded unless `force` is set.
 */
import type { MoveServices } from "../write/moveRoot.ts"
import { Effect, Result } from "effect"
import { inSlices } from "../../base/Slices.ts"
import { commitIdOf, type CommitRecord, commitRecord } from "../../object/Commit.ts"
import { isCommitId } from "../../object/Id.ts"
import { IdMismatch, ObjectRefused } from "../../object/Refused.ts"
import { SnapshotChecker } from "../../object/Snapshot.ts"
import type { SyncCommit, SyncPush } from "../../wire/sync.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { push, type PushAnswer, type PushError } from "../push/push.ts"
import { uploadBlobs } from "../push/uploadBlobs.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"

/** The maximum number of parents that can be proven: a record names two of three (docs/wire.md, section 1). */
const parentsMax = 3

/** Returns the record of a commit sent by this interface. The time is kept verbatim, since it is hashed. */
const recordOf = (
  open: OpenRepository<"write">,
  branch: string,
  { author, commitId, message, parentIds, snapshotId, timestamp }: SyncCommit
): Result.Result<CommitRecord, ObjectRefused | IdMismatch> =>
  Result.gen(function* () {
    const refuse = (reason: string) => Result.fail(new ObjectRefused({ type: "commit", id: commitId, reason }))
    if (snapshotId === null) return yield* refuse("it has no snapshotId, so it could not be checked out")
    if (parentIds.length > parentsMax) return yield* refuse(`it has more than ${parentsMax} parents`)
    const [first = null, second = null] = parentIds
    const record = yield* commitRecord({
      commit_id: commitId,
      repo_id: open.id,
      branch,
      snapshot_id: snapshotId,
      message,
      committed_at: timestamp,
      parent_commit_id: first,
      parent2_commit_id: second,
      author: author ?? open.principal.user,
      format_version: 5
    })
    // The record, and its recomputed id, cover only the first two parents; the third must be part of the id as well.
    const computed = commitIdOf({ parents: parentIds, snapshotId, message, committedAt: timestamp })
    if (computed !== record.commit_id)
      return yield* Result.fail(new IdMismatch({ type: "commit", given: commitId, computed }))
    return record
  })

/**
 * Stores the objects, then pushes. The head may be a commit that the repository already has; the branch is then moved
 * to it or created there.
 */
export const syncPush = Effect.fn("syncPush")(function* (
  open: OpenRepository<"write">,
  request: SyncPush
): Effect.fn.Return<PushAnswer, PushError, CommitIndex | MoveServices> {
  const { branch, expect, force, headCommitId, objects } = request
  const checker = new SnapshotChecker()
  const snapshots = yield* Effect.forEach(request.snapshots, (claim) =>
    Effect.flatMap(
      inSlices(() => checker.checking(claim)),
      Effect.fromResult
    )
  )
  const commits = yield* Effect.forEach(request.commits, (sent) => Effect.fromResult(recordOf(open, branch, sent)))
  if (!isCommitId(headCommitId)) {
    return yield* new ObjectRefused({
      type: "commit",
      id: headCommitId,
      reason: "the new head is not named by 64 lower-case hex digits"
    })
  }
  yield* uploadBlobs(open, (take) =>
    Effect.forEach(objects, ({ content, id }) => take({ id, size: content.byteLength, content }), { discard: true })
  )
  return yield* push(open, { branch, force, expect, head: headCommitId, commits, snapshots })
})
