/** Handlers of diffs. */
import { sha256 } from "@musehub/domain/object/Digest"
import { compare, diffCommit } from "@musehub/domain/usecase/browse/compare"
import { fileDiffJson } from "@musehub/domain/usecase/browse/fileDiffJson"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { cached, forever } from "../../cached.ts"
import { Api } from "../Api.ts"
import { paged, pageRequest } from "../page.ts"
import { answering, opened } from "../request.ts"
import { controlOf } from "./controlOf.ts"

export const diffs = HttpApiBuilder.group(Api, "diffs", (handlers) =>
  handlers
    .handle(
      "commit",
      answering(({ params, query: { parent, path, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const diff = yield* diffCommit(open, { commit: params.id, parent }, { path, ...(yield* pageRequest(page)) })
          const { base, head } = diff
          return yield* cached(
            { etag: `"${head}"`, control: forever(open) },
            Effect.map(paged(diff, fileDiffJson), (files) => ({ base, head, ...files }))
          )
        })
      )
    )
    .handle(
      "compare",
      answering(({ params, query: { base, head, path, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const compared = yield* compare(open, { base, head }, { path, ...(yield* pageRequest(page)) })
          const { items: _items, next: _next, ...lines } = compared
          return yield* cached(
            { etag: `"${sha256(`${lines.base} ${lines.head}`)}"`, control: controlOf(open, base, head) },
            Effect.map(paged(compared, fileDiffJson), (files) => ({ ...lines, ...files }))
          )
        })
      )
    )
)
