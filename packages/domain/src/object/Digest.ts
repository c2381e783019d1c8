/**
 * SHA-256 of bytes in memory. This is the one place in the domain that uses `node:crypto`. Hashing is pure, and the
 * synchronous native digest is fast enough to recompute every id of every push.
 */
import { Effect } from "effect"
import { createHash, createHmac, hash, subtle, timingSafeEqual } from "node:crypto"
import { fromHex, hex } from "../base/Bytes.ts"
import { inSlices, type Slices } from "../base/Slices.ts"
import type { Sha256 } from "./Id.ts"

/** Hashes bytes, or a string's UTF-8 form, to lower-case hex. */
export const sha256 = (content: Uint8Array | string): Sha256 => hash("sha256", content, "hex") as Sha256

/** Authenticates a text under a key (HMAC-SHA256, RFC 2104). */
export const keyedSha256 = (key: string, text: string): Sha256 =>
  createHmac("sha256", key).update(text).digest("hex") as Sha256

/** Compares digests in a time that does not tell how much of them is equal. */
export const isSameDigest = (a: Sha256, b: Sha256): boolean => timingSafeEqual(fromHex(a), fromHex(b))

/** From this size on, hashing on another thread is worth the two messages that it costs. */
export const apartBytesMin = 16 * 1024

/** From this size on, the copy that another thread gets costs more than hashing in slices. */
const apartBytesMax = 16 * 1024 * 1024

/** Hashes bytes to lower-case hex, off the event loop where they are many, and in slices where they are very many. */
export const sha256Apart = (content: Uint8Array): Effect.Effect<Sha256> =>
  content.byteLength < apartBytesMin || content.byteLength > apartBytesMax
    ? inSlices(() => hashing(content))
    : Effect.map(
        // The narrower type rules out shared memory, which is not used here.
        Effect.promise(() => subtle.digest("SHA-256", content as Uint8Array<ArrayBuffer>)),
        (digest) => hex(new Uint8Array(digest)) as Sha256
      )

/** SHA-256 of several chunks in order. `digest` can be called once. */
export interface IncrementalSha256 {
  update(chunk: Uint8Array | string): void
  digest(): Sha256
}

export const incrementalSha256 = (): IncrementalSha256 => {
  const state = createHash("sha256")
  return {
    update: (chunk) => {
      state.update(chunk)
    },
    digest: () => state.digest("hex") as Sha256
  }
}

/** The bytes that are hashed in one slice. */
const hashedBytes = 2 * 1024 * 1024

/** Hashes bytes to lower-case hex, many in slices. */
export const hashing = function* (content: Uint8Array): Slices<Sha256> {
  if (content.byteLength <= hashedBytes) return sha256(content)
  const digest = incrementalSha256()
  for (let start = 0; start < content.byteLength; start += hashedBytes) {
    digest.update(content.subarray(start, start + hashedBytes))
    yield
  }
  return digest.digest()
}
