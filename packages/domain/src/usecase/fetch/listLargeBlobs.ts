/**
 * Lists the large blobs of a fetch, so that a client can download them directly from the store before it fetches the
 * rest.
 */
import { Effect } from "effect"
import { eachInSlices, inSlices, sorting } from "../../base/Slices.ts"
import type { BlobId } from "../../object/Id.ts"
import { packedBlobBytesMax } from "../../pack/limits.ts"
import { largeBlobsMax } from "../../wire/Limits.ts"
import type { LargeBlobs } from "../../wire/requests.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { planFetch, type FetchError, type PlanServices } from "./planFetch.ts"
import { downloadUrls } from "./presignDownloads.ts"
import { sharedPlan } from "./sharedPlan.ts"

export interface LargeBlob {
  readonly id: BlobId
  /** Count of its bytes. */
  readonly size: number
  /** The URL for a direct download; null if the store cannot sign URLs, and for a blob that is in a pack. */
  readonly url: string | null
}

/** Returns the largest of these blobs that have at least `bytesMin` bytes. */
const largestOf = Effect.fnUntraced(function* (blobs: ReadonlyMap<BlobId, number>, bytesMin: number) {
  const listed: Array<readonly [BlobId, number]> = []
  yield* eachInSlices(blobs, ([id, size]) => {
    if (size > 0 && size >= bytesMin) listed.push([id, size])
  })
  const sorted = yield* inSlices(() =>
    sorting(listed, ([a, sizeOfA], [b, sizeOfB]) => sizeOfB - sizeOfA || (a < b ? -1 : 1))
  )
  return sorted.slice(0, largeBlobsMax)
})

/**
 * Lists the blobs of at least `bytesMin` bytes that a fetch with the same `want` and `have` would send, the largest
 * first, at most `largeBlobsMax`. The others are left to the fetch. The empty blob is never listed.
 */
export const listLargeBlobs = Effect.fn("listLargeBlobs")(function* (
  open: OpenRepository,
  { bytesMin, have, want }: LargeBlobs
): Effect.fn.Return<ReadonlyArray<LargeBlob>, FetchError, PlanServices> {
  const large = yield* Effect.scoped(
    sharedPlan(
      open,
      `large blobs of ${bytesMin}`,
      { want, have, haveBlobs: [] },
      Effect.flatMap(planFetch(open, want, have), ({ blobs }) => largestOf(blobs, bytesMin)),
      ({ length }) => length
    )
  )
  const urls = yield* downloadUrls(
    open,
    large.flatMap(([id, size]) => (size > packedBlobBytesMax ? [id] : []))
  )
  return large.map(([id, size]): LargeBlob => ({ id, size, url: urls.get(id) ?? null }))
})
