/**
 * `GET /{owner}/{slug}/refs` (docs/wire.md, section 4): the first request of clone, fetch, pull and push. Needs no
 * token on public repositories.
 */
import { readRefs } from "@musehub/domain/usecase/fetch/readRefs"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { callerOf } from "../Caller.ts"
import { acceptedEncoding, contentTypeOf } from "../Encoding.ts"
import { streamed } from "../streamed.ts"
import { openTarget } from "./openTarget.ts"
import { refsAnswer } from "./refsAnswer.ts"

/** 200 `{repo_id, domain, default_branch, branch_heads: {branch: commit id}}`, streamed; 401, 404, 503. */
export const refs = Effect.gen(function* () {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const found = yield* readRefs(yield* openTarget(yield* callerOf(headers), "read", { rootAlone: true }))
  const encoding = acceptedEncoding(headers)
  return yield* streamed(refsAnswer(found, encoding), {
    contentType: contentTypeOf[encoding],
    headers: { "cache-control": "no-store" }
  })
})
