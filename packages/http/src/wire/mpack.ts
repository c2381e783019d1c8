/**
 * Fetch and push in mpack (docs/mpack.md): the stored bytes as they lie, read ahead of the socket within bounds, and
 * taken in as they arrive.
 */
import { readBlob, readRecordBytes, streamBlob } from "@musehub/domain/invariant/ObjectReader"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { OpenRepository } from "@musehub/domain/usecase/openRepository"
import { type MpackFetch, planMpack } from "@musehub/domain/usecase/planMpack"
import { receiveMpack } from "@musehub/domain/usecase/receiveMpack"
import type { WantHave } from "@musehub/domain/wire/requests"
import { type MpackEntry, mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import { writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { mpackBytesMax } from "@musehub/domain/wire/Limits"
import { Effect, Stream } from "effect"
import { type Headers, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { boundedBody } from "../Body.ts"
import { mediaTypeOf } from "../Encoding.ts"
import { coalesced } from "./coalesce.ts"
import { compressed } from "./compression.ts"
import { pushAnswer } from "./pushAnswer.ts"
import { readsAhead, smallBlobBytes } from "./readAhead.ts"

/** Whether the request wants its answer as an mpack stream. */
export const acceptsMpack = (headers: Headers.Headers): boolean =>
  (headers["accept"] ?? "").split(",").some((value) => mediaTypeOf(value) === mpackMediaType)

/** Whether the body is an mpack stream. */
export const isMpack = (headers: Headers.Headers): boolean =>
  mediaTypeOf(headers["content-type"] ?? "") === mpackMediaType

/** Batches of objects that are read at the same time. */
const batchesAhead = 4

/**
 * The objects of a plan, read from the store as the socket takes them: in batches, since each step of a stream costs the
 * same for one small object as for many.
 */
const objectsOf = (open: OpenRepository, plan: MpackFetch) => {
  const ahead = readsAhead(Math.max(smallBlobBytes, plan.recordBytesMax))
  const batches = Math.min(batchesAhead, ahead)
  const read = Effect.fnUntraced(function* (entry: MpackEntry) {
    if (entry.type !== "blob") {
      const recorded = plan.recordsOf[entry.type].get(entry.id)?.sha256
      const content = yield* readRecordBytes({ repository: open.id, ...entry }, recorded)
      return { ...entry, size: content.byteLength, content }
    }
    const size = plan.blobs.get(entry.id) ?? 0
    const content = size <= smallBlobBytes ? yield* readBlob(open.id, entry.id) : streamBlob(open.id, entry.id)
    return { ...entry, size, content }
  })
  return Stream.fromIterable(plan.entries, { chunkSize: Math.floor(ahead / batches) }).pipe(
    Stream.chunks,
    Stream.mapEffect((batch) => Effect.forEach(batch, read, { concurrency: "unbounded" }), { concurrency: batches }),
    Stream.flattenIterable
  )
}

/** The answer to `fetch`: 200 with the stream, compressed where the client accepts that. */
export const fetchMpack = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  open: OpenRepository,
  wanted: WantHave
) {
  const plan = yield* planMpack(open, wanted)
  const body = coalesced(writeMpack(plan.header, objectsOf(open, plan)))
  const stored = Stream.provideService(body, ObjectStore, yield* ObjectStore)
  const { stream, headers } = compressed(request.headers, stored)
  return HttpServerResponse.stream(stream, {
    contentType: mpackMediaType,
    headers: { "cache-control": "no-store", vary: "accept, accept-encoding", ...headers }
  })
})

/** The answer to `push`: the same as to the dictionary form. */
export const pushMpack = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  open: OpenRepository<"write">
) {
  const pushed = yield* receiveMpack(open, boundedBody(request, mpackBytesMax))
  return pushAnswer(request.headers, pushed)
})
