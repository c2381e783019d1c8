/**
 * The bucket in which a legacy hub kept the bytes of blobs, or into which its folder was copied. It is only read. Keys
 * come from the legacy database, which took them from requests, so each must lead to the repository's own part.
 */
import { type LegacyFiles, pathInFolder } from "@musehub/domain/port/legacy/LegacyFiles"
import { LegacyUnavailable } from "@musehub/domain/port/legacy/LegacyRecords"
import { Effect, Option, Result, Stream } from "effect"
import { getStream, headOf } from "./request/Get.ts"
import { locationOf, parseS3Url } from "./S3Config.ts"
import { connect } from "./S3Connection.ts"
import { type S3Fault, unavailable } from "./S3Fault.ts"

/**
 * Returns the key of a row's `disk_path` below a prefix, which is empty or ends in `/`: a row of a bucket may have the
 * prefix itself, any other path counts from the repository's own folder on (docs/wire.md, section 9).
 */
const keyOf = (prefix: string, repositoryId: string, diskPath: string): string | undefined => {
  const [, key] = /^s3:\/\/[^/]+\/(.+)$/.exec(diskPath) ?? []
  const below = pathInFolder(repositoryId, key === undefined ? diskPath : `/${key}`)
  return below !== undefined && key?.startsWith(prefix) === true ? key.slice(prefix.length) : below
}

const failed =
  (operation: string, key: string) =>
  (fault: S3Fault): LegacyUnavailable =>
    new LegacyUnavailable({ operation: `${operation} ${key}`, reason: unavailable(operation, key)(fault).reason })

/** Opens the bucket of an `s3:` URL; fails if it does not exist or may not be read. */
export const openLegacyBucket = Effect.fnUntraced(function* (url: string) {
  const config = yield* Effect.fromResult(parseS3Url(url))
  const { bulk } = yield* Effect.mapError(connect(config), failed("open", locationOf(config)))
  const bucket: LegacyFiles = {
    file: Effect.fnUntraced(function* (repositoryId, diskPath) {
      const key = keyOf(config.prefix, repositoryId, diskPath)
      if (key === undefined) return Result.fail("its path is none of the bucket's")
      const head = yield* Effect.mapError(headOf(bulk, key), failed("head", key))
      const size = Option.getOrUndefined(head)?.ContentLength
      if (size === undefined) return Result.fail("its file is not in the bucket")
      return Result.succeed({ size, content: Stream.mapError(getStream(bulk, key), failed("get", key)) })
    })
  }
  return bucket
})
