/**
 * Handles an object that a put finds at its key: compares the bytes, and refreshes the object's date if it is old,
 * since garbage collection by age would delete it although the new commit needs it.
 */
import { CopyObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3"
import { incrementalSha256 } from "@musehub/domain/object/Digest"
import type { Receipt } from "@musehub/domain/port/ObjectStore"
import { Clock, Effect, Option, Stream } from "effect"
import { getStream, headOf } from "./Get.ts"
import { at } from "../Keys.ts"
import type { S3Connection } from "../S3Connection.ts"
import type { S3Fault } from "../S3Fault.ts"

/** The result of a put. */
export type Outcome = Receipt["outcome"]

/** What a put finds at its key: its own bytes, or damaged ones. */
type Existing = "identical" | "different"

/** The bytes that a put expects at its key. */
export interface Wanted {
  readonly sha256: string
  readonly size: number
}

/**
 * Compares the object at `path`, and refreshes it if it is the same; none if there is none or it vanished meanwhile.
 */
export const compareExisting = Effect.fnUntraced(
  function* (s3: S3Connection, path: string, wanted: Wanted): Effect.fn.Return<Option.Option<Existing>, S3Fault> {
    const found = yield* headOf(s3, path)
    if (Option.isNone(found)) return Option.none()
    const head = found.value
    if (head.ContentLength !== wanted.size) return Option.some("different")
    const sha256 = head.Metadata?.["sha256"] ?? (yield* hashOf(s3, path))
    if (sha256 !== wanted.sha256) return Option.some("different")
    const now = yield* Clock.currentTimeMillis
    const age = now - (head.LastModified?.getTime() ?? now)
    if (age > s3.config.refreshAgeMillis) yield* refresh(s3, path, head, sha256)
    return Option.some("identical")
  },
  Effect.catchIf(
    (fault) => fault.kind === "missing",
    () => Effect.succeed(Option.none())
  )
)

/** Hashes an object that another program put here, which has no hash in its metadata. */
const hashOf = (s3: S3Connection, path: string): Effect.Effect<string, S3Fault> =>
  Effect.suspend(() => {
    const hash = incrementalSha256()
    return getStream(s3, path).pipe(
      Stream.runForEach((chunk) => Effect.sync(() => hash.update(chunk))),
      Effect.map(() => hash.digest())
    )
  })

/**
 * Refreshes an object's date by copying it onto itself, which does not move its bytes: S3 sets a date only when
 * writing.
 */
const refresh = (
  s3: S3Connection,
  path: string,
  head: HeadObjectCommandOutput,
  sha256: string
): Effect.Effect<void, S3Fault> => {
  const { Bucket, Key } = at(s3.config, path)
  return Effect.asVoid(
    s3.idempotent(
      (client, options) =>
        client.send(
          new CopyObjectCommand({
            Bucket,
            Key,
            // Keys and buckets contain no character that needs escaping here.
            CopySource: `${Bucket}/${Key}`,
            MetadataDirective: "REPLACE",
            Metadata: { ...head.Metadata, sha256 },
            ...(head.ContentType === undefined ? {} : { ContentType: head.ContentType })
          }),
          options
        ),
      { bytes: head.ContentLength ?? 0 }
    )
  )
}
