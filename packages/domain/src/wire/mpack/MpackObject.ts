/** What a stream holds: checked objects, by type. */
import type { Stream } from "effect"
import type { Slices } from "../../base/Slices.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import type { Commit } from "../../object/Commit.ts"
import type { BlobId, CommitId, ObjectType, SnapshotId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { MpackRefused } from "./Refused.ts"

/** A checked object. `offset` is where it starts in the stream. */
export type MpackObject<E = never> =
  | {
      readonly type: "blob"
      readonly id: BlobId
      readonly offset: number
      /** Bytes of `content`. */
      readonly size: number
      /**
       * The file's bytes: whole and checked up to 1 MiB, else a stream that fails at its end if they do not match the
       * id. The stream must run before the next object is pulled; bytes left unread by then are checked and lost.
       */
      readonly content: Uint8Array | Stream.Stream<Uint8Array, MpackRefused | E>
      /** The blob, if its content is whole. */
      readonly blob: CanonicalObject<"blob"> | undefined
    }
  | {
      readonly type: "snapshot"
      readonly id: SnapshotId
      readonly offset: number
      readonly snapshot: Snapshot
      /** The canonical bytes, and what makes an object of them. */
      readonly bytes: Uint8Array
      readonly sealing: () => Slices<CanonicalObject<"snapshot">>
    }
  | {
      readonly type: "commit"
      readonly id: CommitId
      readonly offset: number
      readonly commit: Commit
      /** The canonical bytes, and what makes an object of them. */
      readonly bytes: Uint8Array
      readonly sealing: () => Slices<CanonicalObject<"commit">>
    }

/** The elements of an object in one piece: type, id, bytes. */
export const objectElements = 3

export const isObjectType = (text: unknown): text is ObjectType =>
  text === "blob" || text === "snapshot" || text === "commit"

/** Makes the object of a blob that is whole. */
export const wholeBlob = (blob: CanonicalObject<"blob">, content: Uint8Array, offset: number) =>
  ({ type: "blob", id: blob.id, offset, size: content.byteLength, content, blob }) as const
