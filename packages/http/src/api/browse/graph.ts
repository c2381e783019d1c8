/** Handler of the graph of commits. */
import { readGraph } from "@musehub/domain/usecase/commits/readGraph"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "../Api.ts"
import { paged, pageRequest } from "../page.ts"
import { answering, opened } from "../request.ts"

export const graph = HttpApiBuilder.group(Api, "graph", (handlers) =>
  handlers.handle(
    "graph",
    answering(({ params, query: { refs, ...page } }) =>
      Effect.gen(function* () {
        const open = yield* opened(params, "read")
        return yield* paged(yield* readGraph(open, { refs }, yield* pageRequest(page)), (node) => node)
      })
    )
  )
)
