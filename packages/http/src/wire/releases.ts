/** The endpoints of `muse release` (docs/wire.md, section 4): push, list and delete at the remote. */
import { inSlices } from "@musehub/domain/base/Slices"
import { Channel } from "@musehub/domain/repository/Tag"
import { listReleases } from "@musehub/domain/usecase/tags/listReleases"
import { deleteRelease, publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { decodingRelease } from "@musehub/domain/usecase/tags/records"
import { releaseBodyBytesMax } from "@musehub/domain/wire/Limits"
import { readRelease } from "@musehub/domain/wire/pushTags"
import { refuseField } from "@musehub/domain/wire/RequestRefused"
import { Effect, Schema } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { bodyReader } from "../Body.ts"
import { callerOf, knownCaller } from "../Caller.ts"
import { acceptedEncoding, answer, longAnswer } from "../Encoding.ts"
import { openTarget } from "./openTarget.ts"

/**
 * `POST …/releases`, a release in JSON: 200 `{release_id}`; 400, 401, 403, 404, 413, 422, 503; 409 if the tag is taken
 * by another release.
 */
export const publish = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* knownCaller(request.headers, "publishing a release"), "write")
  const record = yield* readRelease(yield* bodyReader(request, releaseBodyBytesMax))
  const release = yield* publishRelease(open, yield* Effect.fromResult(yield* inSlices(() => decodingRelease(record))))
  return answer(acceptedEncoding(request.headers), { release_id: release.release_id })
})

const isChannel = Schema.is(Channel)

/** Parses the filter. The client omits both parameters, or sends a channel, and 1 for drafts. */
const filterOf = Effect.gen(function* () {
  const { channel, include_drafts: drafts = "0" } = yield* HttpServerRequest.ParsedSearchParams
  if (channel !== undefined && !isChannel(channel)) {
    return yield* refuseField("channel", `must be one of ${Channel.literals.join(", ")}`)
  }
  if (drafts !== "0" && drafts !== "1") return yield* refuseField("include_drafts", "must be 0 or 1")
  return { channel, drafts: drafts === "1" }
})

/**
 * `GET …/releases?channel=&include_drafts=1`: 200 `{releases: [release]}`, the last published first, drafts only for
 * callers with write access; anonymous on public repositories. 400, 401, 404, 413, 503.
 */
export const list = Effect.gen(function* () {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* callerOf(headers), "read")
  return yield* longAnswer(acceptedEncoding(headers), { releases: yield* listReleases(open, yield* filterOf) })
})

/** `DELETE …/releases/<tag>`, the tag percent-encoded: 200 `{retracted: tag}`; 401, 403, 404, 503. */
export const retract = Effect.gen(function* () {
  const { headers } = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* knownCaller(headers, "deleting a release"), "write")
  const { tag = "" } = yield* HttpRouter.params
  yield* deleteRelease(open, tag)
  return answer(acceptedEncoding(headers), { retracted: tag })
})
