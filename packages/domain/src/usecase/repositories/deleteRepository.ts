/**
 * Deletes a repository by a mark in its root, and undoes that. A marked repository answers as one that does not exist,
 * has no rows in the index, and keeps its name and all its bytes, so that it comes back exactly as it was.
 */
import { Effect } from "effect"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { nowIso } from "../../object/now.ts"
import type { Deletion, Repository } from "../../repository/Root.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"

/** Deletes a repository, and returns what it was. */
export const deleteRepository = Effect.fn("deleteRepository")(function* (
  open: OpenRepository<"oversee">
): Effect.fn.Return<Repository, MoveError, MoveServices> {
  const decide: Decision<never> = Effect.fnUntraced(function* () {
    const deletion: Deletion = { at: yield* nowIso, by: open.principal.user }
    return { root: { deletion }, change: { action: "delete", ...deletion, moves: [] } }
  })
  const moved = yield* moveRoot(open, decide)
  return moved.value.repository
})

/** Undoes the deletion of a repository, and returns it. Does nothing if it is not deleted. */
export const undeleteRepository = Effect.fn("undeleteRepository")(function* (
  open: OpenRepository<"undelete">
): Effect.fn.Return<Repository, MoveError, MoveServices> {
  const decide: Decision<never> = Effect.fnUntraced(function* ({ deletion }) {
    if (deletion === null) return null
    const change = { action: "undelete", by: open.principal.user, at: yield* nowIso, moves: [] } as const
    return { root: { deletion: null }, change }
  })
  const moved = yield* moveRoot(open, decide)
  return moved.value.repository
})
