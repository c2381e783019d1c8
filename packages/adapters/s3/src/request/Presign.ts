/**
 * Transfers that bypass the hub: a URL that accepts one PUT, or answers a GET, from a client that can set no header.
 * Only the host is signed, so a GET may have a `Range`. The payload of a PUT is left open: a checksum in the URL would
 * have no effect without its header, or be that of an empty body. So the upload is untrusted until the hub has hashed
 * it.
 */
import { GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { getSignedUrl } from "@aws-sdk/s3-request-presigner"
import { Clock, Duration, Effect } from "effect"
import { clockOffsetMillis } from "../StoreClock.ts"
import { at } from "../Keys.ts"
import type { S3Connection } from "../S3Connection.ts"
import { faultOf, type S3Fault } from "../S3Fault.ts"

/** The longest validity of a signature. */
const secondsMax = 7 * 24 * 60 * 60

/** Signs a URL locally. Does not check existence; a missing object surfaces when the URL is requested. */
const presigned = Effect.fnUntraced(function* (
  s3: S3Connection,
  command: GetObjectCommand | PutObjectCommand,
  timeToLive: Duration.Duration
): Effect.fn.Return<string, S3Fault> {
  const seconds = Math.ceil(Duration.toSeconds(timeToLive))
  const now = yield* Clock.currentTimeMillis
  return yield* Effect.tryPromise({
    try: () =>
      getSignedUrl(s3.signer, command, {
        expiresIn: Math.min(Math.max(seconds, 1), secondsMax),
        // The SDK corrects the time of requests, and not that of URLs.
        signingDate: new Date(now + clockOffsetMillis(s3.client))
      }),
    catch: faultOf
  })
})

/** Returns a URL that accepts one PUT of any bytes to `path`. */
export const presignPut = (s3: S3Connection, path: string, timeToLive: Duration.Duration) =>
  presigned(s3, new PutObjectCommand(at(s3.config, path)), timeToLive)

/** Returns a URL that answers a GET with the object at `path`, or a range of it. */
export const presignGet = (s3: S3Connection, path: string, timeToLive: Duration.Duration) =>
  presigned(s3, new GetObjectCommand(at(s3.config, path)), timeToLive)
