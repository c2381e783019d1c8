/** Lists a folder of a commit, or all files below it, in pages. */
import { Effect, Option } from "effect"
import { isCommitId } from "../../object/Id.ts"
import { CursorRefused, type Page, type PageRequest } from "../../port/Page.ts"
import type { TreeItem } from "../../reading/Tree.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { PathIsFile, PathUnknown } from "./errors.ts"
import { requireFolder, type ViewError, viewed, viewedCommit, type Viewed, type ViewServices } from "./viewed.ts"

export interface TreeQuery {
  /** The default branch if it is absent. */
  readonly ref?: string | undefined
  /** The root if it is absent or empty. */
  readonly path?: string | undefined
  /** Whether to list all files below the folder, and no folders. */
  readonly recursive?: boolean | undefined
}

/** One page. */
export interface TreePage extends Page<TreeItem>, Pick<Viewed, "commitId" | "snapshotId"> {
  readonly path: string
}

export type ListTreeError = CursorRefused | PathIsFile | PathUnknown | ViewError

const commitDigits = 64

const foreign = new CursorRefused({ reason: "was not issued by this list" })

/**
 * Lists a folder in code point order, a folder in it where its files stand, before `name0`. A cursor has the commit, so
 * the list goes on there when a branch has moved.
 */
export const listTree = Effect.fn("listTree")(function* (
  open: OpenRepository,
  { path = "", recursive = false, ref }: TreeQuery,
  { after, limit }: PageRequest
): Effect.fn.Return<TreePage, ListTreeError, ViewServices> {
  const [commit, key] = after === undefined ? [] : [after.slice(0, commitDigits), after.slice(commitDigits)]
  if (commit !== undefined && !isCommitId(commit)) return yield* foreign
  const view = commit === undefined ? yield* viewed(open, ref) : yield* viewedCommit(open, commit)
  const { commitId, snapshotId, tree } = view
  yield* requireFolder(view, path)
  if (key !== undefined && !tree.lists(path, key, recursive)) return yield* foreign
  const { items, next } = recursive ? tree.under(path, { after: key, limit }) : tree.list(path, { after: key, limit })
  const page: TreePage = { commitId, snapshotId, path, items, next: Option.map(next, (last) => commitId + last) }
  return page
})
