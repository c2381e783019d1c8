/** Lists the tags of a repository from its root and their stored records, without the index. */
import { Effect } from "effect"
import { readTag } from "../../invariant/RepositoryDocuments.ts"
import { type Page, pageOf, type PageRequest } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { Tag } from "../../repository/Tag.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"

export type ListTagsError = ObjectCorrupt | StoreUnavailable

/** Lists tags in ascending order of id. */
export const listTags = Effect.fn("listTags")(function* (
  open: OpenRepository,
  page: PageRequest
): Effect.fn.Return<Page<Tag>, ListTagsError, ObjectStore> {
  const { items, next } = pageOf(open.root.value.tags, ({ id }) => id, page)
  const tags: Page<Tag> = {
    items: yield* Effect.forEach(items, ({ record }) => readTag(open.id, record), { concurrency: storeConcurrency }),
    next
  }
  return tags
})
