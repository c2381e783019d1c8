/** The branches of a repository, straight from its root: no index is asked. */
import { Effect } from "effect"
import type { CommitId } from "../../object/Id.ts"
import { type Page, pageOf, type PageRequest } from "../../port/Page.ts"
import type { BranchName } from "../../repository/Names.ts"
import { type Protection, protectionOf, type Root } from "../../repository/Root.ts"
import { BranchUnknown } from "../../repository/rule/branchRules.ts"
import type { OpenRepository } from "../access/openRepository.ts"

export interface BranchView {
  readonly name: BranchName
  readonly head: CommitId
  readonly isDefault: boolean
  /** Null: anybody who may write may do anything with it. */
  readonly protection: Protection | null
}

const view = (root: Root, name: BranchName, head: CommitId): BranchView => ({
  name,
  head,
  isDefault: root.repository.defaultBranch === name,
  protection: protectionOf(root, name) ?? null
})

/** Name and head of a branch that must be there. */
export const findBranch = (
  root: Root,
  branch: string
): Effect.Effect<readonly [name: BranchName, head: CommitId], BranchUnknown> => {
  const found = root.heads.find(([name]) => name === branch)
  return found === undefined ? Effect.fail(new BranchUnknown({ branch })) : Effect.succeed(found)
}

/** A branch as a root has it. */
export const viewBranch = (root: Root, branch: string): Effect.Effect<BranchView, BranchUnknown> =>
  Effect.map(findBranch(root, branch), ([name, head]) => view(root, name, head))

/** In ascending order of name. */
export const listBranches = (open: OpenRepository, page: PageRequest): Effect.Effect<Page<BranchView>> =>
  Effect.sync(() => {
    const root = open.root.value
    const { items, next } = pageOf(root.heads, ([name]) => name, page)
    return { items: items.map(([name, head]) => view(root, name, head)), next }
  })

/** One branch; fails with `BranchUnknown` where there is none of this name. */
export const showBranch = (open: OpenRepository, name: string): Effect.Effect<BranchView, BranchUnknown> =>
  viewBranch(open.root.value, name)
