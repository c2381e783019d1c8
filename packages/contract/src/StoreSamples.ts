/** Samples for the object store's tests: repositories of their own, blobs, packs, bytes of any size. */
import { blobArriving, blobOf } from "@musehub/domain/object/Blob"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, RepositoryId } from "@musehub/domain/object/Id"
import { PackFile } from "@musehub/domain/pack/PackFile"
import type { Sealed } from "@musehub/domain/port/ObjectStore"
import type { ImmutableKey, ImmutableType } from "@musehub/domain/port/StoreKey"
import { Effect, Stream } from "effect"
import { randomUUID } from "node:crypto"

/** Makes a fresh repository, so that suites can share a bucket. */
export const newRepository = (): RepositoryId => RepositoryId.make(randomUUID())

/** Returns random-looking bytes that are the same for the same seed. */
export const bytesOf = (size: number, seed = 1): Uint8Array => {
  const bytes = new Uint8Array(size)
  let state = (seed * 2654435761) >>> 0 || 1
  for (let index = 0; index < size; index += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = state
  }
  return bytes
}

export const blob = (text: string): CanonicalObject<"blob"> => blobOf(new TextEncoder().encode(text))

/** Cuts bytes into pieces of no usual buffer size. */
export const inPieces = (bytes: Uint8Array, pieceBytes = 70_001): Stream.Stream<Uint8Array> =>
  Stream.unfold(0, (start) =>
    Effect.succeed(
      start < bytes.byteLength ? ([bytes.subarray(start, start + pieceBytes), start + pieceBytes] as const) : undefined
    )
  )

/** Makes a blob that arrives in pieces. */
export const arriving = (bytes: Uint8Array): CanonicalObject<"blob"> =>
  blobArriving(BlobId.make(sha256(bytes)), bytes.byteLength, inPieces(bytes))

/** Makers of what may have any bytes, by type. A blob arrives in pieces, so a cache holds it only once it was read. */
export const ofAnyBytes = {
  blob: (bytes: Uint8Array): Effect.Effect<Sealed> => Effect.succeed(arriving(bytes)),
  pack: (bytes: Uint8Array): Effect.Effect<Sealed> => PackFile.of(bytes)
} as const

/** Makes other bytes under the name of a blob or pack, as a store has them that was damaged. */
export const mislabeled = ({ id, type }: Sealed, wrong: Uint8Array): Sealed =>
  ({ type, id, size: wrong.byteLength, sha256: sha256(wrong), content: wrong }) as Sealed

export const keyOf = <T extends ImmutableType>(
  repository: RepositoryId,
  { id, type }: Sealed & { readonly type: T }
): ImmutableKey<T> => ({ repository, type, id }) as ImmutableKey<T>
