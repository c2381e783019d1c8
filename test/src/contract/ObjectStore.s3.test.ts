/** The object store on S3 keeps the contract, against a real service. Faults are tested in `src/s3/`. */
import { parseS3Url } from "@musehub/adapter-s3/S3Config"
import { layer } from "@musehub/adapter-s3/S3ObjectStore"
import { Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import { acquireS3, describeS3, s3Url } from "../services/services.ts"
import { objectStoreContract } from "@musehub/contract/objectStoreContract"

const refreshAgeMillis = 1000

describeS3("S3", await acquireS3(), (s3) => {
  const opened = Effect.map(Effect.fromResult(parseS3Url(s3Url(s3, `contract-${randomUUID()}`))), (config) =>
    layer({ ...config, refreshAgeMillis })
  )
  objectStoreContract("S3", Layer.unwrap(opened), {
    conditionalWrites: true,
    signUrls: true,
    refreshAgeMillis
  })
})
