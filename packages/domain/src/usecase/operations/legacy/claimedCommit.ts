/** Checks what a legacy row says of a commit against its id. */
import { Result } from "effect"
import {
  checkCommit,
  type Commit,
  commitRecord,
  type CommitRecord,
  mayHashMoreParents,
  proveHashedParents
} from "../../../object/Commit.ts"
import type { CommitId } from "../../../object/Id.ts"
import type { LegacyCommit } from "../../../port/legacy/LegacyRecords.ts"

/**
 * Returns the commit, or why the row does not give it. Each spelling of its time is tried. That it hashes more parents
 * than it records is proven with one of the `candidates` (docs/wire.md, section 1.2).
 */
export const claimedCommit = (
  { fields, times }: LegacyCommit,
  candidates: ReadonlyArray<CommitId> = []
): Result.Result<Commit, string> =>
  Result.gen(function* () {
    const [likely = ""] = times
    // What more an id was made from is proven here, as for a push.
    const { hashed_parent_ids: _, ...given } = fields
    const record = yield* Result.mapError(commitRecord({ ...given, committed_at: likely }), ({ reason }) => reason)
    const checked = checkCommit(record)
    if (Result.isSuccess(checked)) return checked.success
    for (const time of times) {
      const other = checkCommit({ ...record, committed_at: time })
      if (Result.isSuccess(other)) return other.success
    }
    const proven = proofOf(record, candidates)
    if (proven !== undefined) return proven
    return yield* Result.fail(`its content gives ${checked.failure.computed}`)
  })

const proofOf = (record: CommitRecord, candidates: ReadonlyArray<CommitId>): Commit | undefined =>
  candidates.length > 0 && mayHashMoreParents(record)
    ? Result.getOrUndefined(proveHashedParents(record, candidates))
    : undefined
