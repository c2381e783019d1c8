/** Archives a repository, so that it can be read and does not change, and ends that. */
import { Effect } from "effect"
import type { Decision, MoveError } from "../../invariant/Roots.ts"
import { nowIso } from "../../object/now.ts"
import type { Repository } from "../../repository/Root.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"

/** Archives a repository or ends that, and returns the changed repository. Does nothing if it is so already. */
export const setArchived = Effect.fn("setArchived")(function* (
  open: OpenRepository<"oversee">,
  archived: boolean
): Effect.fn.Return<Repository, MoveError, MoveServices> {
  const decide: Decision<never> = Effect.fnUntraced(function* ({ repository }) {
    if (repository.archived === archived) return null
    return {
      root: { repository: { ...repository, archived } },
      change: { action: archived ? "archive" : "unarchive", by: open.principal.user, at: yield* nowIso, moves: [] }
    }
  })
  const moved = yield* moveRoot(open, decide)
  return moved.value.repository
})
