/** Lists the branches of a repository from its root, without the index. */
import { Effect } from "effect"
import type { CommitId } from "../../object/Id.ts"
import { type Page, pageOf, type PageRequest } from "../../port/Page.ts"
import type { BranchName } from "../../repository/Names.ts"
import { branchWarnings, type NameWarning } from "../../repository/NameWarning.ts"
import { type Protection, protectionOf, type Root } from "../../repository/Root.ts"
import type { BranchUnknown } from "../../repository/rule/branchRules.ts"
import { findBranch } from "../../repository/rule/revisions.ts"
import type { OpenRepository } from "../access/openRepository.ts"

export interface BranchView {
  readonly name: BranchName
  readonly head: CommitId
  readonly isDefault: boolean
  /** Null if the branch is not protected. */
  readonly protection: Protection | null
  /** About branches that some file systems take for this one. */
  readonly warnings: ReadonlyArray<NameWarning>
}

const view = (root: Root, name: BranchName, head: CommitId): BranchView => ({
  name,
  head,
  isDefault: root.repository.defaultBranch === name,
  protection: protectionOf(root, name) ?? null,
  warnings: branchWarnings(root, name)
})

/** Returns a branch as it is in a root. */
export const viewBranch = (root: Root, branch: string): Effect.Effect<BranchView, BranchUnknown> =>
  Effect.map(findBranch(root, branch), ([name, head]) => view(root, name, head))

/** Lists the branches in ascending order of name. */
export const listBranches = (open: OpenRepository, page: PageRequest): Effect.Effect<Page<BranchView>> =>
  Effect.sync(() => {
    const root = open.root.value
    const { items, next } = pageOf(root.heads, ([name]) => name, page)
    return { items: items.map(([name, head]) => view(root, name, head)), next }
  })

/** Returns one branch. */
export const showBranch = (open: OpenRepository, name: string): Effect.Effect<BranchView, BranchUnknown> =>
  viewBranch(open.root.value, name)
