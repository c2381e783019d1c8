/**
 * Lists the repositories that a caller may see, in the order of the index. Each root decides whether it may be read.
 */
import { Effect, Option } from "effect"
import { Roots } from "../../invariant/Roots.ts"
import { RepositoryIndex, type RepositoryRow } from "../../port/index/RepositoryIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { Page, PageRequest } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { StoreUnavailable } from "../../port/ObjectStore.ts"
import type { UserName } from "../../repository/Names.ts"
import type { Repository } from "../../repository/Root.ts"
import { authorize, type Principal } from "../access/policy.ts"

/**
 * The maximum number of rows that one call examines. A caller who may see few of many gets short pages instead of a
 * long wait.
 */
const lookedAtMax = 1000

/** Returns the repository as in its root, if the caller may read it. */
const visible = Effect.fnUntraced(function* (principal: Principal | null, { repository }: RepositoryRow) {
  if (principal === null && repository.visibility === "private") return []
  const roots = yield* Roots
  return yield* roots.read(repository.id).pipe(
    Effect.tap((root) => authorize(root.value, principal, "read")),
    Effect.map((root): ReadonlyArray<Repository> => [root.value.repository]),
    Effect.catchTags({
      RootMissing: () => Effect.succeed([]),
      RepositoryUnknown: () => Effect.succeed([]),
      Unauthenticated: () => Effect.succeed([]),
      Forbidden: () => Effect.succeed([]),
      RepositoryArchived: () => Effect.succeed([]),
      // One damaged repository must not hide all the others.
      ObjectCorrupt: (error) => Effect.as(Effect.logError("a repository is left out of a list", error), [])
    })
  )
})

export type VisibleRepositoriesError = StoreUnavailable | IndexUnavailable

/**
 * Lists the repositories that the caller may read, in order of owner and slug. A page may be short, even empty, before
 * the end. Needs the index.
 */
export const visibleRepositories = Effect.fn("visibleRepositories")(function* (
  principal: Principal | null,
  filter: { readonly owner?: UserName | undefined },
  page: PageRequest
): Effect.fn.Return<Page<Repository>, VisibleRepositoriesError, RepositoryIndex | Roots> {
  const index = yield* RepositoryIndex
  const items: Array<Repository> = []
  let next = Option.fromUndefinedOr(page.after)
  let lookedAt = 0
  do {
    const rows: Page<RepositoryRow> = yield* index.repositories(filter, {
      after: Option.getOrUndefined(next),
      limit: page.limit - items.length
    })
    const found = yield* Effect.forEach(rows.items, (row) => visible(principal, row), { concurrency: storeConcurrency })
    items.push(...found.flat())
    lookedAt += rows.items.length
    next = rows.next
  } while (Option.isSome(next) && items.length < page.limit && lookedAt < lookedAtMax)
  return { items, next }
})
