/**
 * Resolves the blobs that a push needs: already there, sent ahead of the push, uploaded directly to the store (hashed
 * before they are trusted), copied from another repository that the pusher may read, or the empty blob.
 */
import { Effect, Option, Result } from "effect"
import { inSlices, sliceEntries } from "../../base/Slices.ts"
import { leaveUndeleted } from "../../invariant/Document.ts"
import type { NewPacks } from "../../invariant/packs/NewPacks.ts"
import { isLoss } from "../../invariant/packs/Damage.ts"
import { type ObjectName, type ObjectReadError, Packs } from "../../invariant/packs/Packs.ts"
import { packsThere, storedPlaces } from "../../invariant/packs/storedPlaces.ts"
import { blobOf } from "../../object/Blob.ts"
import { type BlobId, emptyBlobId, type RepositoryId } from "../../object/Id.ts"
import type { ContentRefused } from "../../object/Refused.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { PackIndex } from "../../port/index/PackIndex.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import type { StoredPack } from "../../port/Stored.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { copyBlob } from "./borrowHistory.ts"
import { missing, type ObjectsMissing } from "./ObjectsMissing.ts"
import { type HolderServices, readableHolders } from "./readableHolders.ts"

/** The number of blobs that are copied at the same time; each holds a window of a stream. */
const copiesAtOnce = 8

/** Says which blobs are under their own keys, as far as no read found them damaged. */
export const largeOnes = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<BlobId>) {
  const store = yield* ObjectStore
  const { damage } = yield* Packs
  const heads = yield* Effect.forEach(
    ids,
    (id) =>
      store.head({ repository, type: "blob", id }).pipe(
        Effect.map(({ storedAtMillis }) => (damage.hasBlob(repository, id, storedAtMillis) ? [] : [id])),
        Effect.catchTag("ObjectMissing", () => Effect.succeed([]))
      ),
    { concurrency: copiesAtOnce }
  )
  return new Set(heads.flat())
})

/** Remembers those of the blobs as lost that the repository had, so that it asks for them from now on. */
const loseRecorded = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<BlobId>) {
  const index = yield* ObjectIndex
  const { damage } = yield* Packs
  const { blobs } = yield* index.known(repository, { blobs: ids, snapshots: [], commits: [] })
  for (const id of blobs) yield* damage.addBlob(repository, id)
})

/** Opens the packs that were sent ahead. One that is damaged or gone is as if it had not been sent. */
const stagedPacks = Effect.fnUntraced(function* (repository: RepositoryId, found: ReadonlyMap<BlobId, PackRef>) {
  const packs = yield* Packs
  const refs = new Map([...found.values()].map((ref) => [ref.sha256, ref]))
  const opened = yield* Effect.forEach(
    refs.values(),
    (ref) =>
      Effect.map(Effect.result(packs.open(repository, ref)), (result) => {
        if (Result.isSuccess(result)) return Effect.succeed([result.success])
        return isLoss(result.failure) ? Effect.succeed([]) : Effect.fail(result.failure)
      }).pipe(Effect.flatten),
    { concurrency: copiesAtOnce }
  )
  return yield* packsThere(opened.flat())
})

/** Finds in which pack blobs are, and goes through a pack or through the blobs, whichever are fewer. */
const findingBlobs = function* (packs: ReadonlyArray<StoredPack>, ids: Iterable<BlobId>) {
  const found = new Map<BlobId, StoredPack>()
  const wanted = new Set(ids)
  let seen = 0
  for (const pack of packs) {
    const { directory } = pack
    const byId = wanted.size < directory.size
    for (const object of byId ? wanted : directory) {
      if (++seen % sliceEntries === 0) yield
      const id = typeof object === "string" ? object : object.type === "blob" ? object.id : undefined
      if (id === undefined || !wanted.has(id) || (byId && directory.find("blob", id) === undefined)) continue
      found.set(id, pack)
      wanted.delete(id)
    }
  }
  return found
}

/** Finds blobs that were sent ahead of a push, and the packs that a push which relies on them has to name. */
export const sentAhead = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<BlobId>) {
  if (ids.length === 0) return { blobs: new Set<BlobId>(), packs: [] }
  const index = yield* PackIndex
  const { staged } = yield* Packs
  const sentHere = yield* inSlices(() => findingBlobs(staged.of(repository), ids))
  const others = ids.filter((id) => !sentHere.has(id))
  const elsewhere = others.length === 0 ? new Map<BlobId, PackRef>() : yield* index.staged(repository, others)
  const packs = [
    ...(yield* packsThere([...new Set(sentHere.values())])),
    ...(yield* stagedPacks(repository, elsewhere))
  ]
  const packed = yield* inSlices(() => findingBlobs(packs, ids))
  const large = yield* largeOnes(
    repository,
    ids.filter((id) => id !== emptyBlobId && !packed.has(id))
  )
  return { blobs: new Set([...packed.keys(), ...large]), packs }
})

/** Puts a direct upload where objects are, and hashes it on the way. Says whether there is one. */
const admitUpload = Effect.fnUntraced(function* (repository: RepositoryId, id: BlobId, packs: NewPacks) {
  const { signed } = yield* ObjectStore
  if (Option.isNone(signed)) return false
  const { uploads } = signed.value
  const key = { repository, id }
  const size = yield* uploads.size(key)
  if (Option.isNone(size)) return false
  yield* packs.addBlobRead(id, size.value, uploads.stream(key))
  yield* leaveUndeleted(`the upload of blob ${id} to repository ${repository}`, uploads.delete(key))
  return true
})

export type AdmitBlobsError = ObjectsMissing | ContentRefused | ObjectReadError | IndexUnavailable

/**
 * Adds the blobs that were found elsewhere to `packs`. Returns the packs that were sent ahead of the push and hold
 * others of them; the push has to name these too. Every blob must be found somewhere.
 */
export const admitBlobs = Effect.fn("admitBlobs")(function* (
  open: OpenRepository<"write">,
  ids: ReadonlyArray<BlobId>,
  packs: NewPacks
): Effect.fn.Return<ReadonlyArray<StoredPack>, AdmitBlobsError, HolderServices> {
  if (ids.length === 0) return []
  const { lookIn, namedBy } = yield* Packs
  const named = yield* namedBy(open.root.value)
  const names = ids.map((id): ObjectName => ({ type: "blob", id }))
  const places = yield* storedPlaces(Effect.map(lookIn(open.id, named), (look) => names.map(look)))
  const unknown = ids.filter((_, position) => places[position] === undefined)
  if (unknown.length === 0) return []
  const ahead = yield* sentAhead(open.id, unknown)
  const elsewhere: Array<BlobId> = []
  for (const id of unknown) {
    if (ahead.blobs.has(id)) continue
    if (id === emptyBlobId) yield* packs.addBlob(blobOf(new Uint8Array()))
    else if (!(yield* admitUpload(open.id, id, packs))) elsewhere.push(id)
  }
  if (elsewhere.length === 0) return ahead.packs
  const holders = yield* readableHolders(open.principal, { blobs: elsewhere, snapshots: [], commits: [] })
  // This repository is named for a blob that its store has lost.
  const isElsewhere = (id: BlobId) => (holders.blobs.get(id) ?? open.id) !== open.id
  const nowhere = elsewhere.filter((id) => !isElsewhere(id))
  if (nowhere.length > 0) {
    yield* loseRecorded(open.id, nowhere)
    return yield* missing("blob", nowhere)
  }
  for (const [id, from] of holders.blobs) yield* copyBlob(from, id, packs)
  return ahead.packs
})
