/**
 * The commits of a push, checked on their own: every id recomputed, the new head found, parents put before children.
 */
import { Effect, Result, Schema } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { type ParentsFirst, parentsFirst } from "../../history/parentsFirst.ts"
import {
  checkCommit,
  type Commit,
  type CommitRecord,
  mayHashMoreParents,
  proveHashedParents
} from "../../object/Commit.ts"
import type { CommitId } from "../../object/Id.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { OpenRepository } from "../access/openRepository.ts"

/** The bundle as a whole makes no sense. */
export class BundleRefused extends Schema.TaggedError<BundleRefused>()("BundleRefused", {
  kind: errorKind("refused"),
  reason: Schema.String
}) {
  override get message() {
    return this.reason
  }
}

/** Commits of the repository among which a third hashed parent is looked for. */
const candidatesMax = 20_000
/** Hashes spent on such searches in one push; about a second. Honest histories hold a handful of such commits. */
const hashesMax = 1_000_000

/**
 * Proves the ids of commits that do not give their id by the recorded parents. Those that the repository has were
 * proven when they came; for the others a third hashed parent is looked for, within bounds.
 */
const proveCommits = Effect.fnUntraced(function* (
  open: OpenRepository,
  unproven: ReadonlyArray<CommitRecord>,
  bundle: ReadonlyArray<CommitRecord>
) {
  if (unproven.length === 0) return []
  const objectIndex = yield* ObjectIndex
  const commitIndex = yield* CommitIndex
  const ids = unproven.map((record) => record.commit_id)
  const known = yield* objectIndex.known(open.id, { blobs: [], snapshots: [], commits: ids })
  const candidates = [
    ...bundle.map((record) => record.commit_id),
    ...open.root.value.heads.map(([, head]) => head),
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

/** Checks the ids of all commits. */
const checkCommits = Effect.fnUntraced(function* (open: OpenRepository, records: ReadonlyArray<CommitRecord>) {
  const commits = new Map<CommitId, Commit>()
  const unproven: Array<CommitRecord> = []
  for (const sent of records) {
    // Which parents an id is made of is proven here: on the sender's word, a record could leave parents out.
    const { hashed_parent_ids: _, ...record } = sent
    const checked = checkCommit(record)
    if (Result.isSuccess(checked)) commits.set(checked.success.id, checked.success)
    else if (mayHashMoreParents(record)) unproven.push(record)
    else return yield* Effect.fail(checked.failure)
  }
  for (const commit of yield* proveCommits(open, unproven, records)) commits.set(commit.id, commit)
  return commits
})

/**
 * The new head is the first commit unless it is named, and the only one that is nobody's parent (docs/wire.md,
 * section 4).
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

/**
 * What of a push the new head leads to. Commits that it does not lead to are left out: no ref would ever show them. A
 * head that is named and not among the commits counts as a parent outside, like any other.
 */
export const checkBundle = Effect.fn("checkBundle")(function* (
  open: OpenRepository,
  records: ReadonlyArray<CommitRecord>,
  head?: CommitId
) {
  const commits = yield* checkCommits(open, records)
  const tip = yield* tipOf(commits, records, head)
  const checked: CheckedBundle = { tip, ...parentsFirst(commits, [tip]) }
  return checked
})
