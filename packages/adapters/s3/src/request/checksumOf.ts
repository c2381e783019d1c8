/** SHA-256 as S3 wants it: the same digest that ids are made of, in base64. */
import { Buffer } from "node:buffer"

export const checksumOf = (sha256: string): string => Buffer.from(sha256, "hex").toString("base64")
