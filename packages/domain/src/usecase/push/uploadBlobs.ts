/** Receives blobs that a pusher sends ahead of the commits that need them. */
import { type Cause, Effect, Queue, Stream } from "effect"
import { recordHistory } from "../../invariant/recordHistory.ts"
import { putBlob } from "../../invariant/ObjectWriter.ts"
import { blobApart, blobArriving } from "../../object/Blob.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import type { BlobId } from "../../object/Id.ts"
import { type ContentRefused, IdMismatch } from "../../object/Refused.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import type { Stored } from "../../port/Stored.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { createdBytes, takingBytes } from "../access/takingBytes.ts"
import type { QuotaExceeded } from "../admission/Quotas.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { RowWriter } from "../../port/index/RowWriter.ts"

/** An incoming blob: a small one whole, a large one as a stream. */
export interface ArrivingBlob {
  readonly id: BlobId
  /** Count of bytes. */
  readonly size: number
  readonly content: Uint8Array | Stream.Stream<Uint8Array, unknown>
}

/**
 * Takes one blob. For a small blob it returns at once, and the blob is written concurrently with the next; for a large
 * one it returns when the stream has been read.
 */
export type TakeBlob = (
  blob: ArrivingBlob
) => Effect.Effect<void, IdMismatch | ContentRefused | QuotaExceeded | StoreUnavailable>

/** The number of small blobs being written, each of them in memory. */
const blobsHeldMax = 32

export type UploadBlobsError = ContentRefused | QuotaExceeded | StoreUnavailable | IndexUnavailable

/** How many blobs were stored, and how many were there already. */
export interface UploadedBlobs {
  readonly stored: number
  readonly skipped: number
}

/**
 * Stores blobs as `deliver` passes them, each under the id of its bytes, and records them. They stay invisible to
 * readers until a push leads to them.
 */
export const uploadBlobs = Effect.fn("uploadBlobs")(function* <E, R>(
  open: OpenRepository<"write">,
  deliver: (take: TakeBlob) => Effect.Effect<unknown, E, R>
): Effect.fn.Return<UploadedBlobs, UploadBlobsError | E, ObjectStore | RowWriter | R> {
  const store = yield* ObjectStore
  const count = yield* takingBytes(open)
  const small = yield* Queue.bounded<CanonicalObject<"blob">, Cause.Done>(blobsHeldMax)
  const blobs: Array<Stored<"blob">> = []
  const put = Effect.fnUntraced(
    function* (blob: CanonicalObject<"blob">) {
      const stored = yield* putBlob(open.id, blob)
      blobs.push(stored)
      yield* count(createdBytes([stored]))
    },
    Effect.provideService(ObjectStore, store)
  )
  const record = Effect.suspend(() => recordHistory(open.id, { blobs }))

  const take: TakeBlob = Effect.fnUntraced(function* ({ id, size, content }) {
    if (!(content instanceof Uint8Array)) return yield* put(blobArriving(id, size, content))
    const blob = yield* blobApart(content)
    if (blob.id !== id) return yield* new IdMismatch({ type: "blob", given: id, computed: blob.id })
    yield* Queue.offer(small, blob)
  })

  yield* Effect.all(
    [
      Effect.andThen(deliver(take), Queue.end(small)),
      Stream.fromQueue(small).pipe(Stream.mapEffect(put, { concurrency: blobsHeldMax }), Stream.runDrain)
    ],
    { concurrency: 2 }
  ).pipe(
    // What was stored before the call broke off counts too.
    Effect.onError(() =>
      Effect.catch(record, (error) => Effect.logWarning("blobs of a call that broke off are not recorded", error))
    )
  )
  yield* record
  const created = blobs.filter((blob) => blob.created).length
  return { stored: created, skipped: blobs.length - created }
})
