/**
 * The small requests of the wire (docs/wire.md, section 4), read into typed values. They are lists of ids, so each is
 * read whole. The two requests that carry objects are read piece by piece, in `pushObjects.ts` and `pushBundle.ts`.
 */
import { Effect } from "effect"
import type { BlobId, CommitId } from "../object/Id.ts"
import { readCount, type ReadError, readFields, readIds, readString } from "./fields.ts"
import {
  filterIdsMax,
  haveBlobsMax,
  haveIdsMax,
  largeBlobBytes,
  negotiatedIdsMax,
  presignIdsMax,
  wantIdsMax
} from "./Limits.ts"
import type { Reader } from "@musehub/msgpack/Reader"
import { refuseField } from "./RequestRefused.ts"

/** `POST /filter-objects`: asks which of these objects are missing. */
export interface FilterObjects {
  readonly objectIds: ReadonlyArray<BlobId>
}

/** `POST /presign`: asks for URLs for direct transfer. */
export interface Presign {
  readonly objectIds: ReadonlyArray<BlobId>
  readonly direction: "put" | "get"
}

/**
 * The part of a history that a client asks for. `have` may be long and hold unknown ids, some of them also in `want`.
 * Clients of the reference hub have commits with made-up ids (`init-…`, 32 digits). These are left out of `have`, since
 * the hub cannot know them.
 */
export interface History {
  readonly want: ReadonlyArray<CommitId>
  readonly have: ReadonlyArray<CommitId>
}

/** `POST /fetch`. */
export interface WantHave extends History {
  /** Blobs to leave out of an mpack stream, since the client already fetched them (docs/mpack.md). */
  readonly haveBlobs: ReadonlyArray<BlobId>
}

/** `POST /large-blobs`: asks which blobs of at least `bytesMin` bytes a fetch would bring. */
export interface LargeBlobs extends History {
  readonly bytesMin: number
}

const blobIds = readIds<BlobId>()
const commitIds = readIds<CommitId>()
const knownIds = readIds<CommitId>("drop")

const keep =
  <A>(set: (value: A) => void) =>
  <E, R>(read: Effect.Effect<A, E, R>): Effect.Effect<void, E, R> =>
    Effect.map(read, set)

/** Reads a `filter-objects` request to its end. */
export const readFilterObjects = <E>(reader: Reader<E>): Effect.Effect<FilterObjects, ReadError<E>> =>
  Effect.suspend(() => {
    let objectIds: ReadonlyArray<BlobId> = []
    const fields = readFields(reader, "", {
      object_ids: blobIds(reader, "object_ids", filterIdsMax).pipe(keep((ids) => (objectIds = ids)))
    })
    return fields.pipe(Effect.andThen(reader.end), Effect.andThen(Effect.sync(() => ({ objectIds }))))
  })

/** Reads a `presign` request to its end. */
export const readPresign = <E>(reader: Reader<E>): Effect.Effect<Presign, ReadError<E>> =>
  Effect.suspend(() => {
    let objectIds: ReadonlyArray<BlobId> = []
    let direction: string | undefined
    const fields = readFields(reader, "", {
      object_ids: blobIds(reader, "object_ids", presignIdsMax).pipe(keep((ids) => (objectIds = ids))),
      direction: readString(reader, "direction", 64).pipe(keep((text) => (direction = text)))
    })
    return fields.pipe(
      Effect.andThen(reader.end),
      Effect.flatMap(() =>
        direction === "put" || direction === "get"
          ? Effect.succeed({ objectIds, direction })
          : Effect.fail(refuseField("direction", `must be "put" or "get"`))
      )
    )
  })

interface HistoryRead {
  want: ReadonlyArray<CommitId>
  have: ReadonlyArray<CommitId>
}

const historyFields = <E>(reader: Reader<E>, into: HistoryRead, haveMax: number) => ({
  want: commitIds(reader, "want", wantIdsMax).pipe(keep((ids) => (into.want = ids))),
  have: knownIds(reader, "have", haveMax).pipe(keep((ids) => (into.have = ids)))
})

/** Reads a `negotiate` request to its end. */
export const readNegotiate = <E>(reader: Reader<E>): Effect.Effect<History, ReadError<E>> =>
  Effect.suspend(() => {
    const history: HistoryRead = { want: [], have: [] }
    const fields = readFields(reader, "", historyFields(reader, history, negotiatedIdsMax))
    return fields.pipe(Effect.andThen(reader.end), Effect.andThen(Effect.sync(() => history)))
  })

/** Reads a `fetch` request to its end. */
export const readWantHave = <E>(reader: Reader<E>): Effect.Effect<WantHave, ReadError<E>> =>
  Effect.suspend(() => {
    const history: HistoryRead = { want: [], have: [] }
    let haveBlobs: ReadonlyArray<BlobId> = []
    const fields = readFields(reader, "", {
      ...historyFields(reader, history, haveIdsMax),
      have_blobs: blobIds(reader, "have_blobs", haveBlobsMax).pipe(keep((ids) => (haveBlobs = ids)))
    })
    return fields.pipe(Effect.andThen(reader.end), Effect.andThen(Effect.sync(() => ({ ...history, haveBlobs }))))
  })

/** Reads a `large-blobs` request to its end. */
export const readLargeBlobs = <E>(reader: Reader<E>): Effect.Effect<LargeBlobs, ReadError<E>> =>
  Effect.suspend(() => {
    const history: HistoryRead = { want: [], have: [] }
    let bytesMin = largeBlobBytes
    const fields = readFields(reader, "", {
      ...historyFields(reader, history, haveIdsMax),
      bytes_min: readCount(reader, "bytes_min").pipe(keep((count) => (bytesMin = count ?? bytesMin)))
    })
    return fields.pipe(Effect.andThen(reader.end), Effect.andThen(Effect.sync(() => ({ ...history, bytesMin }))))
  })
