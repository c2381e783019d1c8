/** Handler of searches. */
import { searchCommits } from "@musehub/domain/usecase/search/searchCommits"
import { searchContent } from "@musehub/domain/usecase/search/searchContent"
import {
  foundCommitJson,
  foundLineJson,
  foundPathJson,
  foundSymbolJson
} from "@musehub/domain/usecase/search/foundJson"
import { searchSymbols } from "@musehub/domain/usecase/search/searchSymbols"
import { searchPaths } from "@musehub/domain/usecase/search/searchPaths"
import type { SearchPage } from "@musehub/domain/usecase/search/SearchPage"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { cached } from "../../cached.ts"
import { Api } from "../Api.ts"
import type { Found } from "../contract/browse/search.ts"
import { paged, pageRequest } from "../page.ts"
import { answering, opened } from "../request.ts"
import { cachedIfComplete } from "./cachedIfComplete.ts"
import { controlOf } from "./controlOf.ts"
import { symbolState } from "./symbols.ts"

/** Returns a page in the shape of the contract. */
const result = <A>(page: SearchPage<A>, view: (item: A) => Found) =>
  Effect.map(paged(page, view), (items) => ({
    commitId: page.commitId,
    ...items,
    scanned: page.scanned,
    truncated: page.truncated
  }))

export const search = HttpApiBuilder.group(Api, "search", (handlers) =>
  handlers.handle(
    "search",
    answering(({ params, query: { in: place, q: sought, ref, ...page } }) =>
      Effect.gen(function* () {
        const open = yield* opened(params, "read")
        const [query, request] = [{ sought, ref }, yield* pageRequest(page)]
        const answer = <A>(found: SearchPage<A>, view: (item: A) => Found) =>
          cached({ etag: `"${found.commitId}"`, control: controlOf(open, ref) }, result(found, view))
        switch (place) {
          case "commits":
            return yield* answer(yield* searchCommits(open, query, request), foundCommitJson)
          case "paths":
            return yield* answer(yield* searchPaths(open, query, request), foundPathJson)
          case "content":
            return yield* answer(yield* searchContent(open, query, request), foundLineJson)
          case "symbols": {
            const found = yield* searchSymbols(open, query, request)
            return yield* cachedIfComplete(open, symbolState(found), result(found, foundSymbolJson))
          }
        }
      })
    )
  )
)
