/**
 * Keys of this store's bucket, and the locators made of them. The domain builds the path; the prefix goes before it.
 */
import type { S3Config } from "./S3Config.ts"

/** The object of the bucket that a path of the domain names. */
export const at = (config: S3Config, path: string): { readonly Bucket: string; readonly Key: string } => ({
  Bucket: config.bucket,
  Key: config.prefix + path
})

/** Opaque to everyone else. */
export const uriOf = (config: S3Config, path: string): string => `s3://${config.bucket}/${config.prefix}${path}`
