/** Moves the root, then brings the index up to date. */
import { Effect } from "effect"
import { type Decision, Roots } from "../../invariant/Roots.ts"
import type { CommitId } from "../../object/Id.ts"
import { AccessLost, type RepositoryArchived } from "../../repository/rootErrors.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { authorize } from "../access/policy.ts"
import { followMove } from "./storeHistory.ts"

/** Decides only while the caller still has the access that the repository was opened with. A body may take hours. */
export const whileAllowed =
  <E>(
    open: OpenRepository<"participate" | "oversee">,
    decide: Decision<E>
  ): Decision<E | AccessLost | RepositoryArchived> =>
  (root) =>
    authorize(root, open.principal, open.access).pipe(
      Effect.mapError((error) =>
        error._tag === "RepositoryArchived" ? error : new AccessLost({ repository: open.id })
      ),
      Effect.andThen(decide(root))
    )

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
  const noting: Decision<E> = (root) =>
    Effect.map(decide(root), (move) => {
      changes = move !== null
      return move
    })
  const moved = yield* roots.move(open.id, whileAllowed(open, noting))
  const claimed = changes ? moved : open.root
  if (changes || reachable.length > 0) yield* followMove(open, claimed, reachable)
  return moved
})
