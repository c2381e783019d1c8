/** Lists all repositories. */
import { Effect } from "effect"
import { RepositoryIndex, type RepositoryRow } from "../../port/index/RepositoryIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { PageRequest, Page } from "../../port/Page.ts"
import type { UserName } from "../../repository/Names.ts"

/** Lists all repositories of the hub, for its operator, in order of owner and slug. */
export const listRepositories = Effect.fn("listRepositories")(function* (
  filter: { readonly owner?: UserName | undefined },
  page: PageRequest
): Effect.fn.Return<Page<RepositoryRow>, IndexUnavailable, RepositoryIndex> {
  const index = yield* RepositoryIndex
  return yield* index.repositories(filter, page)
})
