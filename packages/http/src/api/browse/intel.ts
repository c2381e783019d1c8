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
    answering(({ params: { kind, ...params }, query: { limit = limitDefault, ref, since } }) =>
      Effect.gen(function* () {
        const open = yield* opened(params, "read")
        const { found, ...read } = yield* readIntel(open, { kind, limit, ref, since })
        const { commitId, complete, since: before, version } = read
        const etag = `"${[commitId, before, version].join("-")}"`
        // Another commit may be meant by `since` before long.
        const state = { complete, etag, ref: since === undefined ? ref : undefined }
        return yield* cachedIfComplete(open, state, Effect.succeed({ ...read, ...found }))
      })
    )
  )
)
