/**
 * How much a hub may send in one stream. Contents go to the disk, but the ids of what came stay in memory until the
 * stream ends, some 100 bytes each; the bounds keep that within a machine's memory and far above any repository.
 */
import type { MpackLimits } from "@musehub/domain/wire/mpack/limits"

export const receiveLimits: Partial<MpackLimits> = {
  commits: 5_000_000,
  snapshots: 5_000_000,
  blobs: 20_000_000,
  bytes: Number.MAX_SAFE_INTEGER
}
