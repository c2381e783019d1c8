/** Samples for the object store's tests: repositories of their own, objects of every type, packs, bytes of any size. */
import { blobArriving, blobOf } from "@musehub/domain/object/Blob"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { commitObject, makeCommit } from "@musehub/domain/object/Commit"
import { sha256 } from "@musehub/domain/object/Digest"
import { BlobId, RepositoryId } from "@musehub/domain/object/Id"
import { makeSnapshot, snapshotObject } from "@musehub/domain/object/Snapshot"
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

/** Makes a commit. Commits that differ only in their author have one id and different bytes. */
export const commitBy = (author: string): CanonicalObject<"commit"> & { readonly content: Uint8Array } => {
  const commit = makeCommit({
    branch: "main",
    snapshot_id: makeSnapshot(new Map(), "2026-11-22T15:08:10+00:00").id,
    message: "one id, many authors",
    committed_at: "2026-11-22T15:08:10+00:00",
    author
  })
  return whole(Effect.runSync(Effect.fromResult(commitObject(commit))))
}

/**
 * Makes a snapshot. Snapshots that differ only in their time have one id and different bytes. Without files, the id is
 * that of the empty blob.
 */
export const snapshotAt = (
  createdAt: string,
  files: ReadonlyArray<readonly [path: string, content: string]> = []
): CanonicalObject<"snapshot"> & { readonly content: Uint8Array } =>
  whole(snapshotObject(makeSnapshot(new Map(files.map(([path, content]) => [path, blob(content).id])), createdAt)))

export const keyOf = <T extends ImmutableType>(
  repository: RepositoryId,
  { id, type }: Sealed & { readonly type: T }
): ImmutableKey<T> => ({ repository, type, id }) as ImmutableKey<T>

const isWhole = <A extends CanonicalObject>(object: A): object is A & { readonly content: Uint8Array } =>
  object.content instanceof Uint8Array

const whole = <A extends CanonicalObject>(object: A) => {
  if (!isWhole(object)) throw new Error(`${object.type} ${object.id} was made as a stream`)
  return object
}
