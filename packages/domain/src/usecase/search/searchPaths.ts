/** Finds the files of a commit by their paths. */
import { Effect, Option } from "effect"
import { isCommitId } from "../../object/Id.ts"
import type { CursorRefused, PageRequest } from "../../port/Page.ts"
import type { Tree, TreeFile } from "../../reading/Tree.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted } from "../admission/Admission.ts"
import { type ViewError, viewed, viewedCommit, type ViewServices } from "../browse/viewed.ts"
import { folded, foreignCursor, pageTimer, type SearchPage, type SearchQuery } from "./SearchPage.ts"

export type SearchPathsError = CursorRefused | ViewError

const commitDigits = 64

/** Files that are looked at between two pauses. */
const portion = 1000

const searching = Effect.fnUntraced(function* (tree: Tree, wanted: string, { after, limit }: PageRequest) {
  const isLate = yield* pageTimer
  const items: Array<TreeFile> = []
  let [last, files] = [after, 0]
  for (;;) {
    const read = tree.under("", { limit: portion, after: last })
    for (const file of read.items) {
      if (items.length === limit) return { items, last, files }
      if (folded(file.path).includes(wanted)) items.push(file)
      last = file.path
      files += 1
    }
    if (Option.isNone(read.next)) return { items, last: undefined, files }
    if (isLate()) return { items, last, files }
    yield* Effect.yieldNow
  }
})

/** Lists the files whose path has a text, in any case. A cursor has the commit and a path. */
export const searchPaths = Effect.fn("searchPaths")(function* (
  open: OpenRepository,
  { ref, sought }: SearchQuery,
  { after, limit }: PageRequest
): Effect.fn.Return<SearchPage<TreeFile>, SearchPathsError, ViewServices> {
  const commit = after?.slice(0, commitDigits)
  if (commit !== undefined && !isCommitId(commit)) return yield* foreignCursor
  const { commitId, tree } = commit === undefined ? yield* viewed(open, ref) : yield* viewedCommit(open, commit)
  const from = { after: after?.slice(commitDigits), limit }
  const { files, items, last } = yield* admitted("list", searching(tree, folded(sought), from))
  const page: SearchPage<TreeFile> = {
    commitId,
    items,
    next: Option.map(Option.fromUndefinedOr(last), (path) => commitId + path),
    scanned: { commits: 0, files, bytes: 0 },
    truncated: last !== undefined && items.length < limit
  }
  return page
})
