/** The settings of a repository: its name, description, visibility and default branch. */
import { Effect } from "effect"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { type Decision, Roots } from "../../invariant/Roots.ts"
import {
  type BranchName,
  newBranchName,
  type BranchNameRefused,
  type Description,
  type FullName,
  type RepositoryName,
  slugOf
} from "../../repository/Names.ts"
import type { Repository, Root, Visibility } from "../../repository/Root.ts"
import { findBranch } from "../../invariant/refs/revisions.ts"
import type { BranchUnknown } from "../../repository/rule/branchRules.ts"
import { checkSeen, type EditedMeanwhile, fieldsOfSettings, type SeenFields } from "../../repository/rule/SeenFields.ts"
import { nowIso } from "../../object/now.ts"
import type { OpenRepository, OpenServices } from "../access/openRepository.ts"
import { Forbidden } from "../access/policy.ts"
import { moveToName, type MoveToNameError } from "./moveToName.ts"

/** The settings to change. Absent members keep their value. */
export interface SettingsChange {
  /** Any text; the name in URLs is made from it, and the former one leads to it. */
  readonly name?: RepositoryName | undefined
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
): Effect.Effect<BranchName, BranchNameRefused | BranchUnknown | RefsError, Roots> => {
  if (wanted === undefined) return Effect.succeed(root.repository.defaultBranch)
  if (root.heads.count === 0) return Effect.fromResult(newBranchName(wanted))
  return Effect.map(findBranch(root, wanted), ([name]) => name)
}

/** Checks that a fork of a private repository does not become public while that one is not. */
const checkVisibility = Effect.fnUntraced(function* ({ forkOf }: Repository, wanted: Visibility | undefined) {
  if (wanted !== "public" || forkOf === null || !forkOf.private) return
  const roots = yield* Roots
  const isPublic = yield* roots.read(forkOf.repository).pipe(
    Effect.map(({ value }) => value.repository.visibility === "public"),
    Effect.catchTag("RootMissing", () => Effect.succeed(false))
  )
  if (!isPublic) return yield* new Forbidden({ reason: "a fork of a private repository stays private" })
})

export type ChangeSettingsError = BranchUnknown | BranchNameRefused | EditedMeanwhile | MoveToNameError

/**
 * Changes settings, all in one step, if they are as they were seen, and returns the changed repository. A new default
 * branch must exist.
 */
export const changeSettings = Effect.fn("changeSettings")(function* (
  open: OpenRepository<"admin">,
  wanted: SettingsChange,
  seen?: SeenFields
): Effect.fn.Return<Repository, ChangeSettingsError, OpenServices> {
  yield* checkVisibility(open.root.value.repository, wanted.visibility)
  const nameIn = ({ repository: { owner, slug } }: Root): FullName => ({
    owner,
    slug: wanted.name === undefined ? slug : slugOf(wanted.name)
  })
  const decide: Decision<BranchNameRefused | BranchUnknown | EditedMeanwhile> = Effect.fnUntraced(function* (root) {
    const present = root.repository
    const repository: Repository = {
      ...present,
      name: wanted.name ?? present.name,
      ...nameIn(root),
      description: wanted.description ?? present.description,
      visibility: wanted.visibility ?? present.visibility,
      defaultBranch: yield* defaultBranchOf(root, wanted.defaultBranch)
    }
    const changes =
      repository.name !== present.name ||
      repository.description !== present.description ||
      repository.visibility !== present.visibility ||
      repository.defaultBranch !== present.defaultBranch
    if (!changes) return null
    yield* checkSeen(fieldsOfSettings(present), seen)
    return {
      root: { repository },
      change: {
        action: repository.slug === present.slug ? "change-settings" : "rename",
        by: open.principal.user,
        at: yield* nowIso,
        moves: []
      }
    }
  })
  const moved = yield* moveToName(open, "admin", nameIn, decide)
  return moved.value.repository
})
