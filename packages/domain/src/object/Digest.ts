/**
 * SHA-256 over bytes in memory. The one place of the domain that touches `node:crypto`: hashing is pure, and the
 * synchronous native digest is what makes id derivation cheap enough to recompute every id of every push.
 */
import { createHash, hash } from "node:crypto"
import type { Sha256 } from "./Id.ts"

/** SHA-256 of bytes, or of a string's UTF-8 form, as lower-case hex. */
export const sha256 = (content: Uint8Array | string): Sha256 => hash("sha256", content, "hex") as Sha256

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
