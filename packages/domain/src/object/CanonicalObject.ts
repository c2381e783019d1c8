/**
 * An object whose id was derived from its content, with the exact bytes that go into the store. Only the codecs in this
 * folder make one, so whoever holds it need not check the id again, and a store can accept nothing else.
 */
import type { Stream } from "effect"
import { Schema } from "effect"
import type { IdOf, ObjectType, Sha256 } from "./Id.ts"

/**
 * The bytes of an object, whole or as they arrive. A stream fails, and must leave nothing behind, if they are not
 * what the id says.
 */
export type Content = Uint8Array | Stream.Stream<Uint8Array, ContentRefused>

/** A streamed blob whose bytes turned out not to have the promised length or hash, or could not be read to the end. */
export class ContentRefused extends Schema.TaggedError<ContentRefused>()("ContentRefused", {
  id: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `blob ${this.id}: ${this.reason}`
  }
}

/** What a canonical object is made of. */
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
 * Canonical bytes with their id. Blobs lie in the store as raw bytes, snapshots and commits as `<type>
 * <size>\0<json>`. Nominal: neither a literal nor a changed copy passes for one.
 */
export abstract class CanonicalObject<T extends ObjectType = ObjectType> implements CanonicalFields<T> {
  declare protected readonly nominal: true
  readonly type: T
  readonly id: IdOf[T]
  readonly size: number
  readonly sha256: Sha256
  readonly content: Content

  protected constructor(fields: CanonicalFields<T>) {
    this.type = fields.type
    this.id = fields.id
    this.size = fields.size
    this.sha256 = fields.sha256
    this.content = fields.content
  }
}
