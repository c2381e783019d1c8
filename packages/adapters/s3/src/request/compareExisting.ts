/**
 * What a put does about an object that is already there: tell whether its bytes are the same, and make it young again
 * when it is old, since garbage collection goes by age and would take it away under the commit that now needs it.
 */
import { CopyObjectCommand, type HeadObjectCommandOutput } from "@aws-sdk/client-s3"
import { incrementalSha256 } from "@musehub/domain/object/Digest"
import type { Receipt } from "@musehub/domain/port/ObjectStore"
import { Clock, Effect, Option, Stream } from "effect"
import { getStream, headOf } from "./Get.ts"
import { at } from "../Keys.ts"
import type { S3Connection } from "../S3Connection.ts"
import type { S3Fault } from "../S3Fault.ts"

/** How a put ended. */
export type Outcome = Receipt["outcome"]

/** The bytes that a put wants under the key. */
export interface Wanted {
  readonly sha256: string
  readonly size: number
}

/** Compares and refreshes what lies under `path`; none if nothing does, or if it vanished meanwhile. */
export const compareExisting = Effect.fnUntraced(
  function* (s3: S3Connection, path: string, wanted: Wanted): Effect.fn.Return<Option.Option<Outcome>, S3Fault> {
    const found = yield* headOf(s3, path)
    if (Option.isNone(found)) return Option.none()
    const head = found.value
    const sha256 = head.Metadata?.["sha256"] ?? (yield* hashOf(s3, path))
    const now = yield* Clock.currentTimeMillis
    const age = now - (head.LastModified?.getTime() ?? now)
    if (age > s3.config.refreshAgeMillis) yield* refresh(s3, path, head, sha256)
    return Option.some(sha256 === wanted.sha256 && head.ContentLength === wanted.size ? "identical" : "different")
  },
  Effect.catchIf(
    (fault) => fault.kind === "missing",
    () => Effect.succeed(Option.none())
  )
)

/** Objects that another program put here carry no hash. */
const hashOf = (s3: S3Connection, path: string): Effect.Effect<string, S3Fault> =>
  Effect.suspend(() => {
    const hash = incrementalSha256()
    return getStream(s3, path).pipe(
      Stream.runForEach((chunk) => Effect.sync(() => hash.update(chunk))),
      Effect.map(() => hash.digest())
    )
  })

/** S3 sets a new date only by writing; a copy onto itself does that without moving the bytes. */
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
            // Keys and buckets hold no character that would have to be escaped here.
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
