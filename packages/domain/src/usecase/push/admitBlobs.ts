/**
 * Resolves the blobs that a push needs: already recorded, uploaded directly to the store (hashed before they are
 * trusted), copied from another repository that the pusher may read, or the empty blob.
 */
import { Effect, Option } from "effect"
import { leaveUndeleted } from "../../invariant/Document.ts"
import { putBlob, putBlobRead } from "../../invariant/ObjectWriter.ts"
import { blobOf } from "../../object/Blob.ts"
import { type BlobId, emptyBlobId, type RepositoryId } from "../../object/Id.ts"
import type { ContentRefused } from "../../object/Refused.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { ObjectStore, type ObjectMissing, type StoreUnavailable } from "../../port/ObjectStore.ts"
import type { Stored } from "../../port/Stored.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { copyBlob } from "./borrowHistory.ts"
import { missing, type ObjectsMissing } from "./ObjectsMissing.ts"
import { type HolderServices, readableHolders } from "./readableHolders.ts"

/** The number of blobs that are copied at the same time; each holds a window of a stream. */
const copiesAtOnce = 8

/** Moves a direct upload to its final key, and hashes it on the way. */
const admitUpload = Effect.fnUntraced(function* (repository: RepositoryId, id: BlobId) {
  const { signed } = yield* ObjectStore
  if (Option.isNone(signed)) return Option.none<Stored<"blob">>()
  const { uploads } = signed.value
  const key = { repository, id }
  const size = yield* uploads.size(key)
  if (Option.isNone(size)) return Option.none<Stored<"blob">>()
  const stored = yield* putBlobRead(repository, id, size.value, uploads.stream(key))
  yield* leaveUndeleted(`the upload of blob ${id} to repository ${repository}`, uploads.delete(key))
  return Option.some(stored)
})

export type AdmitBlobsError = ObjectsMissing | ContentRefused | ObjectMissing | StoreUnavailable | IndexUnavailable

/** Returns evidence for the blobs that were not recorded yet, all of which must be found somewhere. */
export const admitBlobs = Effect.fn("admitBlobs")(function* (
  open: OpenRepository<"write">,
  ids: ReadonlyArray<BlobId>
): Effect.fn.Return<ReadonlyArray<Stored<"blob">>, AdmitBlobsError, HolderServices> {
  if (ids.length === 0) return []
  const index = yield* ObjectIndex
  const known = yield* index.known(open.id, { blobs: ids, snapshots: [], commits: [] })
  const unresolved = ids.filter((id) => !known.blobs.has(id))
  if (unresolved.length === 0) return []
  const uploaded = yield* Effect.forEach(
    unresolved,
    (id) => (id === emptyBlobId ? Effect.asSome(putBlob(open.id, blobOf(new Uint8Array()))) : admitUpload(open.id, id)),
    { concurrency: copiesAtOnce }
  )
  const admitted = uploaded.flatMap(Option.toArray)
  const found = new Set(admitted.map(({ id }) => id))
  const elsewhere = unresolved.filter((id) => !found.has(id))
  if (elsewhere.length === 0) return admitted
  const holders = yield* readableHolders(open.principal, { blobs: elsewhere, snapshots: [], commits: [] })
  const nowhere = elsewhere.filter((id) => !holders.blobs.has(id))
  if (nowhere.length > 0) return yield* missing("blob", nowhere)
  const copied = yield* Effect.forEach([...holders.blobs], ([id, from]) => copyBlob(from, open.id, id), {
    concurrency: copiesAtOnce
  })
  return [...admitted, ...copied]
})
