/**
 * The small requests of the wire (protocol, section 4), from a reader to typed values: whole requests, since they are
 * lists of ids. The two that carry objects are read piece by piece, in `pushObjects.ts` and `pushBundle.ts`.
 */
import { Effect } from "effect"
import type { BlobId, CommitId } from "../object/Id.ts"
import { type ReadError, readFields, readIds, readString } from "./fields.ts"
import { filterIdsMax, haveIdsMax, presignIdsMax, wantIdsMax } from "./Limits.ts"
import type { Reader } from "./msgpack/Reader.ts"
import { refuseField } from "./RequestRefused.ts"

/** `POST /filter-objects`: which of these are missing? */
export interface FilterObjects {
  readonly objectIds: ReadonlyArray<BlobId>
}

/** `POST /presign`: URLs for direct transfer. */
export interface Presign {
  readonly objectIds: ReadonlyArray<BlobId>
  readonly direction: "put" | "get"
}

/**
 * `POST /negotiate` and `POST /fetch`. `have` may be long and hold unknown ids, those of `want` among them. Clients of the
 * reference hub have commits with made-up ids (`init-…`, 32 digits); in `have` these are left out, unknown for
 * certain.
 */
export interface WantHave {
  readonly want: ReadonlyArray<CommitId>
  readonly have: ReadonlyArray<CommitId>
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

/** Reads a `negotiate` or `fetch` request to its end. */
export const readWantHave = <E>(reader: Reader<E>): Effect.Effect<WantHave, ReadError<E>> =>
  Effect.suspend(() => {
    let want: ReadonlyArray<CommitId> = []
    let have: ReadonlyArray<CommitId> = []
    const fields = readFields(reader, "", {
      want: commitIds(reader, "want", wantIdsMax).pipe(keep((ids) => (want = ids))),
      have: knownIds(reader, "have", haveIdsMax).pipe(keep((ids) => (have = ids)))
    })
    return fields.pipe(Effect.andThen(reader.end), Effect.andThen(Effect.sync(() => ({ want, have }))))
  })
