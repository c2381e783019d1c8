/**
 * Uploads past the hub: a URL that takes one PUT from a client that can set no header. Only the host is signed and the
 * payload is left open; a checksum in the URL would have no effect without its header, or be that of an empty body, so
 * what arrives is untrusted until the hub has hashed it.
 */
import { PutObjectCommand } from "@aws-sdk/client-s3"
import { getSignedUrl } from "@aws-sdk/s3-request-presigner"
import { Duration, Effect } from "effect"
import { at } from "./Keys.ts"
import type { S3Connection } from "./S3Connection.ts"
import { faultOf, type S3Fault } from "./S3Fault.ts"

/** The longest that a signature can be valid. */
const secondsMax = 7 * 24 * 60 * 60

/** A URL that accepts one PUT of any bytes into `path`. Asks nobody: the signature is made here. */
export const presignPut = (
  s3: S3Connection,
  path: string,
  timeToLive: Duration.Duration
): Effect.Effect<string, S3Fault> => {
  const seconds = Math.ceil(Duration.toSeconds(timeToLive))
  return Effect.tryPromise({
    try: () =>
      getSignedUrl(s3.client, new PutObjectCommand(at(s3.config, path)), {
        expiresIn: Math.min(Math.max(seconds, 1), secondsMax)
      }),
    catch: faultOf
  })
}
