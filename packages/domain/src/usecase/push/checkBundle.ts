/**
 * Checks the commits of a push on their own: recomputes every id, finds the new head and sorts parents before children.
 */
import { Effect, Result, Schema, Stream } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { inSlices, type Slices } from "../../base/Slices.ts"
import { orderingParentsFirst, type ParentsFirst } from "../../history/parentsFirst.ts"
import {
  checkCommit,
  type Commit,
  type CommitRecord,
  mayHashMoreParents,
  proveHashedParents
} from "../../object/Commit.ts"
import type { CommitId } from "../../object/Id.ts"
import type { IdMismatch } from "../../object/Refused.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { refsIn } from "../../invariant/refs/refs.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** The bundle as a whole is invalid. */
export class BundleRefused extends Schema.TaggedError<BundleRefused>()("BundleRefused", {
  kind: errorKind("refused"),
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** The number of commits of the repository that are tried as a third hashed parent. */
const candidatesMax = 20_000
/**
 * The maximum number of hashes that one push may spend on such searches; about a second. Honest histories contain a
 * handful of such commits.
 */
const hashesMax = 1_000_000

/**
 * Proves commit ids that do not follow from the recorded parents. Commits that the repository has were proven when they
 * arrived. For the others, a third hashed parent is searched for, within bounds.
 */
const proveCommits = Effect.fnUntraced(function* (
  open: OpenRepository,
  unproven: ReadonlyArray<CommitRecord>,
  bundle: ReadonlyArray<CommitRecord>
) {
  if (unproven.length === 0) return []
  const objectIndex = yield* ObjectIndex
  const commitIndex = yield* CommitIndex
  const { value: root } = open.root
  const ids = unproven.map((record) => record.commit_id)
  const known = yield* objectIndex.known(open.id, { blobs: [], snapshots: [], commits: ids })
  const candidates = [
    ...bundle.map((record) => record.commit_id),
    ...(yield* Stream.runCollect(
      Stream.take(
        Stream.map(refsIn(root, root.heads), ([, head]) => head),
        candidatesMax
      )
    )),
    ...(yield* commitIndex.recentCommits(open.id, candidatesMax))
  ]
  let hashes = hashesMax
  const proven: Array<Commit> = []
  for (const record of unproven) {
    const node = known.commits.get(record.commit_id)
    if (node !== undefined) {
      proven.push({ id: node.id, parents: node.parents, snapshotId: node.snapshotId, record })
      continue
    }
    hashes -= candidates.length
    proven.push(yield* Effect.fromResult(hashes < 0 ? checkCommit(record) : proveHashedParents(record, candidates)))
  }
  return proven
})

interface Recorded {
  readonly commits: Map<CommitId, Commit>
  readonly unproven: ReadonlyArray<CommitRecord>
}

/** Commits that are hashed in one slice. */
const sliceCommits = 250

/** Checks the commits whose ids follow from what they record, and finds those that must be proven. */
export const checkingRecords = function* (
  records: ReadonlyArray<CommitRecord>
): Slices<Result.Result<Recorded, IdMismatch>> {
  const commits = new Map<CommitId, Commit>()
  const unproven: Array<CommitRecord> = []
  for (const [place, sent] of records.entries()) {
    if ((place + 1) % sliceCommits === 0) yield
    // The parents behind an id are proven here: if the sender were believed, a record could leave parents out.
    const { hashed_parent_ids: _, ...record } = sent
    const checked = checkCommit(record)
    if (Result.isSuccess(checked)) commits.set(checked.success.id, checked.success)
    else if (mayHashMoreParents(record)) unproven.push(record)
    else return Result.fail(checked.failure)
  }
  return Result.succeed({ commits, unproven })
}

/** Checks the ids of all commits. */
const checkCommits = Effect.fnUntraced(function* (open: OpenRepository, records: ReadonlyArray<CommitRecord>) {
  const { commits, unproven } = yield* Effect.fromResult(yield* inSlices(() => checkingRecords(records)))
  for (const commit of yield* proveCommits(open, unproven, records)) commits.set(commit.id, commit)
  return commits
})

/**
 * Finds the new head: the named commit, or the first one. It must not be a parent of another commit in the push
 * (docs/wire.md, section 4).
 */
const tipOf = (
  commits: ReadonlyMap<CommitId, Commit>,
  records: ReadonlyArray<CommitRecord>,
  named: CommitId | undefined
) => {
  const tip = named ?? records[0]?.commit_id
  if (tip === undefined)
    return Effect.fail(new BundleRefused({ reason: "the push holds no commit, so it names no head" }))
  for (const commit of commits.values()) {
    if (commit.parents.includes(tip)) {
      const rule =
        named === undefined ? "the first commit must be the new head" : "the new head must be the last commit"
      return Effect.fail(new BundleRefused({ reason: `${rule}, but ${tip} is a parent of ${commit.id}` }))
    }
  }
  return Effect.succeed(tip)
}

export interface CheckedBundle extends ParentsFirst<Commit> {
  readonly tip: CommitId
}

export type CheckBundleError = BundleRefused | IdMismatch | IndexUnavailable | RefsError

/**
 * Returns the part of a push that is reachable from the new head. Other commits are dropped, since no ref would ever
 * show them. A named head that is not among the commits counts as an outside parent.
 */
export const checkBundle = Effect.fn("checkBundle")(function* (
  open: OpenRepository,
  records: ReadonlyArray<CommitRecord>,
  head?: CommitId
): Effect.fn.Return<CheckedBundle, CheckBundleError, CommitIndex | ObjectIndex | Roots> {
  const commits = yield* checkCommits(open, records)
  const tip = yield* tipOf(commits, records, head)
  const checked: CheckedBundle = { tip, ...(yield* inSlices(() => orderingParentsFirst(commits, [tip]))) }
  return checked
})
