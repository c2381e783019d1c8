/**
 * Deletes a repository by a mark in its root, and undoes that. A marked repository answers as one that does not exist,
 * has no rows in the index, and keeps its name and all its bytes, so that it comes back exactly as it was, until a
 * collection takes them.
 */
import { Effect } from "effect"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { nowIso } from "../../object/now.ts"
import type { DocumentConflict } from "../../port/ObjectStore.ts"
import { fullNameText } from "../../repository/Names.ts"
import { type Deletion, isErased, type Repository } from "../../repository/Root.ts"
import { RepositoryErased } from "../../repository/rootErrors.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { noteDeletion } from "../operations/deletions.ts"
import { storeNow } from "../operations/gc/storeNow.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"

/** Deletes a repository, and returns what it was. */
export const deleteRepository = Effect.fn("deleteRepository")(function* (
  open: OpenRepository<"oversee">
): Effect.fn.Return<Repository, MoveError | DocumentConflict, MoveServices> {
  const { user: by } = open.principal
  const deletion: Deletion = { at: new Date(yield* storeNow).toISOString(), by, bytes: "kept" }
  const decide: Decision<never> = Effect.fnUntraced(function* () {
    return { root: { deletion }, change: { action: "delete", by, at: yield* nowIso, moves: [] } }
  })
  yield* noteDeletion(open.id)
  const moved = yield* moveRoot(open, decide)
  return moved.value.repository
})

/**
 * Undoes the deletion of a repository, and returns it. Does nothing if it is not deleted. Fails with `RepositoryErased`
 * once a collection has begun to take its bytes.
 */
export const undeleteRepository = Effect.fn("undeleteRepository")(function* (
  open: OpenRepository<"undelete">
): Effect.fn.Return<Repository, MoveError | RepositoryErased, MoveServices> {
  const decide: Decision<RepositoryErased> = Effect.fnUntraced(function* (root) {
    const { deletion, repository } = root
    if (deletion === null) return null
    if (isErased(root)) return yield* new RepositoryErased({ name: fullNameText(repository), at: deletion.at })
    const change = { action: "undelete", by: open.principal.user, at: yield* nowIso, moves: [] } as const
    return { root: { deletion: null }, change }
  })
  const moved = yield* moveRoot(open, decide)
  return moved.value.repository
})
