import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Stream } from "effect"
import { streamBlob } from "../../invariant/ObjectReader.ts"
import { servedSize, servedStream } from "../../invariant/servedObjects.ts"
import { type BlobId, emptyBlobId } from "../../object/Id.ts"
import type { ByteRange, ObjectStore } from "../../port/ObjectStore.ts"
import { type ObjectUnread, streamOf } from "./ObjectUnread.ts"
import type { OpenRepository } from "./openRepository.ts"

export type Content = Stream.Stream<Uint8Array, ObjectUnread, ObjectStore | Packs>

/** Bytes that can be read whole or in part. */
export interface ReadableContent {
  /** In bytes. */
  readonly size: number
  /** All bytes, hashed while they are read. The stream fails before the last byte if they are damaged. */
  readonly whole: Content
  /** A range of the bytes. A range of a large blob is not checked, since no hash of it is known. */
  readonly part: (range: ByteRange) => Content
}

const nothing: ReadableContent = { size: 0, whole: Stream.empty, part: () => Stream.empty }

/** Returns the content of a blob that the caller may read. */
export const blobContent = Effect.fnUntraced(function* (open: OpenRepository, id: BlobId) {
  // The empty blob may never have been uploaded.
  if (id === emptyBlobId) return nothing
  const key = { repository: open.id, type: "blob", id } as const
  const content: ReadableContent = {
    size: yield* servedSize(key),
    whole: streamOf(open, key, streamBlob(open.id, id)),
    part: (range) => streamOf(open, key, servedStream(key, range))
  }
  return content
})
