/** What a pack says of one object, and what a writer needs to know of it. */
import { canonicalPrefix } from "../object/Frame.ts"
import type { IdOf, ObjectType, Sha256 } from "../object/Id.ts"

/** The types in the order of their blocks, so that what leads to an object comes after it. */
export const packedTypes = ["blob", "snapshot", "commit"] as const satisfies ReadonlyArray<ObjectType>

/** An object to pack: its stored bytes, raw for a blob and framed for a snapshot or a commit. */
export type PackableObject = {
  readonly [T in ObjectType]: {
    readonly type: T
    readonly id: IdOf[T]
    readonly sha256: Sha256
    readonly content: Uint8Array
  }
}[ObjectType]

/** An object in a pack, and where its bytes are. */
export type PackedObject = {
  readonly [T in ObjectType]: {
    readonly type: T
    readonly id: IdOf[T]
    /** Count of the stored bytes. */
    readonly size: number
    /** SHA-256 of the stored bytes. */
    readonly sha256: Sha256
    /** Position of its block in the pack, counted from 0. */
    readonly block: number
    /** Where its canonical bytes (`<type> <size>\0<payload>`) begin in the content of the block. */
    readonly offset: number
  }
}[ObjectType]

/** Returns where the stored bytes of an object begin in the content of its block: behind `<type> <size>\\0`. */
export const storedOffset = ({ offset, size, type }: PackedObject): number =>
  offset + canonicalPrefix(type, size).byteLength

/** A zstd frame of whole objects of one type. */
export interface PackBlock {
  readonly type: ObjectType
  /** Where the block begins in the pack. */
  readonly start: number
  /** Bytes of the block in the pack. */
  readonly length: number
  /** SHA-256 of those bytes. */
  readonly sha256: Sha256
  /** Bytes of the decompressed content. */
  readonly contentLength: number
  /** Position of its first object among the objects of the pack. */
  readonly first: number
  /** Count of its objects. */
  readonly objects: number
}
