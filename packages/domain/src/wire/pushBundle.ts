/**
 * `POST /push`: hands on commits and snapshots raw, as they arrive, in the order of the request. Branch and force may
 * come before or after them. Does not check the content of commits.
 */
import { Effect } from "effect"
import { listHeader, type ReadError, readBoolean, readFields, readString } from "./fields.ts"
import {
  branchNameBytesMax,
  commitBytesMax,
  commitValuesMax,
  pushCommitsMax,
  pushSnapshotsMax,
  snapshotBytesMax,
  snapshotValuesMax
} from "./Limits.ts"
import type { Reader } from "@musehub/msgpack/Reader"
import type { MsgpackMap, MsgpackValue } from "@musehub/msgpack/Value"
import { type ObjectHandler, readObjects } from "./pushObjects.ts"
import { refuseField, type RequestRefused } from "./RequestRefused.ts"

/**
 * Handles records that arrived together: at least one, and not much more than a MiB. More are read after it returns.
 */
export type RecordHandler<E2, R> = (records: ReadonlyArray<MsgpackMap>) => Effect.Effect<unknown, E2, R>

/** The handlers of the parts of a push. Each has its own errors. */
export interface PushHandlers<E, CommitsE, CommitsR, SnapshotsE, SnapshotsR, ObjectsE, ObjectsR> {
  readonly commits: RecordHandler<CommitsE, CommitsR>
  readonly snapshots: RecordHandler<SnapshotsE, SnapshotsR>
  /** The client always sends an empty list here. */
  readonly objects: ObjectHandler<E, ObjectsE, ObjectsR>
}

/** A push without its records. The request does not name the new head (docs/wire.md, section 4). */
export interface PushRequest {
  readonly branch: string
  readonly force: boolean
}

/** Reads a list of maps and hands them on as they arrive. `bytesMax` bounds each map. */
export const readRecords = <E, E2, R>(
  reader: Reader<E>,
  field: string,
  { bytesMax, countMax, valuesMax }: { readonly [limit in "countMax" | "bytesMax" | "valuesMax"]: number },
  handle: RecordHandler<E2, R>
): Effect.Effect<void, ReadError<E> | E2, R> =>
  Effect.flatMap(listHeader(reader, field, countMax), (count) => {
    let index = 0
    const use = (batch: ReadonlyArray<MsgpackValue>): Effect.Effect<unknown, RequestRefused | E2, R> => {
      const wrong = batch.findIndex((value) => !isMap(value))
      if (wrong >= 0) return Effect.fail(refuseField(`${field}[${index + wrong}]`, "must be a map"))
      index += batch.length
      return handle(batch as ReadonlyArray<MsgpackMap>)
    }
    return reader.values(count, bytesMax, use, valuesMax)
  })

const isMap = (value: MsgpackValue): value is MsgpackMap => value instanceof Map

/** Reads a `push` request to its end. */
export const readPush = <E, CommitsE, CommitsR, SnapshotsE, SnapshotsR, ObjectsE, ObjectsR>(
  reader: Reader<E>,
  handlers: PushHandlers<E, CommitsE, CommitsR, SnapshotsE, SnapshotsR, ObjectsE, ObjectsR>
): Effect.Effect<PushRequest, ReadError<E> | CommitsE | SnapshotsE | ObjectsE, CommitsR | SnapshotsR | ObjectsR> =>
  Effect.gen(function* () {
    let branch: string | undefined
    let force = false
    const commits = { countMax: pushCommitsMax, bytesMax: commitBytesMax, valuesMax: commitValuesMax }
    const snapshots = { countMax: pushSnapshotsMax, bytesMax: snapshotBytesMax, valuesMax: snapshotValuesMax }
    const bundle = readFields<E, ReadError<E> | CommitsE | SnapshotsE | ObjectsE, CommitsR | SnapshotsR | ObjectsR>(
      reader,
      "bundle",
      {
        commits: readRecords(reader, "bundle.commits", commits, handlers.commits),
        snapshots: readRecords(reader, "bundle.snapshots", snapshots, handlers.snapshots),
        objects: readObjects(reader, "bundle.objects", handlers.objects)
      }
    )
    yield* readFields(reader, "", {
      bundle: Effect.flatMap(reader.nil, (nil) => (nil ? Effect.void : bundle)),
      branch: Effect.map(readString(reader, "branch", branchNameBytesMax), (text) => {
        branch = text
      }),
      force: Effect.map(readBoolean(reader, "force"), (value) => {
        force = value
      })
    })
    yield* reader.end
    if (branch === undefined) return yield* refuseField("branch", "is missing")
    return { branch, force }
  })
