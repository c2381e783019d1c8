/** Checks commits that a caller names: only commits that some root has led to count. */
import { Effect } from "effect"
import type { ObjectName } from "../../invariant/packs/Packs.ts"
import type { CommitId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { requireHeld, requireUnknown } from "../recovery/lostRows.ts"
import { CommitUnknown } from "./CommitUnknown.ts"

/** Returns the nodes of these commits, if some root led to each and the store has them, with their snapshots. */
export const knownCommits = Effect.fnUntraced(function* (open: OpenRepository, ids: Iterable<CommitId>) {
  const index = yield* ObjectIndex
  const wanted = [...new Set(ids)]
  const { commits } = yield* index.known(open.id, { blobs: [], snapshots: [], commits: wanted })
  const unknown = wanted.find((id) => !commits.has(id))
  if (unknown !== undefined) {
    yield* requireUnknown(open.root.value, [{ type: "commit", id: unknown }])
    return yield* new CommitUnknown({ commit: unknown })
  }
  yield* requireHeld(
    open.id,
    [...commits.values()].flatMap(({ id, snapshotId }): ReadonlyArray<ObjectName> => [
      { type: "commit", id },
      { type: "snapshot", id: snapshotId }
    ])
  )
  return commits
})
