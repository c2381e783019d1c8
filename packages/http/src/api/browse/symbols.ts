/** Handlers of symbols and their histories. */
import { type FoundSymbol, listSymbols } from "@musehub/domain/usecase/symbols/listSymbols"
import { symbolHistory, type SymbolTouch as DomainTouch } from "@musehub/domain/usecase/symbols/symbolHistory"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "../Api.ts"
import type { SymbolTouch } from "../contract/browse/symbols.ts"
import { paged, pageRequest } from "../page.ts"
import { answering, opened } from "../request.ts"
import { cachedIfComplete } from "./cachedIfComplete.ts"

const touch = ({ former, ...said }: DomainTouch): SymbolTouch => ({ ...said, former: former ?? null })

const same = (symbol: FoundSymbol) => symbol

/** Returns the state of an answer. Another extractor finds others in the same commit, so no answer stays for ever. */
export const symbolState = (found: {
  readonly commitId: string
  readonly complete: boolean
  readonly extractor: string
}) => ({
  complete: found.complete,
  etag: `"${found.commitId}-${found.extractor.replaceAll(" ", "-")}"`,
  ref: undefined
})

export const symbols = HttpApiBuilder.group(Api, "symbols", (handlers) =>
  handlers
    .handle(
      "list",
      answering(({ params, query: { kind, path, q: sought, ref, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const found = yield* listSymbols(open, { kind, path, ref, sought }, yield* pageRequest(page))
          const { commitId, complete, extractor, pending, skipped } = found
          return yield* cachedIfComplete(
            open,
            symbolState(found),
            Effect.map(paged(found, same), (items) => ({ commitId, extractor, complete, pending, skipped, ...items }))
          )
        })
      )
    )
    .handle(
      "history",
      answering(({ params, query: { address, ref, ...page } }) =>
        Effect.gen(function* () {
          const open = yield* opened(params, "read")
          const found = yield* symbolHistory(open, { address, ref }, yield* pageRequest(page))
          const { commitId, complete, extractor, pending } = found
          return yield* cachedIfComplete(
            open,
            symbolState(found),
            Effect.map(paged(found, touch), (items) => ({ commitId, address, extractor, complete, pending, ...items }))
          )
        })
      )
    )
)
