/**
 * SHA-256 over bytes in memory. The one place of the domain that touches `node:crypto`: hashing is pure, and the
 * synchronous native digest is what makes id derivation cheap enough to recompute every id of every push.
 */
import { Effect } from "effect"
import { createHash, hash, subtle } from "node:crypto"
import { hex } from "../base/Bytes.ts"
import type { Sha256 } from "./Id.ts"

/** SHA-256 of bytes, or of a string's UTF-8 form, as lower-case hex. */
export const sha256 = (content: Uint8Array | string): Sha256 => hash("sha256", content, "hex") as Sha256

/** From so many bytes on, another thread is worth its two messages. */
const apartBytesMin = 16 * 1024

/** SHA-256 of bytes, beside the event loop where they are many. */
export const sha256Apart = (content: Uint8Array): Effect.Effect<Sha256> =>
  content.byteLength < apartBytesMin
    ? Effect.sync(() => sha256(content))
    : Effect.map(
        // Nothing here is in shared memory, which is all that the narrower type rules out.
        Effect.promise(() => subtle.digest("SHA-256", content as Uint8Array<ArrayBuffer>)),
        (digest) => hex(new Uint8Array(digest)) as Sha256
      )

/** SHA-256 over several chunks in order; `digest` may be called once. */
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
