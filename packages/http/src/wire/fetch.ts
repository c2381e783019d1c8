/** Negotiate and fetch (wire protocol, section 4): what a client lacks, made from the stored bytes and streamed. */
import { readBlob, readCommit, readStoredSnapshot, streamBlob } from "@musehub/domain/invariant/ObjectReader"
import type { BlobId, CommitId } from "@musehub/domain/object/Id"
import type { JsonObject } from "@musehub/domain/object/Json"
import { snapshotRecord } from "@musehub/domain/object/Snapshot"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { Remarks } from "@musehub/domain/repository/Annotation"
import { annotated } from "@musehub/domain/usecase/annotate"
import { negotiate as negotiateUseCase } from "@musehub/domain/usecase/negotiate"
import type { OpenRepository } from "@musehub/domain/usecase/openRepository"
import { type FetchPlan, planFetch } from "@musehub/domain/usecase/planFetch"
import { remarksAbout } from "@musehub/domain/usecase/remarks"
import { fetchBodyBytesMax } from "@musehub/domain/wire/Limits"
import { readWantHave } from "@musehub/domain/wire/requests"
import { Effect, Stream } from "effect"
import { type Headers, HttpServerRequest, HttpServerResponse } from "effect/http"
import { AnswerTooLarge, bodyReader } from "../Body.ts"
import { callerOf } from "../Caller.ts"
import { acceptedEncoding, answer, contentTypeOf, type Encoding } from "../Encoding.ts"
import { answerParts } from "./answerParts.ts"
import { coalesced } from "./coalesce.ts"
import { acceptsMpack, fetchMpack } from "./mpack.ts"
import { readsAhead, smallBlobBytes } from "./readAhead.ts"
import { target } from "./target.ts"

/** `POST …/negotiate` `{want, have}`: 200 `{ack, common_base, ready}`; 400, 401, 404, 413. */
export const negotiate = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* target(yield* callerOf(request.headers), "read")
  const { want, have } = yield* readWantHave(yield* bodyReader(request, fetchBodyBytesMax))
  const { acknowledged, commonBase, ready } = yield* negotiateUseCase(open, want, have)
  return answer(acceptedEncoding(request.headers), { ack: acknowledged, common_base: commonBase, ready })
})

/** What the client of this protocol reads at most; it says only "exceeds the cap" and nothing of it is kept. */
const clientBytesMax = 64 * 1024 * 1024

/** What msgpack puts around each blob: a map, two keys, the id. Commits and snapshots are no longer than their JSON. */
const blobFrameBytes = 90

/** The `muse` client makes itself known by its HTTP library alone (wire protocol, section 3). */
const isCapped = (headers: Headers.Headers): boolean => (headers["user-agent"] ?? "").startsWith("Python-urllib/")

/** Everything of the plan, read from the store as the socket takes it. */
const answerStream = (
  open: OpenRepository,
  plan: FetchPlan,
  remarks: ReadonlyMap<CommitId, Remarks>,
  encoding: Encoding
) => {
  const parts = answerParts[encoding]
  // A commit's stored bytes count its snapshot too.
  const ofRecords = {
    concurrency: readsAhead(plan.commits.reduce((most, node) => Math.max(most, node.storedBytes), 0))
  }
  const commits = Stream.fromIterable(plan.commits).pipe(
    Stream.mapEffect((node) => readCommit(open.id, node.id), ofRecords),
    Stream.map(({ commit: { id, record } }, position) =>
      parts.element(annotated(record, remarks.get(id)) as JsonObject, position)
    )
  )
  const snapshots = Stream.fromIterable(plan.snapshots).pipe(
    Stream.mapEffect((id) => Effect.map(readStoredSnapshot(open.id, id), (read) => ({ ...read, id })), ofRecords),
    Stream.zipWithIndex,
    Stream.mapEffect(([{ bytes, decoded, id }, position]) => {
      const element = parts.storedSnapshot(bytes, id)
      return element !== undefined
        ? Effect.succeed(element)
        : Effect.map(decoded, (snapshot) => parts.element(snapshotRecord(snapshot), position))
    })
  )
  const isSmall = ([, size]: readonly [BlobId, number]) => size <= smallBlobBytes
  const small = [...plan.blobs].filter(isSmall)
  const large = [...plan.blobs].filter((blob) => !isSmall(blob))
  const smallBlobs = Stream.fromIterable(small).pipe(
    Stream.mapEffect(([id]) => Effect.map(readBlob(open.id, id), (bytes) => ({ id, bytes })), {
      concurrency: readsAhead(smallBlobBytes)
    }),
    Stream.map(({ id, bytes }, position) => parts.wholeObject(id, bytes, position))
  )
  const largeBlobs = Stream.fromIterable(large).pipe(
    Stream.zipWithIndex,
    Stream.flatMap(([[id, size], index]) =>
      parts.object({ id, size, content: streamBlob(open.id, id) }, small.length + index)
    )
  )
  const objects = Stream.concat(smallBlobs, largeBlobs)
  const piece = (bytes: Uint8Array) => Stream.succeed(bytes)
  return piece(parts.open(4)).pipe(
    Stream.concat(piece(parts.list("commits", plan.commits.length))),
    Stream.concat(commits),
    Stream.concat(piece(parts.closeList)),
    Stream.concat(piece(parts.list("snapshots", plan.snapshots.length))),
    Stream.concat(snapshots),
    Stream.concat(piece(parts.closeList)),
    Stream.concat(piece(parts.list("objects", plan.blobs.size))),
    Stream.concat(objects),
    Stream.concat(piece(parts.closeList)),
    Stream.concat(piece(parts.last("branch_heads", new Map(open.root.value.heads)))),
    coalesced
  )
}

/**
 * `POST …/fetch` `{want, have}`: 200 `{commits, snapshots, objects, branch_heads}`, streamed; 400, 401, 404, 413, 503.
 * To a client that accepts `application/vnd.muse.mpack`, a stream of the stored bytes (docs/mpack.md), without those of
 * `have_blobs`.
 */
export const fetch = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* target(yield* callerOf(request.headers), "read")
  const wanted = yield* readWantHave(yield* bodyReader(request, fetchBodyBytesMax))
  if (acceptsMpack(request.headers)) return yield* fetchMpack(request, open, wanted)
  const plan = yield* planFetch(open, wanted.want, wanted.have)
  const bytes = plan.storedBytes + plan.blobs.size * blobFrameBytes
  if (bytes > clientBytesMax && isCapped(request.headers)) {
    return yield* new AnswerTooLarge({ bytes, limitBytes: clientBytesMax })
  }
  const encoding = acceptedEncoding(request.headers)
  const remarks = yield* remarksAbout(open, new Set(plan.commits.map(({ id }) => id)))
  const body = Stream.provideService(answerStream(open, plan, remarks, encoding), ObjectStore, yield* ObjectStore)
  return HttpServerResponse.stream(body, {
    contentType: contentTypeOf[encoding],
    headers: { "cache-control": "no-store" }
  })
})
