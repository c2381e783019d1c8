/** URLs by which a client reaches blobs in the store directly, past the hub. */
import { Duration } from "effect"
import type { BlobId } from "../../object/Id.ts"

/** How long a URL is good: enough for a client that carries several large blobs at 8 a time over a slow line. */
export const timeToLive = Duration.hours(1)

export interface Presigned {
  readonly presigned: ReadonlyMap<BlobId, string>
  /** Those without a URL, to go through the hub. */
  readonly inline: ReadonlyArray<BlobId>
}
