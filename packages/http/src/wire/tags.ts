/** `POST /{owner}/{slug}/tags` (docs/wire.md, section 4): labels on commits. */
import { tagOf } from "@musehub/domain/usecase/tags/records"
import { storeTags } from "@musehub/domain/usecase/tags/storeTags"
import { tagsBodyBytesMax } from "@musehub/domain/wire/Limits"
import { readTags } from "@musehub/domain/wire/pushTags"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { bodyReader } from "../Body.ts"
import { knownCaller } from "../Caller.ts"
import { acceptedEncoding, answer } from "../Encoding.ts"
import { openTarget } from "./openTarget.ts"

/**
 * `{tags: [{tag_id, repo_id, commit_id, tag, created_at}]}`: 200 `{stored}`, all or none; an existing tag does not
 * count. 400, 401, 403, 404, 409, 413, 422, 503.
 */
export const tags = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* knownCaller(request.headers, "storing tags"), "write")
  const records = yield* readTags(yield* bodyReader(request, tagsBodyBytesMax))
  const wanted = yield* Effect.forEach(records, (record) => Effect.fromResult(tagOf(record)))
  const { stored } = yield* storeTags(open, wanted)
  return answer(acceptedEncoding(request.headers), { stored })
})
