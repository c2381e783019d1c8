/**
 * Brings the working tree to a snapshot: first removes files, then writes files, each atomically and with the content
 * of its id. The checkout is noted before it starts, so that an interrupted one is not taken for local changes.
 */
import type { BlobId, SnapshotId } from "@musehub/domain/object/Id"
import type { Manifest } from "@musehub/domain/object/Manifest"
import type { Snapshot } from "@musehub/domain/object/Snapshot"
import { Effect } from "effect"
import { filesAtOnce } from "../layout/Files.ts"
import type { Repository } from "../layout/Repository.ts"
import { readUnfinished, writeUnfinished } from "../layout/Unfinished.ts"
import { planCheckout, type RefusedPath } from "./plan.ts"

export interface CheckedOut {
  readonly filesWritten: number
  readonly filesRemoved: number
  /** Files of the snapshot that were left out, since no working tree may hold their paths. */
  readonly filesRefused: ReadonlyArray<RefusedPath>
}

/** Copies a blob to a temporary file. It needs no sync: the object itself is on the disk. */
const copyOf = Effect.fnUntraced(function* (repository: Repository, id: BlobId) {
  const { content } = yield* repository.blob(id)
  return content instanceof Uint8Array
    ? yield* repository.files.writeTemporary(content, "unsynced")
    : yield* repository.files.streamTemporary(content, "unsynced")
})

/**
 * Brings the tree from one manifest, or from nothing, to a snapshot. Fails with `LocalChanges` before anything is
 * changed. The note stays until the caller has written the ref.
 */
export const checkout = Effect.fnUntraced(function* (repository: Repository, from: Manifest | undefined, to: Snapshot) {
  const { files } = repository
  const unfinished = yield* readUnfinished(files)
  const begun = unfinished.checkouts.filter((id) => id !== to.id)
  const manifests: ReadonlyArray<Manifest> = [
    from ?? new Map(),
    ...(yield* Effect.forEach(begun, (id: SnapshotId) => Effect.map(repository.snapshot(id), (read) => read.manifest)))
  ]
  const { refused, remove, write } = yield* planCheckout(files, manifests, to.manifest)
  yield* writeUnfinished(files, { ...unfinished, checkouts: [...begun, to.id] })
  yield* Effect.forEach(remove, (path) => files.remove(path, ""), { concurrency: filesAtOnce, discard: true })
  yield* Effect.forEach(
    write,
    Effect.fnUntraced(function* ([path, blob]) {
      const temporary = yield* copyOf(repository, blob)
      if ((yield* files.standing(path)) === "folder") yield* files.removeEmptyFolders(path)
      yield* files.publish(temporary, path, "replace")
    }),
    { concurrency: filesAtOnce, discard: true }
  )
  const checkedOut: CheckedOut = { filesWritten: write.length, filesRemoved: remove.length, filesRefused: refused }
  return checkedOut
})
