/** Negotiate and fetch (docs/wire.md, section 4): streams what a client lacks. */
import { type FetchedHistory, fetchHistory } from "@musehub/domain/usecase/fetch/fetchHistory"
import { negotiate as negotiateUseCase } from "@musehub/domain/usecase/fetch/negotiate"
import { AnswerTooLarge } from "@musehub/domain/wire/AnswerTooLarge"
import { fetchBodyBytesMax, negotiateBodyBytesMax } from "@musehub/domain/wire/Limits"
import { readNegotiate, readWantHave } from "@musehub/domain/wire/requests"
import { Effect } from "effect"
import { type Headers, HttpServerRequest } from "effect/http"
import { bodyReader } from "../Body.ts"
import { callerOf } from "../Caller.ts"
import { acceptedEncoding, answer, contentTypeOf } from "../Encoding.ts"
import { streamed } from "../streamed.ts"
import { historyAnswer } from "./historyAnswer.ts"
import { acceptsMpack, answerMpackFetch } from "./mpack.ts"
import { openTarget, targetUrl } from "./openTarget.ts"

/** `POST …/negotiate` `{want, have}`: 200 `{ack, common_base, ready}`; 400, 401, 404, 413. */
export const negotiate = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* callerOf(request.headers), "read")
  const { want, have } = yield* readNegotiate(yield* bodyReader(request, negotiateBodyBytesMax))
  const { acknowledged, commonBase, ready } = yield* negotiateUseCase(open, want, have)
  return answer(acceptedEncoding(request.headers), { ack: acknowledged, common_base: commonBase, ready })
})

/** The most bytes that the `muse` client reads. Beyond that it reports only "exceeds the cap" and keeps nothing. */
const clientBytesMax = 64 * 1024 * 1024

/**
 * The bytes that msgpack adds to each blob: a map, two keys, the id. Commits and snapshots are no longer than their
 * JSON.
 */
const blobFrameBytes = 90

/** Returns whether the client is `muse`, which is recognizable only by its HTTP library (docs/wire.md, section 3). */
const isCapped = (headers: Headers.Headers): boolean => (headers["user-agent"] ?? "").startsWith("Python-urllib/")

/** Refuses an answer that `muse` would not read, and names the client that reads it and writes the same folder. */
const refuseTooLarge = Effect.fnUntraced(function* ({ counts, storedBytes }: FetchedHistory) {
  const bytes = storedBytes + (counts.wholeBlobs + counts.streamedBlobs) * blobFrameBytes
  if (bytes <= clientBytesMax) return
  const remedy =
    `use \`musehub clone ${yield* targetUrl}\`, or \`musehub pull\` in a clone that you have; ` +
    "muse works in that folder as in its own"
  return yield* new AnswerTooLarge({ bytes, limitBytes: clientBytesMax, remedy })
})

/**
 * `POST …/fetch` `{want, have}`: 200 `{commits, snapshots, objects, branch_heads}`, streamed; 400, 401, 404, 413, 503.
 * To a client that accepts `application/vnd.muse.mpack`, a stream of the stored bytes (docs/mpack.md), without those of
 * `have_blobs`.
 */
export const fetch = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* callerOf(request.headers), "read")
  const wanted = yield* readWantHave(yield* bodyReader(request, fetchBodyBytesMax))
  if (acceptsMpack(request.headers)) return yield* answerMpackFetch(open, wanted)
  const history = yield* fetchHistory(open, wanted)
  if (isCapped(request.headers)) yield* refuseTooLarge(history)
  const encoding = acceptedEncoding(request.headers)
  return yield* streamed(historyAnswer(history, encoding), {
    contentType: contentTypeOf[encoding],
    headers: { "cache-control": "no-store" }
  })
})
