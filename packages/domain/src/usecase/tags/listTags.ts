/** Lists the tags of a repository from its root and their stored records, without the index. */
import { Effect } from "effect"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import { pageOfRefs } from "../../invariant/refs/refs.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { readTag } from "../../invariant/RepositoryDocuments.ts"
import type { Page, PageRequest } from "../../port/Page.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { Tag } from "../../repository/Tag.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"

export type ListTagsError = ObjectCorrupt | RefsError

/** Lists tags in ascending order of id. */
export const listTags = Effect.fn("listTags")(function* (
  open: OpenRepository,
  page: PageRequest
): Effect.fn.Return<Page<Tag>, ListTagsError, ObjectStore | Roots> {
  const { value: root } = open.root
  const { items, next } = yield* pageOfRefs(root, root.tags, page)
  const tags: Page<Tag> = {
    items: yield* Effect.forEach(items, ([, { record }]) => readTag(open.id, record), {
      concurrency: storeConcurrency
    }),
    next
  }
  return tags
})
