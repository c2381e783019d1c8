/**
 * Checks that the service refuses bytes whose SHA-256 differs from the promised one, with the headers of every put. It
 * first sends a true promise, so that a refusal of the false one is about the promise and not the request.
 */
import { DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3"
import { sha256 } from "@musehub/domain/object/Digest"
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import { checksumOf } from "./checksumOf.ts"
import { at } from "../Keys.ts"
import type { S3Connection } from "../S3Connection.ts"
import { isRetryable, type S3Fault } from "../S3Fault.ts"

const content = new TextEncoder().encode("a probe of checksum enforcement; safe to delete")
const otherContent = new TextEncoder().encode("other bytes")

/** Probes with an object under `folder`, which it deletes again. */
export const probeChecksum = (s3: S3Connection, folder: string): Effect.Effect<boolean, S3Fault> =>
  Effect.suspend(() => {
    const path = `${folder}checksum-${randomUUID()}`
    const put = (promised: Uint8Array) =>
      s3.attempt((client, options) =>
        client.send(
          new PutObjectCommand({
            ...at(s3.config, path),
            Body: content,
            ContentLength: content.byteLength,
            ChecksumSHA256: checksumOf(sha256(promised))
          }),
          options
        )
      )
    const remove = s3.idempotent((client, options) =>
      client.send(new DeleteObjectCommand(at(s3.config, path)), options)
    )
    return put(content).pipe(
      Effect.andThen(
        put(otherContent).pipe(
          Effect.as(false),
          Effect.catchIf(
            (found) => found.kind === "digest" || !isRetryable(found),
            () => Effect.succeed(true)
          )
        )
      ),
      Effect.ensuring(
        Effect.catch(remove, (error) => Effect.logWarning("the checksum probe left an object behind", error))
      )
    )
  })
