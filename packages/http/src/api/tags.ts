/** Handlers of tags. */
import type { Tag } from "@musehub/domain/repository/Tag"
import { listTags } from "@musehub/domain/usecase/tags/listTags"
import { deleteTag } from "@musehub/domain/usecase/tags/storeTags"
import { tagCommit } from "@musehub/domain/usecase/tags/tagCommit"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "./Api.ts"
import { CreatedTag, NewTag } from "./contract/tags.ts"
import { idempotent } from "./middleware/idempotent.ts"
import { paged, pageRequest } from "./page.ts"
import { answering, jsonBody, opened } from "./request.ts"

const view = ({ commit_id, created_at, tag, tag_id }: Tag) => ({
  tagId: tag_id,
  tag,
  commitId: commit_id,
  createdAt: created_at
})

export const tags = HttpApiBuilder.group(Api, "tags", (handlers) =>
  handlers
    .handle(
      "list",
      answering(({ params, query }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          return yield* paged(yield* listTags(open, yield* pageRequest(query)), view)
        })
      )
    )
    .handleRaw(
      "create",
      answering(({ params }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "write")
          const { bytes, value } = yield* jsonBody(NewTag)
          return yield* idempotent({
            by: open,
            content: bytes,
            schema: CreatedTag,
            status: 201,
            work: Effect.map(tagCommit(open, { label: value.tag, commit: value.commitId }), view)
          })
        })
      )
    )
    .handle(
      "delete",
      answering(({ params }) =>
        Effect.gen(function* () {
          yield* deleteTag(yield* opened(params, "write"), params.id)
        })
      )
    )
)
