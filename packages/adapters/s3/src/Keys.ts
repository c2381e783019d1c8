/** Keys in this store's bucket, and the locators made of them. The domain builds the path; the prefix precedes it. */
import type { S3Config } from "./S3Config.ts"

/** Returns the bucket and the key of a path of the domain. */
export const at = (config: S3Config, path: string): { readonly Bucket: string; readonly Key: string } => ({
  Bucket: config.bucket,
  Key: config.prefix + path
})

/** Returns the locator of a path, which is opaque outside this adapter. */
export const uriOf = (config: S3Config, path: string): string => `s3://${config.bucket}/${config.prefix}${path}`
