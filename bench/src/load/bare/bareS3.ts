/**
 * The baseline for the store on S3: the same objects put with the AWS SDK alone, with the same conditions, checksums
 * and number of requests in flight as the adapter.
 */
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { createHash } from "node:crypto"
import { type BareObject, concurrency, inParallel } from "./bareObjects.ts"
import type { S3Connection } from "../../../../test/src/services/S3Server.ts"

const clientOf = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Connection) =>
  new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { httpAgent: { keepAlive: true, maxSockets: concurrency } }
  })

/** One client for all runs, so that each run finds its connections open. */
export const bareS3 = (connection: S3Connection) => {
  const client = clientOf(connection)
  const at = (prefix: string, { folder, id }: BareObject) => ({
    Bucket: connection.bucket,
    Key: `${prefix}/${folder}/${id}`
  })
  return {
    write: (prefix: string, objects: ReadonlyArray<BareObject>): Promise<void> =>
      inParallel(objects, (object) => {
        const sha256 = createHash("sha256").update(object.bytes).digest()
        return client.send(
          new PutObjectCommand({
            ...at(prefix, object),
            IfNoneMatch: "*",
            Body: object.bytes,
            ContentLength: object.bytes.byteLength,
            ChecksumSHA256: sha256.toString("base64"),
            Metadata: { sha256: sha256.toString("hex") }
          })
        )
      }),
    read: (prefix: string, objects: ReadonlyArray<BareObject>): Promise<void> =>
      inParallel(objects, async (object) => {
        const { Body } = await client.send(new GetObjectCommand(at(prefix, object)))
        return Body?.transformToByteArray()
      }),
    close: () => client.destroy()
  }
}
