/**
 * `GET /{owner}/{slug}/refs` (docs/wire.md, section 4): the first request of clone, fetch, pull and push. Needs no
 * token on public repositories.
 */
import { readRefs } from "@musehub/domain/usecase/fetch/readRefs"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { callerOf } from "../Caller.ts"
import { acceptedEncoding, answer } from "../Encoding.ts"
import { openTarget } from "./openTarget.ts"

/** 200 `{repo_id, domain, default_branch, branch_heads: {branch: commit id}}`; 401, 404. */
export const refs = Effect.gen(function* () {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const { repository, domain, defaultBranch, heads } = readRefs(yield* openTarget(yield* callerOf(headers), "read"))
  return answer(acceptedEncoding(headers), {
    repo_id: repository,
    domain,
    default_branch: defaultBranch,
    branch_heads: new Map(heads)
  })
})
