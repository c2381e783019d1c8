/** Finds commits by their messages and authors. */
import { Effect, Option } from "effect"
import { commitOfRef } from "../../invariant/refs/commitOfRef.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { Commit } from "../../object/Commit.ts"
import { isCommitId } from "../../object/Id.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { PageRequest } from "../../port/Page.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { listCommits, type ListCommitsError } from "../commits/readCommits.ts"
import { folded, foreignCursor, pageTimer, type SearchPage, type SearchQuery } from "./SearchPage.ts"

export type SearchCommitsError = ListCommitsError

/** Commits that a page looks at. */
const pageCommitsMax = 5000

const commitDigits = 64

/**
 * Lists the commits of a history whose message or author has a text, in any case, children before parents. A cursor
 * has the commit at which the history begins.
 */
export const searchCommits = Effect.fn("searchCommits")(function* (
  open: OpenRepository,
  { ref, sought }: SearchQuery,
  { after, limit }: PageRequest
): Effect.fn.Return<
  SearchPage<Commit>,
  SearchCommitsError,
  CommitIndex | ObjectStore | Packs | RepositoryIndex | Roots
> {
  const root = open.root.value
  const [begin, place] = [after?.slice(0, commitDigits), after?.slice(commitDigits)]
  if (begin !== undefined && !isCommitId(begin)) return yield* foreignCursor
  const commitId = begin ?? (yield* commitOfRef(root, ref ?? root.repository.defaultBranch))
  const isLate = yield* pageTimer
  const wanted = folded(sought)
  const items: Array<Commit> = []
  let [last, commits] = [Option.fromUndefinedOr(place), 0]
  // As many as the page has room for, so that it ends where a portion does; one with little room left is full.
  const isFull = () => items.length > limit - Math.ceil(limit / 4)
  do {
    const portion = { after: Option.getOrUndefined(last), limit: limit - items.length }
    const read = yield* listCommits(open, { from: commitId }, portion)
    items.push(...read.items.filter(({ record }) => folded(`${record.author}\n${record.message}`).includes(wanted)))
    commits += read.items.length
    last = read.next
  } while (Option.isSome(last) && !isFull() && commits < pageCommitsMax && !isLate())
  const page: SearchPage<Commit> = {
    commitId,
    items,
    next: Option.map(last, (next) => commitId + next),
    scanned: { commits, files: 0, bytes: 0 },
    truncated: Option.isSome(last) && !isFull()
  }
  return page
})
