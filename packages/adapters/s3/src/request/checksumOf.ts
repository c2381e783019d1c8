/** Converts a SHA-256 to base64, the form that S3 expects. */
import { Buffer } from "node:buffer"

export const checksumOf = (sha256: string): string => Buffer.from(sha256, "hex").toString("base64")
