/** The commits of a push, checked on their own: every id recomputed, the new head found, parents put before children. */
import { Effect, Result, Schema } from "effect"
import { type OrderedBundle, orderBundle } from "../history/bundle.ts"
import {
  checkCommit,
  type Commit,
  type CommitRecord,
  mayHashMoreParents,
  proveHashedParents
} from "../object/Commit.ts"
import type { CommitId } from "../object/Id.ts"
import { IndexStore } from "../port/IndexStore.ts"
import type { OpenRepository } from "./openRepository.ts"

/** The bundle as a whole makes no sense. */
export class BundleRefused extends Schema.TaggedError<BundleRefused>()("BundleRefused", { reason: Schema.String }) {
  override get message() {
    return this.reason
  }
}

/** Commits of the repository among which a third hashed parent is looked for. */
const candidatesMax = 20_000

/** Checks the ids of all commits; a two-parent one may turn out to hash a third parent. */
const checkCommits = Effect.fnUntraced(function* (open: OpenRepository, records: ReadonlyArray<CommitRecord>) {
  const index = yield* IndexStore
  const commits = new Map<CommitId, Commit>()
  let candidates: ReadonlyArray<CommitId> | undefined
  for (const sent of records) {
    // Which parents an id is made of is proven here: on the sender's word, a record could leave parents out.
    const { hashed_parent_ids: _, ...record } = sent
    let checked = checkCommit(record)
    if (Result.isFailure(checked) && mayHashMoreParents(record)) {
      candidates ??= [
        ...records.map((other) => other.commit_id),
        ...open.root.value.heads.map(([, head]) => head),
        ...(yield* index.recentCommits(open.id, candidatesMax))
      ]
      checked = proveHashedParents(record, candidates)
    }
    const commit = yield* Effect.fromResult(checked)
    commits.set(commit.id, commit)
  }
  return commits
})

/** The new head is the first commit, and the only one that is nobody's parent (wire protocol, section 4). */
const tipOf = (commits: ReadonlyMap<CommitId, Commit>, records: ReadonlyArray<CommitRecord>) => {
  const tip = records[0]?.commit_id
  if (tip === undefined)
    return Effect.fail(new BundleRefused({ reason: "the push holds no commit, so it names no head" }))
  for (const commit of commits.values()) {
    if (commit.parents.includes(tip)) {
      const reason = `the first commit must be the new head, but ${tip} is a parent of ${commit.id}`
      return Effect.fail(new BundleRefused({ reason }))
    }
  }
  return Effect.succeed(tip)
}

export interface CheckedBundle extends OrderedBundle {
  readonly tip: CommitId
}

/** What of a push the new head leads to. Commits that it does not lead to are left out: no ref would ever show them. */
export const checkBundle = Effect.fn("checkBundle")(function* (
  open: OpenRepository,
  records: ReadonlyArray<CommitRecord>
) {
  const commits = yield* checkCommits(open, records)
  const tip = yield* tipOf(commits, records)
  return { tip, ...orderBundle(commits, tip) } satisfies CheckedBundle as CheckedBundle
})
