/** Moves the root, then brings the index up to date. */
import { Effect } from "effect"
import { type Decision, Roots } from "../../invariant/Roots.ts"
import type { CommitId } from "../../object/Id.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { followMove } from "./storeHistory.ts"

/**
 * Moves the root. `reachable` are the recorded commits that the move makes reachable. If `decide` returns null, nothing
 * is written, and the index does not claim to reflect a root that another request wrote, since that request may not
 * have marked its commits yet.
 */
export const moveRoot = Effect.fnUntraced(function* <E>(
  open: OpenRepository<"participate" | "oversee">,
  decide: Decision<E>,
  reachable: ReadonlyArray<CommitId> = []
) {
  const roots = yield* Roots
  // Only the last decision counts: it runs again after each lost race.
  let changes = false
  const moved = yield* roots.move(open.id, (root) =>
    Effect.map(decide(root), (move) => {
      changes = move !== null
      return move
    })
  )
  const claimed = changes ? moved : open.root
  if (changes || reachable.length > 0) yield* followMove(open, claimed, reachable)
  return moved
})
