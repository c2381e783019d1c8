/**
 * What a name means that a caller gives (docs/names.md, "What a name means"): the one place where a branch, and a
 * revision, is looked up in a root. A name that means nothing here is refused with what else it means.
 */
import { Effect } from "effect"
import { foldedName } from "../../base/text/lookAlikes.ts"
import { type CommitId, isCommitId } from "../../object/Id.ts"
import type { BranchName } from "../Names.ts"
import { headOf, type Root } from "../Root.ts"
import { BranchUnknown } from "./branchRules.ts"

/** Text that is probably meant as an id: one that is cut, or in upper case. */
const almostId = /^[0-9a-f]{7,64}$/i

/** Says what a name means that is the name of no branch; undefined if it means nothing. */
const otherMeaning = ({ heads, releases, tags }: Root, name: string): string | undefined => {
  if (isCommitId(name)) return "64 hex digits are the id of a commit, and a branch is named here"
  const folded = foldedName(name)
  const alike = heads.find(([branch]) => foldedName(branch) === folded)
  if (alike !== undefined) return `there is ${JSON.stringify(alike[0])}, which is spelled differently`
  if (releases.some(({ draft, tag }) => tag === name && !draft)) {
    return "a release has this tag; name its commit by the id that the release shows"
  }
  if (tags.some(({ tag }) => tag === name)) return "a tag has this label; name its commit by the id that the tag shows"
  if (almostId.test(name)) return "a commit is named by all 64 digits of its id, in lower case"
  return undefined
}

/** Returns the failure of a lookup, which says what else the name means. */
export const unknownBranch = (root: Root, branch: string): BranchUnknown => {
  const remedy = otherMeaning(root, branch)
  return new BranchUnknown({ branch, ...(remedy === undefined ? {} : { remedy }) })
}

/** Finds a branch by its name. */
export const findBranch = (
  root: Root,
  branch: string
): Effect.Effect<readonly [name: BranchName, head: CommitId], BranchUnknown> =>
  Effect.suspend(() => {
    const found = root.heads.find(([name]) => name === branch)
    return found === undefined ? Effect.fail(unknownBranch(root, branch)) : Effect.succeed(found)
  })

/** Returns the head of a branch, which must exist. */
export const knownHead = (root: Root, branch: string): Effect.Effect<CommitId, BranchUnknown> =>
  Effect.map(findBranch(root, branch), ([, head]) => head)

/**
 * Returns the commit that a revision names: 64 lower-case hex digits are always a commit's id, other text is always the
 * name of a branch and means its head in this root. Whether the commit exists, `usecase/graph/resolveRevision.ts` says.
 */
export const commitNamed = (root: Root, revision: string): Effect.Effect<CommitId, BranchUnknown> =>
  isCommitId(revision) ? Effect.succeed(revision) : knownHead(root, revision)

/** Says what text means that is the id of no commit; undefined if it means nothing. */
export const meaningBesideId = (root: Root, text: string): string | undefined => {
  if (isCommitId(text)) return undefined
  const head = headOf(root, text)
  return head === undefined ? otherMeaning(root, text) : `it is a branch, whose head is ${head}`
}
