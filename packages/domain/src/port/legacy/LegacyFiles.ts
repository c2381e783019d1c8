/** The bytes of blobs where a legacy hub kept them, in a folder or in a bucket. Read only, and nothing is checked. */
import type { Effect, Result, Stream } from "effect"
import type { LegacyUnavailable } from "./LegacyRecords.ts"

/** A file, which each run of the stream reads again. */
export interface LegacyFile {
  /** In bytes. */
  readonly size: number
  readonly content: Stream.Stream<Uint8Array, LegacyUnavailable>
}

export interface LegacyFiles {
  /**
   * Finds the file of a row's `disk_path`, or returns the reason why there is none, which completes the sentence "…
   * because …".
   */
  readonly file: (
    repositoryId: string,
    diskPath: string
  ) => Effect.Effect<Result.Result<LegacyFile, string>, LegacyUnavailable>
}

/** One name in a folder: not `.` or `..`, and not hidden. */
const segmentPattern = /^[\w-][\w.:-]{0,254}$/

/**
 * Returns the part of a `disk_path` from the repository's own folder on (docs/wire.md, section 9): all of a relative
 * path, the end of an absolute one, since the folder may have moved. Undefined for any other path.
 */
export const pathInFolder = (repositoryId: string, diskPath: string): string | undefined => {
  const start = diskPath.startsWith("/") ? diskPath.lastIndexOf(`/${repositoryId}/`) + 1 : 0
  const segments = diskPath.slice(start).split("/")
  const isSafe = segments.length > 1 && segments.every((segment) => segmentPattern.test(segment))
  return isSafe && segments[0] === repositoryId ? segments.join("/") : undefined
}
