import { Effect, Stream } from "effect"
import { type BranchWarnings, branchWarningsAmong, type NameWarning } from "../../repository/NameWarning.ts"
import type { Root } from "../../repository/Root.ts"
import type { Roots } from "../Roots.ts"
import type { RefsError } from "./RefChunks.ts"
import { refsIn } from "./refs.ts"

/** Names that look alike are found among all branches, so beyond this many nobody is warned. */
const warnedMax = 10_000

const found = new WeakMap<Root["heads"], BranchWarnings>()

const nobody: BranchWarnings = () => []

/**
 * Returns what to warn of each branch of a root: of others that some file systems take for it. Nobody is warned where a
 * chunk is lost: the branches of the others are shown without that.
 */
export const branchWarnings = Effect.fnUntraced(
  function* (root: Root) {
    const { heads } = root
    if (heads.count > warnedMax) return nobody
    const known = found.get(heads)
    if (known !== undefined) return known
    const names = yield* Stream.runCollect(Stream.map(refsIn(root, heads), ([name]) => name))
    const warnings = branchWarningsAmong(names)
    found.set(heads, warnings)
    return warnings
  },
  Effect.catchTag("RefsLost", (error) => Effect.as(Effect.logError("nobody is warned of names", error), nobody))
)

/** Returns what to warn of one branch. */
export const warningsOf = (root: Root, branch: string): Effect.Effect<ReadonlyArray<NameWarning>, RefsError, Roots> =>
  Effect.map(branchWarnings(root), (of) => of(branch))
