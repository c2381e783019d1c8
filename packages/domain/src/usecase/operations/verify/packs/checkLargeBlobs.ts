/** Lists the large blobs of a repository, and checks them: that a snapshot has each, and its bytes. */
import { Clock, Duration, Effect, Stream } from "effect"
import { incrementalSha256 } from "../../../../object/Digest.ts"
import { BlobId, type RepositoryId } from "../../../../object/Id.ts"
import { ObjectStore } from "../../../../port/ObjectStore.ts"
import { everyItem } from "../../../../port/Page.ts"
import { immutablePath } from "../../../../port/StoreKey.ts"
import type { LargeBlob } from "./checkingObjects.ts"
import { unnamedGrace } from "./checkPacks.ts"
import type { Inspection } from "../Inspection.ts"

/** Blobs per page of a listing. */
const pageSize = 1000
/** Blobs that are read at the same time. */
const blobsAtOnce = 4

const keyOf = (repository: RepositoryId, id: string) => ({ repository, type: "blob", id: BlobId.make(id) }) as const

/** Lists the large blobs in the store, by id. */
export const listLarge = Effect.fnUntraced(function* (repository: RepositoryId) {
  const store = yield* ObjectStore
  const large = new Map<string, LargeBlob>()
  yield* everyItem(pageSize, (page) => store.list(repository, "blob", page)).pipe(
    Stream.runForEach(({ id, size, storageUri, storedAtMillis }) =>
      Effect.sync(() => void large.set(id, { size, storageUri, storedAtMillis, hasRow: false, isUsed: false }))
    )
  )
  return large
})

/** Tells of a large blob that no snapshot has. It is a fault once it is old. */
const checkUnused = Effect.fnUntraced(function* (inspection: Inspection, repository: RepositoryId, id: string) {
  const store = yield* ObjectStore
  const key = keyOf(repository, id)
  // A push that relies on it has refreshed it since it was listed.
  const head = yield* Effect.catchTag(store.head(key), "ObjectMissing", () => Effect.succeed(undefined))
  if (head === undefined) return
  const age = (yield* Clock.currentTimeMillis) - head.storedAtMillis
  yield* age < Duration.toMillis(unnamedGrace)
    ? inspection.report("LargeBlobOrphaned", immutablePath(key), "may be of a push under way", "notice")
    : inspection.report("LargeBlobOrphaned", immutablePath(key), "is in no snapshot, and is too old to be of a push")
})

/** Reads a large blob and checks its hash. */
const checkBytes = Effect.fnUntraced(function* (inspection: Inspection, repository: RepositoryId, id: string) {
  const store = yield* ObjectStore
  const key = keyOf(repository, id)
  const hash = incrementalSha256()
  const read = Stream.runForEach(store.stream(key), (chunk) =>
    Effect.sync(() => {
      hash.update(chunk)
      inspection.tally.passed(0, chunk.byteLength)
    })
  ).pipe(
    // A read without a range asks for no bytes outside of the object.
    Effect.catchTag("RangeOutside", Effect.die),
    Effect.as(true),
    Effect.catchTag("ObjectMissing", () => Effect.succeed(false))
  )
  const isThere = yield* read
  inspection.tally.passed(1, 0)
  const computed = hash.digest()
  if (!isThere) yield* inspection.reportLost("LargeBlobMissing", key, "went while it was read")
  else if (computed !== id) yield* inspection.reportLost("LargeBlobDamaged", key, `hashes to ${computed}`)
})

/** Checks the large blobs after the snapshots were read; those of snapshots that could not be read are not orphans. */
export const checkLargeBlobs = Effect.fnUntraced(function* (
  inspection: Inspection,
  repository: RepositoryId,
  large: ReadonlyMap<string, LargeBlob>
) {
  if (!inspection.hasFaults) {
    for (const [id, { isUsed }] of large) if (!isUsed) yield* checkUnused(inspection, repository, id)
  }
  if (inspection.level !== "deep") return
  const bytes = Iterator.from(large.values()).reduce((sum, { size }) => sum + size, 0)
  inspection.tally.promised(large.size, bytes)
  yield* Effect.forEach(large.keys(), (id) => checkBytes(inspection, repository, id), {
    concurrency: blobsAtOnce,
    discard: true
  })
})
