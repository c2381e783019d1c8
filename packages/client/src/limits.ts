/**
 * The limits of a stream from a hub. Contents go to the disk, but the ids of received objects stay in memory until the
 * stream ends, about 100 bytes each; the limits keep that within a machine's memory and far above any repository.
 */
import type { MpackLimits } from "@musehub/domain/wire/mpack/limits"

export const receiveLimits: Partial<MpackLimits> = {
  commits: 5_000_000,
  snapshots: 5_000_000,
  blobs: 20_000_000,
  bytes: Number.MAX_SAFE_INTEGER
}
