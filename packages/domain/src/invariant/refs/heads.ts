/** Branches of a root: lookup, change, and the branch that a name clashes with. */
import { Effect, Stream } from "effect"
import type { CommitId } from "../../object/Id.ts"
import type { BranchName } from "../../repository/Names.ts"
import type { Root } from "../../repository/Root.ts"
import type { Roots } from "../Roots.ts"
import type { RefsError } from "./RefChunks.ts"
import { firstRefs, refIn, refsIn, withRefs } from "./refs.ts"

type Heads = Pick<Root, "heads" | "repository">

/** Finds the head of a branch; undefined if there is no such branch. */
export const headOf = (root: Heads, branch: string): Effect.Effect<CommitId | undefined, RefsError, Roots> =>
  refIn(root, root.heads, branch)

/** Sets a branch's head. A repository's first branch becomes its default branch (docs/wire.md, section 7). */
export const withHead = Effect.fnUntraced(function* (root: Heads, branch: BranchName, head: CommitId) {
  const heads = yield* withRefs(root, root.heads, [[branch, head]])
  const isFirst = heads.count === 1
  const changed: Heads = {
    heads,
    repository: isFirst ? { ...root.repository, defaultBranch: branch } : root.repository
  }
  return changed
})

/** Deletes a branch. */
export const withoutHead = (root: Heads, branch: BranchName) =>
  Effect.map(withRefs(root, root.heads, [[branch, undefined]]), (heads): Pick<Root, "heads"> => ({ heads }))

/** Collects the commits at the heads of all branches, each once. For those who need the whole history. */
export const allHeads = (root: Heads): Effect.Effect<ReadonlySet<CommitId>, RefsError, Roots> =>
  Stream.runFold(
    refsIn(root, root.heads),
    () => new Set<CommitId>(),
    (commits, [, head]) => commits.add(head)
  )

/**
 * Finds a branch that clashes with this name: in a clone one would be a file and the other a folder. One of a shorter
 * name is looked up, and one of a longer name is the first behind `name/`.
 */
export const clashingBranch = Effect.fnUntraced(function* (root: Heads, name: BranchName) {
  for (let end = name.indexOf("/"); end !== -1; end = name.indexOf("/", end + 1)) {
    const folder = name.slice(0, end)
    if ((yield* headOf(root, folder)) !== undefined) return folder
  }
  const [next] = yield* firstRefs(root, root.heads, { from: `${name}/`, count: 1 })
  return next?.[0].startsWith(`${name}/`) === true ? next[0] : undefined
})
