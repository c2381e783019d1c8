/** Repositories, for people and operators. */
import { Effect } from "effect"
import { IndexStore } from "../../port/IndexStore.ts"
import type { PageRequest } from "../../port/Page.ts"
import type { UserName } from "../../repository/Names.ts"

/** All repositories of the hub, for its operator, in order of owner and slug. */
export const listRepositories = Effect.fn("listRepositories")(function* (
  filter: { readonly owner?: UserName | undefined },
  page: PageRequest
) {
  const index = yield* IndexStore
  return yield* index.repositories(filter, page)
})
