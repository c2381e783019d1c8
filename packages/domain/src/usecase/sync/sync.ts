/**
 * Push and pull for older agents, in whole JSON bodies (docs/wire.md, section 8), on the same use cases as the wire:
 * ids are recomputed, branches move forward, and a pull is planned like a fetch and handed out in pages.
 */
import { Effect, Result, Schema } from "effect"
import { readCommit, readSnapshot } from "../../invariant/ObjectReader.ts"
import { type Commit, commitIdOf, type CommitRecord, commitRecord } from "../../object/Commit.ts"
import { sha256 } from "../../object/Digest.ts"
import { type BlobId, CommitId, type SnapshotId } from "../../object/Id.ts"
import { IdMismatch, ObjectRefused } from "../../object/Refused.ts"
import { type Snapshot, SnapshotChecker } from "../../object/Snapshot.ts"
import { expected, orDefault } from "../../object/expected.ts"
import { CursorRefused } from "../../port/Page.ts"
import { type SyncCommit, syncPageMax, type SyncPull, type SyncPush } from "../../wire/sync.ts"
import { knownHead } from "../../repository/rule/branchRules.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { type FetchPlan, planFetch } from "../fetch/planFetch.ts"
import { push } from "../push/push.ts"
import { uploadBlobs } from "../push/uploadBlobs.ts"

/** Parents that a commit can be proven to have: a record names two of three (docs/wire.md, section 1). */
const parentsMax = 3

const isCommitId = Schema.is(CommitId)

/** The record of a commit as this interface sends it; the time is kept verbatim, since it is hashed. */
const recordOf = (
  open: OpenRepository<"write">,
  branch: string,
  { author, commitId, message, parentIds, snapshotId, timestamp }: SyncCommit
): Result.Result<CommitRecord, ObjectRefused | IdMismatch> =>
  Result.gen(function* () {
    const refuse = (reason: string) => Result.fail(new ObjectRefused({ type: "commit", id: commitId, reason }))
    if (snapshotId === null) return yield* refuse("it has no snapshotId, so nobody could check it out")
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
    // Recorded and recomputed are the first two alone; the third has to be part of the id as well.
    const computed = commitIdOf({ parents: parentIds, snapshotId, message, committedAt: timestamp })
    if (computed !== record.commit_id)
      return yield* Result.fail(new IdMismatch({ type: "commit", given: commitId, computed }))
    return record
  })

/**
 * Stores the objects, then pushes. The head may also be a commit that the repository has already, which moves or begins
 * the branch there.
 */
export const syncPush = Effect.fn("syncPush")(function* (open: OpenRepository<"write">, request: SyncPush) {
  const { branch, expect, force, headCommitId, objects } = request
  const checker = new SnapshotChecker()
  const snapshots = yield* Effect.forEach(request.snapshots, (claim) => Effect.fromResult(checker.check(claim)))
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

/** Stored bytes of a page after which it ends; base64 makes them a third more. */
const pageBytesMax = 16 * 1024 * 1024

/** Store requests in flight. */
const concurrency = 16

/** One thing to send. Keys order them: commits, parents first, then snapshots, then objects, each by id. */
interface Item {
  readonly key: string
  /** What it adds to a page at most. */
  readonly bytes: number
  readonly commit?: CommitId
  readonly snapshot?: SnapshotId
  readonly blob?: BlobId
}

const keyOf = (kind: 0 | 1 | 2, id: string, generation = 0): string =>
  `${kind}.${String(generation).padStart(10, "0")}.${id}`

const inOrder = (a: Item, b: Item): number => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

const itemsOf = (plan: FetchPlan, haveObjects: ReadonlySet<BlobId>): ReadonlyArray<Item> => {
  // A commit's stored bytes count its snapshot too.
  const bytesOf = new Map(plan.commits.map(({ snapshotId, storedBytes }) => [snapshotId, storedBytes]))
  const items: ReadonlyArray<Item> = [
    ...plan.commits.map(({ generation, id, storedBytes }): Item => ({
      key: keyOf(0, id, generation),
      bytes: storedBytes,
      commit: id
    })),
    ...plan.snapshots.map((id): Item => ({
      key: keyOf(1, id),
      bytes: expected(bytesOf.get(id), `the size of snapshot ${id}`),
      snapshot: id
    })),
    ...Array.from(plan.blobs, ([id, bytes]): Item => ({ key: keyOf(2, id), bytes, blob: id })).filter(
      ({ blob }) => blob === undefined || !haveObjects.has(blob)
    )
  ]
  return items.toSorted(inOrder)
}

/**
 * Where a pull goes on: the head that it is about, the last thing sent, and what the question was, since the same
 * objects are lacking only to the same client.
 */
interface Place {
  readonly head: CommitId
  readonly key: string
  readonly question: string
}

const cursorPattern = /^([0-9a-f]{64})\.([0-2]\.\d{10}\.[0-9a-f]{64})\.([0-9a-f]{16})$/

const placeOf = (cursor: string): Place | undefined => {
  const [, head, key, question] = cursorPattern.exec(cursor) ?? []
  return head === undefined || key === undefined || question === undefined
    ? undefined
    : { head: head as CommitId, key, question }
}

const questionOf = ({ branch, haveCommits, haveObjects }: SyncPull): string =>
  sha256(JSON.stringify([branch, haveCommits.toSorted(), haveObjects.toSorted()])).slice(0, 16)

const startOf = Effect.fnUntraced(function* (open: OpenRepository, request: SyncPull, question: string) {
  if (request.cursor === undefined) return { head: yield* knownHead(open.root.value, request.branch), key: "" }
  const place = placeOf(request.cursor)
  if (place === undefined) return yield* new CursorRefused({ reason: "is not one that a pull gave out" })
  if (place.question !== question) {
    return yield* new CursorRefused({
      reason: "belongs to another pull: branch, haveCommits and haveObjects must stay the same"
    })
  }
  return place
})

/** Snapshots that are searched for paths: the newest, which hold nearly everything that is asked for. */
const searchedMax = 64

/** For each blob one path under which it occurs, as far as it is found in the newest of the planned commits. */
const pathsOf = Effect.fnUntraced(function* (open: OpenRepository, plan: FetchPlan, blobs: ReadonlyArray<BlobId>) {
  const paths = new Map<BlobId, string>()
  const lacking = new Set(blobs)
  const newestFirst = new Set(plan.commits.toReversed().map(({ snapshotId }) => snapshotId))
  for (const id of [...newestFirst].slice(0, searchedMax)) {
    if (lacking.size === 0) break
    const { snapshot } = yield* readSnapshot(open.id, id)
    for (const [path, blob] of snapshot.manifest) if (lacking.delete(blob)) paths.set(blob, path)
  }
  return paths
})

export interface SyncedObject {
  readonly id: BlobId
  /** Count of its bytes. */
  readonly size: number
  /** Empty where none was found. */
  readonly path: string
}

/** One page of a pull. */
export interface SyncPage {
  readonly commits: ReadonlyArray<Commit>
  readonly snapshots: ReadonlyArray<Snapshot>
  readonly objects: ReadonlyArray<SyncedObject>
  /** The head that this pull is about: that of its first page. */
  readonly remoteHead: CommitId
  /** Null on the last page. */
  readonly next: string | null
}

/**
 * One page of what a client lacks of a branch. The cursor pins the head, so pages fit together also when the branch
 * moves between them. Fails with `BranchUnknown`, and with `CursorRefused` for one of another question.
 */
export const syncPull = Effect.fn("syncPull")(function* (open: OpenRepository, request: SyncPull) {
  const question = questionOf(request)
  const { head, key } = yield* startOf(open, request, question)
  const plan = yield* planFetch(open, [head], request.haveCommits)
  const ahead = itemsOf(plan, new Set(request.haveObjects)).filter((item) => item.key > key)
  const limit = request.limit ?? syncPageMax
  let bytes = 0
  // At least one, however large.
  const end = ahead.findIndex((item, position) => {
    bytes += item.bytes
    return position > 0 && (position >= limit || bytes > pageBytesMax)
  })
  const sent = end === -1 ? ahead : ahead.slice(0, end)
  const blobs = sent.flatMap(({ blob, bytes: size }) => (blob === undefined ? [] : [{ id: blob, size }]))
  const paths = yield* pathsOf(
    open,
    plan,
    blobs.map(({ id }) => id)
  )
  const last = sent.at(-1)
  const page: SyncPage = {
    commits: yield* Effect.forEach(
      sent.flatMap(({ commit }) => (commit === undefined ? [] : [commit])),
      (id) => Effect.map(readCommit(open.id, id), ({ commit }) => commit),
      { concurrency }
    ),
    snapshots: yield* Effect.forEach(
      sent.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot])),
      (id) => Effect.map(readSnapshot(open.id, id), ({ snapshot }) => snapshot),
      { concurrency }
    ),
    objects: blobs.map((blob) => ({ ...blob, path: orDefault(paths.get(blob.id), "") })),
    remoteHead: head,
    next: end === -1 || last === undefined ? null : `${head}.${last.key}.${question}`
  }
  return page
})
