/**
 * Fetch and push in mpack (docs/mpack.md): the stored bytes as they lie, in larger pieces for the socket and perhaps
 * compressed, and taken in as they arrive.
 */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { mpackStream } from "@musehub/domain/usecase/fetch/mpackStream"
import { planMpack } from "@musehub/domain/usecase/fetch/planMpack"
import { pushMpack } from "@musehub/domain/usecase/push/pushMpack"
import type { WantHave } from "@musehub/domain/wire/requests"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { mpackBytesMax } from "@musehub/domain/wire/Limits"
import { Effect, Stream } from "effect"
import { type Headers, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { boundedBody } from "../Body.ts"
import { mediaTypeOf } from "../Encoding.ts"
import { coalesced } from "./coalesce.ts"
import { compressed } from "./compression.ts"
import { pushAnswer } from "./pushAnswer.ts"
import { streamContext } from "./streamContext.ts"

/** Whether the request wants its answer as an mpack stream. */
export const acceptsMpack = (headers: Headers.Headers): boolean =>
  (headers["accept"] ?? "").split(",").some((value) => mediaTypeOf(value) === mpackMediaType)

/** Whether the body is an mpack stream. */
export const isMpack = (headers: Headers.Headers): boolean =>
  mediaTypeOf(headers["content-type"] ?? "") === mpackMediaType

/** The answer to `fetch`: 200 with the stream, compressed where the client accepts that. */
export const answerMpackFetch = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  open: OpenRepository,
  wanted: WantHave
) {
  const plan = yield* planMpack(open, wanted)
  const body = coalesced(mpackStream(open, plan))
  const stored = Stream.provideContext(body, yield* streamContext)
  const { stream, headers } = compressed(request.headers, stored)
  return HttpServerResponse.stream(stream, {
    contentType: mpackMediaType,
    headers: { "cache-control": "no-store", vary: "accept, accept-encoding", ...headers }
  })
})

/** The answer to `push`: the same as to the dictionary form. */
export const answerMpackPush = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  open: OpenRepository<"write">
) {
  const pushed = yield* pushMpack(open, boundedBody(request, mpackBytesMax))
  return pushAnswer(request.headers, pushed)
})
