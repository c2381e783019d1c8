/** Signed URLs, for transfers between a client and the object store that bypass the hub. */
import { Duration } from "effect"
import type { BlobId } from "../../object/Id.ts"

/**
 * How long a URL is valid: long enough for a client that transfers several large blobs, 8 at a time, over a slow line.
 */
export const timeToLive = Duration.hours(1)

export interface Presigned {
  readonly presigned: ReadonlyMap<BlobId, string>
  /** Blobs without a URL, which are transferred through the hub. */
  readonly inline: ReadonlyArray<BlobId>
}
