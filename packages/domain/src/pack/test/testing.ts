/** Objects for tests of packs, and packs of them. */
import { Effect, Option, Result } from "effect"
import { commitObject, makeCommit } from "../../object/Commit.ts"
import { blobOf } from "../../object/Blob.ts"
import type { CanonicalObject } from "../../object/CanonicalObject.ts"
import type { BlobId, SnapshotId } from "../../object/Id.ts"
import { makeSnapshot, snapshotObject } from "../../object/Snapshot.ts"
import type { PackableObject } from "../PackedObject.ts"
import { PackWriter } from "../PackWriter.ts"

const packable = <T extends PackableObject["type"]>({ content, id, sha256, type }: CanonicalObject<T>) =>
  ({ type, id, sha256, content: content as Uint8Array }) as PackableObject

export const blob = (content: Uint8Array): PackableObject => packable(blobOf(content))

export const snapshot = (files: ReadonlyArray<readonly [string, BlobId]>): PackableObject =>
  packable(snapshotObject(makeSnapshot(new Map(files), "2026-01-02T03:04:05+00:00")))

export const commit = (snapshotId: SnapshotId, message: string): PackableObject =>
  packable(
    Result.getOrThrow(
      commitObject(
        makeCommit({ branch: "main", snapshot_id: snapshotId, message, committed_at: "2026-01-02T03:04:05+00:00" })
      )
    )
  )

export const packOf = (objects: Iterable<PackableObject>) =>
  Effect.gen(function* () {
    const writer = new PackWriter()
    for (const object of objects) yield* writer.add(object)
    const { directory, file } = Option.getOrThrow(yield* writer.finish())
    return { sha256: file.id, bytes: file.content, directory }
  })
