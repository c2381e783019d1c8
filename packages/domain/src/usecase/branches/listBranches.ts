/** Lists the branches of a repository from its root, without the index. */
import { Effect } from "effect"
import { branchWarnings } from "../../invariant/refs/branchWarnings.ts"
import { headOf } from "../../invariant/refs/heads.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { pageOfRefs } from "../../invariant/refs/refs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { CommitId } from "../../object/Id.ts"
import type { Page, PageRequest } from "../../port/Page.ts"
import type { BranchName } from "../../repository/Names.ts"
import type { BranchWarnings, NameWarning } from "../../repository/NameWarning.ts"
import { type Protection, protectionOf, type Root } from "../../repository/Root.ts"
import type { BranchUnknown } from "../../repository/rule/branchRules.ts"
import { findBranch } from "../../invariant/refs/revisions.ts"
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

const view = (root: Root, name: BranchName, head: CommitId, warnings: BranchWarnings): BranchView => ({
  name,
  head,
  isDefault: root.repository.defaultBranch === name,
  protection: protectionOf(root, name) ?? null,
  warnings: warnings(name)
})

/** Returns a branch as it is in a root. */
export const viewBranch = Effect.fnUntraced(function* (
  root: Root,
  branch: string
): Effect.fn.Return<BranchView, BranchUnknown | RefsError, Roots> {
  const [name, head] = yield* findBranch(root, branch)
  return view(root, name, head, yield* branchWarnings(root))
})

/** Lists the branches in ascending order of name. */
export const listBranches = Effect.fn("listBranches")(function* (
  open: OpenRepository,
  page: PageRequest
): Effect.fn.Return<Page<BranchView>, RefsError, Roots> {
  const root = open.root.value
  const { items, next } = yield* pageOfRefs(root, root.heads, page)
  const warnings = yield* branchWarnings(root)
  const branches: Page<BranchView> = { items: items.map(([name, head]) => view(root, name, head, warnings)), next }
  return branches
})

/** Returns the heads of those of the branches that exist. */
export const showHeads = Effect.fn("showHeads")(function* (
  open: OpenRepository,
  names: Iterable<BranchName>
): Effect.fn.Return<ReadonlyMap<BranchName, CommitId>, RefsError, Roots> {
  const heads = new Map<BranchName, CommitId>()
  for (const name of new Set(names)) {
    const head = yield* headOf(open.root.value, name)
    if (head !== undefined) heads.set(name, head)
  }
  return heads
})

/** Returns one branch. */
export const showBranch = (
  open: OpenRepository,
  name: string
): Effect.Effect<BranchView, BranchUnknown | RefsError, Roots> => viewBranch(open.root.value, name)
