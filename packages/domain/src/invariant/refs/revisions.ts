/**
 * What a name means that a caller gives (docs/names.md, "What a name means"): the one place where a branch, and a
 * revision, is looked up in a root. A name that means nothing here is refused with what else it means.
 */
import { Effect, Option, Stream } from "effect"
import { foldedName } from "../../base/text/lookAlikes.ts"
import { type CommitId, isCommitId } from "../../object/Id.ts"
import type { BranchName } from "../../repository/Names.ts"
import type { Root } from "../../repository/Root.ts"
import { BranchUnknown } from "../../repository/rule/branchRules.ts"
import type { Roots } from "../Roots.ts"
import { aliasIn } from "./aliases.ts"
import { headOf } from "./heads.ts"
import type { RefsError } from "./RefChunks.ts"
import { refIn, refsIn } from "./refs.ts"

/** Text that is probably meant as an id: one that is cut, or in upper case. */
const almostId = /^[0-9a-f]{7,64}$/i

/** Branches and tags that are searched for what else a name means. */
const searchedMax = 10_000

/** Says what a name means that is the name of no branch; undefined if it means nothing. */
export const otherMeaning = Effect.fnUntraced(function* (root: Root, name: string) {
  if (isCommitId(name)) return "64 hex digits are the id of a commit, and a branch is named here"
  const folded = foldedName(name)
  const alike = yield* refsIn(root, root.heads).pipe(
    Stream.take(searchedMax),
    Stream.filter(([branch]) => foldedName(branch) === folded),
    Stream.runHead
  )
  if (Option.isSome(alike)) return `there is ${JSON.stringify(alike.value[0])}, which is spelled differently`
  if ((yield* refIn(root, root.releases, name))?.draft === false) {
    return "a release has this tag; name its commit by the id that the release shows"
  }
  const labelled = yield* refsIn(root, root.tags).pipe(
    Stream.take(searchedMax),
    Stream.filter(([, { tag }]) => tag === name),
    Stream.runHead
  )
  if (Option.isSome(labelled)) return "a tag has this label; name its commit by the id that the tag shows"
  return almostId.test(name) ? "a commit is named by all 64 digits of its id, in lower case" : undefined
})

/** Fails, and says what else the name means that no branch has. */
export const unknownBranch = Effect.fnUntraced(function* (root: Root, branch: string) {
  const remedy = yield* otherMeaning(root, branch)
  return yield* new BranchUnknown({ branch, ...(remedy === undefined ? {} : { remedy }) })
})

/** Finds a branch by its name. */
export const findBranch = (
  root: Root,
  branch: string
): Effect.Effect<readonly [name: BranchName, head: CommitId], BranchUnknown | RefsError, Roots> =>
  Effect.flatMap(headOf(root, branch), (head) =>
    // A name that a branch has is the name of a branch.
    head === undefined ? unknownBranch(root, branch) : Effect.succeed([branch as BranchName, head] as const)
  )

/** Returns the head of a branch, which must exist. */
export const knownHead = (root: Root, branch: string): Effect.Effect<CommitId, BranchUnknown | RefsError, Roots> =>
  Effect.map(findBranch(root, branch), ([, head]) => head)

/**
 * Returns the commit that a revision names: 64 lower-case hex digits are always a commit's id; other text is a branch
 * and means its head in this root, else what a legacy hub called a commit. Whether the commit exists,
 * `usecase/graph/resolveRevision.ts` says.
 */
export const commitNamed = (root: Root, revision: string): Effect.Effect<CommitId, BranchUnknown | RefsError, Roots> =>
  isCommitId(revision)
    ? Effect.succeed(revision)
    : Effect.catchTag(knownHead(root, revision), "BranchUnknown", (unknown) =>
        Effect.flatMap(aliasIn(root, revision), (commit) =>
          commit === undefined ? Effect.fail(unknown) : Effect.succeed(commit)
        )
      )

/** Says what text means that is the id of no commit; undefined if it means nothing. */
export const meaningBesideId = Effect.fnUntraced(function* (root: Root, text: string) {
  if (isCommitId(text)) return undefined
  const head = yield* headOf(root, text)
  return head === undefined ? yield* otherMeaning(root, text) : `it is a branch, whose head is ${head}`
})
