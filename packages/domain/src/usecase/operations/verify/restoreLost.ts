/** Copies what is lost or damaged from a backup of the store, where the copy proves itself by its hash. */
import { Effect, Stream } from "effect"
import { tellingUnread } from "../../../invariant/tellingUnread.ts"
import { blobArriving } from "../../../object/Blob.ts"
import { sha256 } from "../../../object/Digest.ts"
import { PackFile } from "../../../pack/PackFile.ts"
import { ObjectStore, StoreUnavailable } from "../../../port/ObjectStore.ts"
import { interposedStore } from "../../../port/interpose/interposedStore.ts"
import type { ImmutableKey } from "../../../port/StoreKey.ts"
import { type ByHash, isRecordKey, pathByHash, type RecordKey } from "./ByHash.ts"

type Store = ObjectStore["Service"]

/** Things that are copied at the same time. */
const copiesAtOnce = 4

/** Says of a failure of the store that the backup had it. */
const ofBackup = <E>(error: E | StoreUnavailable): E | StoreUnavailable =>
  error instanceof StoreUnavailable
    ? new StoreUnavailable({ operation: `${error.operation} of the backup`, key: error.key, reason: error.reason })
    : error

/** Returns a backup whose failures say that the backup had them. */
export const namedBackup = (backup: Store): Store =>
  ObjectStore.of(
    interposedStore(backup, {
      call: (_, call) => Effect.mapError(call, ofBackup),
      stream: (_, stream) => Stream.mapError(stream, ofBackup)
    })
  )

const restoreRecord = Effect.fnUntraced(function* (key: RecordKey, backup: Store) {
  const { documents } = yield* ObjectStore
  const read = yield* backup.documents.read(key)
  if (read._tag !== "Found" || sha256(read.document.bytes) !== key.sha256) return
  yield* documents.write(key, read.document.bytes, { _tag: "Any" })
})

/** Copies a large blob, which is hashed on the way. */
const restoreBlob = Effect.fnUntraced(function* (key: ImmutableKey<"blob">, backup: Store) {
  const store = yield* ObjectStore
  const { size } = yield* backup.head(key)
  yield* Effect.mapError(store.put(key.repository, blobArriving(key.id, size, backup.stream(key))), tellingUnread)
})

const restorePack = Effect.fnUntraced(function* (key: ImmutableKey<"pack">, backup: Store) {
  const store = yield* ObjectStore
  const file = yield* PackFile.of(yield* backup.get(key))
  if (file.id === key.id) yield* store.put(key.repository, file)
})

/** Restores what the backup has. What it lacks, or has with other bytes, stays as it is. */
export const restoreLost = Effect.fnUntraced(function* (lost: ReadonlyArray<ByHash>, backup: Store) {
  const notRestored = (key: ByHash) => (error: { readonly message: string }) =>
    Effect.logWarning(`the backup has no good copy of ${pathByHash(key)}: ${error.message}`)
  yield* Effect.forEach(
    lost,
    (key) =>
      isRecordKey(key)
        ? Effect.catchTag(restoreRecord(key, backup), "DocumentConflict", Effect.die)
        : Effect.catchTags(key.type === "pack" ? restorePack(key, backup) : restoreBlob(key, backup), {
            ObjectMissing: notRestored(key),
            ContentRefused: notRestored(key)
          }),
    { concurrency: copiesAtOnce, discard: true }
  )
})
