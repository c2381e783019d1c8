/** Shows what each side of a merge did to the paths on which they conflict. */
import { Effect } from "effect"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import type { BlobId } from "../../object/Id.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted, type HubBusy } from "../admission/Admission.ts"
import { diffsOf, type FileDiff } from "../browse/fileDiffs.ts"
import type { Conflict } from "./mergeErrors.ts"

/** What each side did to a path since the merge base; null for a side that left it as it was. */
export interface ConflictSides {
  readonly conflict: Conflict
  readonly ours: FileDiff | null
  readonly theirs: FileDiff | null
}

const sideOf = Effect.fnUntraced(function* (open: OpenRepository, { base, path }: Conflict, now: BlobId | null) {
  if (base === now) return null
  const status = base === null ? "added" : now === null ? "deleted" : "modified"
  const [diff] = yield* diffsOf(open, [
    { status, path, oldPath: undefined, before: base ?? undefined, after: now ?? undefined }
  ])
  return diff ?? null
})

/** Compares both sides of conflicts that a preview of the same repository gave, one after another. */
export const conflictSides = Effect.fn("conflictSides")(function* (
  open: OpenRepository,
  conflicts: ReadonlyArray<Conflict>
): Effect.fn.Return<ReadonlyArray<ConflictSides>, HubBusy | ObjectReadError, ObjectStore | Packs> {
  const sides = Effect.forEach(conflicts, (conflict) =>
    Effect.all({
      conflict: Effect.succeed(conflict),
      ours: sideOf(open, conflict, conflict.ours),
      theirs: sideOf(open, conflict, conflict.theirs)
    })
  )
  return yield* admitted("difference", sides)
})
