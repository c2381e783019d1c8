/** Moving the root, and the index after it. */
import { Effect } from "effect"
import { type Decision, Roots } from "../../invariant/Roots.ts"
import type { CommitId } from "../../object/Id.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { followMove } from "./storeHistory.ts"

/**
 * Moves the root; `reachable` are the recorded commits that this leads to. A decision of `null` writes nothing and
 * claims nothing for the index, since whoever moved the root meanwhile may not have marked their commits yet.
 */
export const moveRoot = Effect.fnUntraced(function* <E>(
  open: OpenRepository<"participate">,
  decide: Decision<E>,
  reachable: ReadonlyArray<CommitId> = []
) {
  const roots = yield* Roots
  // The decision that counts is the last one: it runs again after each lost race.
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
