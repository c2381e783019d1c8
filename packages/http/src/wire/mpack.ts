/**
 * Fetch and push in mpack (docs/mpack.md). A fetch sends the stored bytes in larger pieces, possibly compressed; a push
 * is stored as it arrives.
 */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { ObjectUnread } from "@musehub/domain/usecase/access/ObjectUnread"
import { fetchMpack, type MpackContent } from "@musehub/domain/usecase/fetch/fetchMpack"
import { pushMpack } from "@musehub/domain/usecase/push/pushMpack"
import type { WantHave } from "@musehub/domain/wire/requests"
import { type MpackAbort, mpackAbort, mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { MpackIncomplete } from "@musehub/domain/wire/mpack/Refused"
import { mpackBytesMax } from "@musehub/domain/wire/Limits"
import { Cause, Effect, Stream } from "effect"
import { type Headers, HttpMiddleware, type HttpServerRequest } from "effect/http"
import { boundedBody } from "../Body.ts"
import { mediaTypeOf } from "../Encoding.ts"
import { logCut, streamed } from "../streamed.ts"
import { coalesced } from "./coalesce.ts"
import { pushAnswer } from "./pushAnswer.ts"

/** Returns whether the request accepts an mpack stream. */
export const acceptsMpack = (headers: Headers.Headers): boolean =>
  (headers["accept"] ?? "").split(",").some((value) => mediaTypeOf(value) === mpackMediaType)

/** Returns whether the body is an mpack stream. */
export const isMpack = (headers: Headers.Headers): boolean =>
  mediaTypeOf(headers["content-type"] ?? "") === mpackMediaType

/** Compresses as the client accepts, at fast levels, since most repository content is already compressed. */
const compressed = HttpMiddleware.compression({
  algorithms: ["zstd", "gzip"],
  levels: { zstd: 1, gzip: 1 },
  compressible: (contentType) => contentType === mpackMediaType
})

/** Says what a client may know of a failure. */
const abortOf = (cause: Cause.Cause<unknown>, request: string): MpackAbort => {
  const failure = cause.reasons.find(Cause.isFailReason)?.error
  if (failure instanceof ObjectUnread) {
    const { id, isRetryable, publicReason, type } = failure
    return { error: publicReason, object: [type, id], retry: isRetryable, request }
  }
  const error = failure instanceof MpackIncomplete ? failure.message : "the hub had an internal error"
  return { error, object: null, retry: false, request }
}

/** Ends a stream that fails with an abort, which tells the client why, and logs the failure. */
const withAbort = (content: MpackContent) =>
  Stream.catchCause(content, (cause) =>
    Cause.hasInterruptsOnly(cause)
      ? Stream.failCause(cause)
      : Stream.fromEffect(Effect.map(logCut(cause), (requestId) => mpackAbort(abortOf(cause, requestId))))
  )

/** Answers `fetch`: 200 with the stream. */
export const answerMpackFetch = Effect.fnUntraced(function* (open: OpenRepository, wanted: WantHave) {
  return yield* streamed(coalesced(withAbort(yield* fetchMpack(open, wanted))), {
    contentType: mpackMediaType,
    headers: { "cache-control": "no-store", vary: "accept, accept-encoding" }
  })
}, compressed)

/** Answers `push` as the dictionary form does, and says what the repository lacked. */
export const answerMpackPush = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  open: OpenRepository<"write">
) {
  const pushed = yield* pushMpack(open, boundedBody(request, mpackBytesMax))
  return pushAnswer(request.headers, pushed, pushed.took)
})
