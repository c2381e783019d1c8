/**
 * The class behind `CanonicalObject` and its maker, for the codecs in the folder above. Outside this file the class is
 * only a type (`CanonicalObject.ts`), so it cannot be constructed or extended there.
 */
import type { Stream } from "effect"
import type { Slices } from "../../base/Slices.ts"
import { hashing } from "../Digest.ts"
import type { IdOf, ObjectType, Sha256 } from "../Id.ts"
import type { ContentRefused } from "../Refused.ts"

/**
 * The bytes of an object, whole or as they arrive. A stream fails if they do not match the id, and must then leave
 * nothing behind.
 */
export type Content = Uint8Array | Stream.Stream<Uint8Array, ContentRefused>

/** The fields of a canonical object. */
export interface CanonicalFields<T extends ObjectType> {
  readonly type: T
  readonly id: IdOf[T]
  /** Count of the stored bytes. */
  readonly size: number
  /** SHA-256 of the stored bytes. For a blob this is its id. */
  readonly sha256: Sha256
  readonly content: Content
}

/**
 * Canonical bytes with their id. Blobs are stored as raw bytes, snapshots and commits as `<type> <size>\0<json>`. The
 * class is nominal: a literal or a changed copy does not type-check as one.
 */
export class CanonicalObject<T extends ObjectType = ObjectType> implements CanonicalFields<T> {
  declare private readonly nominal: true
  readonly type: T
  readonly id: IdOf[T]
  readonly size: number
  readonly sha256: Sha256
  readonly content: Content

  private constructor(fields: CanonicalFields<T>) {
    this.type = fields.type
    this.id = fields.id
    this.size = fields.size
    this.sha256 = fields.sha256
    this.content = fields.content
  }

  static seal<T extends ObjectType>(fields: CanonicalFields<T>): CanonicalObject<T> {
    return new CanonicalObject(fields)
  }
}

export const { seal } = CanonicalObject

/** Seals the stored bytes of an object, hashed in slices. */
export const sealing = function* <T extends ObjectType>(
  type: T,
  id: IdOf[T],
  content: Uint8Array
): Slices<CanonicalObject<T>> {
  return seal({ type, id, size: content.byteLength, sha256: yield* hashing(content), content })
}

/** A value that was decoded from canonical bytes, and what makes its canonical object of them. */
export interface Decoded<T extends ObjectType, A> {
  readonly value: A
  readonly sealing: () => Slices<CanonicalObject<T>>
}
