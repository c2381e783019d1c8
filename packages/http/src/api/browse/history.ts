/** Handlers of the histories of files and their lines. */
import { blame } from "@musehub/domain/usecase/browse/blame/blame"
import { type PathTouch as DomainTouch, pathHistory } from "@musehub/domain/usecase/browse/pathHistory"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "../Api.ts"
import type { PathTouch } from "../contract/browse/history.ts"
import { paged, pageRequest } from "../page.ts"
import { answering, opened } from "../request.ts"
import { cachedIfComplete } from "./cachedIfComplete.ts"

const touch = ({ after, before, lines, renamedFrom, ...said }: DomainTouch): PathTouch => ({
  ...said,
  before: before ?? null,
  after: after ?? null,
  renamedFrom: renamedFrom ?? null,
  added: lines?.added ?? null,
  removed: lines?.removed ?? null,
  binary: lines?.binary ?? null
})

export const history = HttpApiBuilder.group(Api, "history", (handlers) =>
  handlers
    .handle(
      "blame",
      answering(({ params, query }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const blamed = yield* blame(open, query)
          const { commitId, complete } = blamed
          const state = { complete, etag: `"${commitId}"`, ref: query.ref }
          return yield* cachedIfComplete(open, state, Effect.succeed(blamed))
        })
      )
    )
    .handle(
      "path",
      answering(({ params, query: { path, ref, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const found = yield* pathHistory(open, { path, ref }, yield* pageRequest(page))
          const { commitId, complete, pending } = found
          return yield* cachedIfComplete(
            open,
            { complete, etag: `"${commitId}"`, ref },
            Effect.map(paged(found, touch), (items) => ({ commitId, path, complete, pending, ...items }))
          )
        })
      )
    )
)
