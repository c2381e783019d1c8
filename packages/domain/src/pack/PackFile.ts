/** The bytes of a pack under their name. A store accepts these beside canonical objects. */
import { Effect } from "effect"
import { sha256Apart } from "../object/Digest.ts"
import type { Sha256 } from "../object/Id.ts"

/** Nominal: a literal or a changed copy does not type-check as one, so its name is always the hash of its bytes. */
export class PackFile {
  declare private readonly nominal: true
  readonly type = "pack"
  /** SHA-256 of the bytes, which is the pack's name. */
  readonly id: Sha256
  readonly content: Uint8Array

  private constructor(id: Sha256, content: Uint8Array) {
    this.id = id
    this.content = content
  }

  /** Names the bytes of a pack. */
  static of(content: Uint8Array): Effect.Effect<PackFile> {
    return Effect.map(sha256Apart(content), (id) => new PackFile(id, content))
  }

  get size(): number {
    return this.content.byteLength
  }

  get sha256(): Sha256 {
    return this.id
  }
}
