/** The settings of a repository: its description, visibility and default branch. */
import { Effect } from "effect"
import type { Decision, MoveError, Roots } from "../../invariant/Roots.ts"
import { type BranchName, branchName, type BranchNameRefused, type Description } from "../../repository/Names.ts"
import type { Repository, Root, Visibility } from "../../repository/Root.ts"
import { findBranch } from "../branches/listBranches.ts"
import type { BranchUnknown } from "../../repository/rule/branchRules.ts"
import { moveRoot } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"

/** The settings to change. Absent members keep their value. */
export interface SettingsChange {
  readonly description?: Description | undefined
  readonly visibility?: Visibility | undefined
  readonly defaultBranch?: string | undefined
}

/**
 * Returns the new default branch. It must exist unless the repository is empty, where any valid name is allowed; the
 * first push decides then.
 */
const defaultBranchOf = (
  root: Root,
  wanted: string | undefined
): Effect.Effect<BranchName, BranchNameRefused | BranchUnknown> => {
  if (wanted === undefined) return Effect.succeed(root.repository.defaultBranch)
  if (root.heads.length === 0) return Effect.fromResult(branchName(wanted))
  return Effect.map(findBranch(root, wanted), ([name]) => name)
}

export type ChangeSettingsError = BranchUnknown | BranchNameRefused | MoveError

/** Changes settings and returns the changed repository. A new default branch must exist. */
export const changeSettings = Effect.fn("changeSettings")(function* (
  open: OpenRepository<"admin">,
  wanted: SettingsChange
): Effect.fn.Return<Repository, ChangeSettingsError, RepositoryIndex | Roots> {
  const decide: Decision<BranchNameRefused | BranchUnknown> = Effect.fnUntraced(function* (root) {
    const present = root.repository
    const repository: Repository = {
      ...present,
      description: wanted.description ?? present.description,
      visibility: wanted.visibility ?? present.visibility,
      defaultBranch: yield* defaultBranchOf(root, wanted.defaultBranch)
    }
    const changes =
      repository.description !== present.description ||
      repository.visibility !== present.visibility ||
      repository.defaultBranch !== present.defaultBranch
    if (!changes) return null
    return {
      root: { repository },
      change: { action: "change-settings", by: open.principal.user, at: yield* nowIso, moves: [] }
    }
  })
  const moved = yield* moveRoot(open, decide)
  return moved.value.repository
})
