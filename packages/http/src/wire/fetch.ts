/** Negotiate and fetch (docs/wire.md, section 4): what a client lacks, made from the stored bytes and streamed. */
import { openedCommit, openedSnapshot, streamBlob } from "@musehub/domain/invariant/ObjectReader"
import type { CommitId } from "@musehub/domain/object/Id"
import type { JsonObject } from "@musehub/domain/object/Json"
import { snapshotRecord } from "@musehub/domain/object/Snapshot"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import type { Remarks } from "@musehub/domain/repository/Annotation"
import { annotated } from "@musehub/domain/usecase/annotations/annotate"
import { negotiate as negotiateUseCase } from "@musehub/domain/usecase/fetch/negotiate"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { orderedPlan, type Placed, placedOf } from "@musehub/domain/usecase/fetch/orderPlan"
import { throughPacks } from "@musehub/domain/usecase/fetch/packedReads"
import { type FetchPlan, planFetch } from "@musehub/domain/usecase/fetch/planFetch"
import { readsAhead, smallBlobBytes } from "@musehub/domain/usecase/fetch/readAhead"
import { remarksAbout } from "@musehub/domain/usecase/annotations/readAnnotations"
import { fetchBodyBytesMax } from "@musehub/domain/wire/Limits"
import { readWantHave } from "@musehub/domain/wire/requests"
import { Effect, Stream } from "effect"
import { type Headers, HttpServerRequest, HttpServerResponse } from "effect/http"
import { AnswerTooLarge, bodyReader } from "../Body.ts"
import { callerOf } from "../Caller.ts"
import { acceptedEncoding, answer, contentTypeOf, type Encoding } from "../Encoding.ts"
import { answerParts } from "./answerParts.ts"
import { coalesced } from "./coalesce.ts"
import { acceptsMpack, answerMpackFetch } from "./mpack.ts"
import { streamContext } from "./streamContext.ts"
import { openTarget } from "./openTarget.ts"

/** `POST …/negotiate` `{want, have}`: 200 `{ack, common_base, ready}`; 400, 401, 404, 413. */
export const negotiate = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const open = yield* openTarget(yield* callerOf(request.headers), "read")
  const { want, have } = yield* readWantHave(yield* bodyReader(request, fetchBodyBytesMax))
  const { acknowledged, commonBase, ready } = yield* negotiateUseCase(open, want, have)
  return answer(acceptedEncoding(request.headers), { ack: acknowledged, common_base: commonBase, ready })
})

/** What the client of this protocol reads at most; it says only "exceeds the cap" and nothing of it is kept. */
const clientBytesMax = 64 * 1024 * 1024

/** What msgpack puts around each blob: a map, two keys, the id. Commits and snapshots are no longer than their JSON. */
const blobFrameBytes = 90

/** The `muse` client makes itself known by its HTTP library alone (docs/wire.md, section 3). */
const isCapped = (headers: Headers.Headers): boolean => (headers["user-agent"] ?? "").startsWith("Python-urllib/")

/** Everything of the plan, read from the store as the socket takes it. */
const answerStream = (
  open: OpenRepository,
  plan: FetchPlan,
  placed: ReadonlyArray<Placed>,
  remarks: ReadonlyMap<CommitId, Remarks>,
  encoding: Encoding
) => {
  const parts = answerParts[encoding]
  // A commit's stored bytes count its snapshot too.
  const ofRecords = {
    concurrency: readsAhead(plan.commits.reduce((most, node) => Math.max(most, node.storedBytes), 0))
  }
  const bytesOf = throughPacks(open.id)
  const commits = Stream.fromIterable(placedOf(placed, "commit")).pipe(
    Stream.mapEffect(
      (entry) => Effect.flatMap(bytesOf(entry), (bytes) => openedCommit(open.id, entry.id, bytes)),
      ofRecords
    ),
    Stream.map(({ id, record }, position) => parts.element(annotated(record, remarks.get(id)) as JsonObject, position))
  )
  const snapshots = Stream.fromIterable(placedOf(placed, "snapshot")).pipe(
    Stream.mapEffect((entry) => Effect.map(bytesOf(entry), (bytes) => ({ id: entry.id, bytes })), ofRecords),
    Stream.zipWithIndex,
    Stream.mapEffect(([{ bytes, id }, position]) => {
      const element = parts.storedSnapshot(bytes, id)
      return element !== undefined
        ? Effect.succeed(element)
        : Effect.map(openedSnapshot(open.id, id, bytes), (snapshot) =>
            parts.element(snapshotRecord(snapshot), position)
          )
    })
  )
  const blobs = placedOf(placed, "blob").map((entry) => ({ entry, size: plan.blobs.get(entry.id) ?? 0 }))
  const small = blobs.filter(({ size }) => size <= smallBlobBytes)
  const large = blobs.filter(({ size }) => size > smallBlobBytes)
  const smallBlobs = Stream.fromIterable(small).pipe(
    Stream.mapEffect(({ entry }) => Effect.map(bytesOf(entry), (bytes) => ({ id: entry.id, bytes })), {
      concurrency: readsAhead(smallBlobBytes)
    }),
    Stream.map(({ id, bytes }, position) => parts.wholeObject(id, bytes, position))
  )
  const largeBlobs = Stream.fromIterable(large).pipe(
    Stream.zipWithIndex,
    Stream.flatMap(([{ entry, size }, index]) =>
      parts.object({ id: entry.id, size, content: streamBlob(open.id, entry.id) }, small.length + index)
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
  const open = yield* openTarget(yield* callerOf(request.headers), "read")
  const wanted = yield* readWantHave(yield* bodyReader(request, fetchBodyBytesMax))
  if (acceptsMpack(request.headers)) return yield* answerMpackFetch(request, open, wanted)
  const plan = yield* planFetch(open, wanted.want, wanted.have)
  const bytes = plan.storedBytes + plan.blobs.size * blobFrameBytes
  if (bytes > clientBytesMax && isCapped(request.headers)) {
    return yield* new AnswerTooLarge({ bytes, limitBytes: clientBytesMax })
  }
  const encoding = acceptedEncoding(request.headers)
  const remarks = yield* remarksAbout(open, new Set(plan.commits.map(({ id }) => id)))
  // This form goes through a history three times, so out of packs it reads each of them three times: still much less to
  // ask a store over a network, and more work where a file is at hand.
  const placed = yield* orderedPlan(open, plan, { packs: (yield* ObjectStore).remote })
  const body = Stream.provideContext(answerStream(open, plan, placed, remarks, encoding), yield* streamContext)
  return HttpServerResponse.stream(body, {
    contentType: contentTypeOf[encoding],
    headers: { "cache-control": "no-store" }
  })
})
