/** Handler of intel. */
import { readIntel } from "@musehub/domain/usecase/intel/readIntel"
import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "../Api.ts"
import { answering, opened } from "../request.ts"
import { cachedIfComplete } from "./cachedIfComplete.ts"

const limitDefault = 100

export const intel = HttpApiBuilder.group(Api, "intel", (handlers) =>
  handlers.handle(
    "intel",
    answering(({ params: { kind, ...params }, query: { limit = limitDefault, of, ref, since } }) =>
      Effect.gen(function* () {
        const open = yield* opened(params, "read")
        const { found, ...read } = yield* readIntel(open, { kind, limit, of, ref, since })
        const { commitId, complete, extractor, since: before, version } = read
        const etag = `"${[commitId, before, version, read.of, extractor].join("-").replaceAll(" ", "-")}"`
        // Before long another commit may be meant by `since`, and another extractor may find other symbols.
        const isFixed = since === undefined && extractor === null
        const state = { complete, etag, ref: isFixed ? ref : undefined }
        return yield* cachedIfComplete(open, state, Effect.succeed({ ...read, ...found }))
      })
    )
  )
)
