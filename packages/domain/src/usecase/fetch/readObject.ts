/**
 * Reads one object of a repository as stored, for a cache in front of the hub or a client that resumes. An object that
 * no root has led to, such as one of a refused push, is unknown here.
 *
 * The index knows which objects there are. While it is away, they are those in the packs that the root names, and the
 * large blobs to which its branches and tags lead.
 */
import type { Roots } from "../../invariant/Roots.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect, Schema, Stream } from "effect"
import { errorKind } from "../../base/ErrorKind.ts"
import { inSlices } from "../../base/Slices.ts"
import { cut } from "../../base/text/cut.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import { servedBytes } from "../../invariant/servedObjects.ts"
import { hashing } from "../../object/Digest.ts"
import { type BlobId, type CommitId, emptyBlobId, Sha256, type SnapshotId } from "../../object/Id.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectKey } from "../../port/StoreKey.ts"
import { fromIndexElse } from "../access/fromIndexElse.ts"
import { blobContent, type ReadableContent } from "../access/blobContent.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { missingFromStore } from "../graph/missingFromStore.ts"

/**
 * The repository does not have these objects, or no root ever led to them. `type` and `missing` are as the caller sent
 * them.
 */
export class ObjectUnknown extends Schema.TaggedError<ObjectUnknown>()("ObjectUnknown", {
  kind: errorKind("not found"),
  type: Schema.String,
  /** The first 100 ids. */
  missing: Schema.Array(Schema.String),
  total: Schema.Int
}) {
  static readonly details = ["type", "missing", "total"] as const
  override get message() {
    return `${this.total} ${this.type}(s) are not in this repository: ${this.missing.join(", ")}`
  }
}

/** Ids listed in an error; the rest is counted. */
const listedMax = 100
/** The maximum length of a type or id in an error; a real id is shorter. */
const shownMax = 100

const unknown = (type: string, ids: ReadonlyArray<string>): ObjectUnknown =>
  new ObjectUnknown({
    type: cut(type, shownMax),
    missing: ids.slice(0, listedMax).map((id) => cut(id, shownMax)),
    total: ids.length
  })

/** An object that can be read whole or in part. */
export interface ReadableObject extends ReadableContent {
  /** The hash of the stored bytes. */
  readonly sha256: Sha256
}

const unreachedInIndex = Effect.fnUntraced(function* ({ id }: OpenRepository, ids: ReadonlyArray<BlobId>) {
  const index = yield* ObjectIndex
  const { blobs } = yield* index.known(id, { blobs: ids, snapshots: [], commits: [] })
  return ids.filter((blob) => !blobs.has(blob))
})

/** Fails with `ObjectUnknown` unless the caller may read all of these blobs. The empty blob is in every repository. */
export const visibleBlobs = Effect.fnUntraced(function* (open: OpenRepository, ids: ReadonlyArray<BlobId>) {
  const asked = ids.filter((id) => id !== emptyBlobId)
  if (asked.length === 0) return
  const missing = yield* fromIndexElse(open, unreachedInIndex(open, asked), missingFromStore(open, "blob", asked))
  if (missing.length > 0) return yield* unknown("blob", missing)
})

const readableBlob = Effect.fnUntraced(function* (open: OpenRepository, id: BlobId) {
  yield* visibleBlobs(open, [id])
  const readable: ReadableObject = { sha256: Sha256.make(id), ...(yield* blobContent(open, id)) }
  return readable
})

type RecordKey = ObjectKey<"snapshot" | "commit">

const unknownInIndex = Effect.fnUntraced(function* (open: OpenRepository, key: RecordKey) {
  const index = yield* ObjectIndex
  const { commits, snapshots } = yield* index.known(open.id, {
    blobs: [],
    snapshots: key.type === "snapshot" ? [key.id] : [],
    commits: key.type === "commit" ? [key.id] : []
  })
  return commits.size + snapshots.size === 0 ? [key.id] : []
})

/** Reads the bytes before the answer. */
const readRecord = Effect.fnUntraced(function* (open: OpenRepository, key: RecordKey) {
  const missing: ReadonlyArray<string> = yield* fromIndexElse(
    open,
    unknownInIndex(open, key),
    missingFromStore(open, key.type, [key.id])
  )
  if (missing.length > 0) return yield* unknown(key.type, missing)
  const bytes = yield* servedBytes(key)
  const readable: ReadableObject = {
    size: bytes.byteLength,
    sha256: yield* inSlices(() => hashing(bytes)),
    whole: Stream.succeed(bytes),
    part: ({ end, start }) => Stream.succeed(bytes.subarray(start, end))
  }
  return readable
})

const isId = Schema.is(Sha256)

export type ReadObjectError = ObjectUnknown | ObjectReadError | RefsError | IndexUnavailable

/** Finds an object by its type and id, which may be any text. */
export const readObject = Effect.fn("readObject")(function* (
  open: OpenRepository,
  type: string,
  id: string
): Effect.fn.Return<ReadableObject, ReadObjectError, ObjectIndex | ObjectStore | Packs | Roots> {
  if (!isId(id)) return yield* unknown(type, [id])
  // The type determines the kind of id.
  const digits: string = id
  switch (type) {
    case "blob":
      return yield* readableBlob(open, digits as BlobId)
    case "snapshot":
      return yield* readRecord(open, { repository: open.id, type, id: digits as SnapshotId })
    case "commit":
      return yield* readRecord(open, { repository: open.id, type, id: digits as CommitId })
    default:
      return yield* unknown(type, [id])
  }
})
