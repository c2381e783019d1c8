/**
 * Requests of the JSON interface that older agents sync with (docs/wire.md, section 8): camelCase, with snake_case
 * accepted too, and bytes in base64. Object ids may be spelled `sha256:<hex>`. Ids of commits and snapshots are
 * returned as sent: this interface allows any text, and it is not checked here.
 */
import { Effect } from "effect"
import { orDefault } from "../base/expected.ts"
import type { BlobId, CommitId } from "../object/Id.ts"
import type { SnapshotClaim } from "../object/Snapshot.ts"
import {
  expectType,
  listHeader,
  type ReadError,
  readBoolean,
  readFields,
  readId,
  readIds,
  readString
} from "./fields.ts"
import {
  branchNameBytesMax,
  commitBytesMax,
  haveIdsMax,
  idBytesMax,
  pushCommitsMax,
  pushObjectsMax,
  pushSnapshotsMax,
  snapshotBytesMax,
  syncBodyBytesMax
} from "./Limits.ts"
import type { Reader } from "@musehub/msgpack/Reader"
import type { MsgpackMap, MsgpackValue } from "@musehub/msgpack/Value"
import { refuseField, type RequestRefused } from "./RequestRefused.ts"

/** A commit in this interface. */
export interface SyncCommit {
  readonly commitId: string
  readonly parentIds: ReadonlyArray<string>
  readonly message: string
  readonly snapshotId: string | null
  readonly timestamp: string
  readonly author: string | null
}

export interface SyncObject {
  readonly id: BlobId
  readonly content: Uint8Array
}

/** `POST …/push`. */
export interface SyncPush {
  readonly branch: string
  readonly headCommitId: string
  readonly force: boolean
  readonly expect: CommitId | null | undefined
  readonly commits: ReadonlyArray<SyncCommit>
  readonly snapshots: ReadonlyArray<SnapshotClaim>
  readonly objects: ReadonlyArray<SyncObject>
}

/** `POST …/pull`. Unknown ids are allowed; strings that cannot be ids are left out. */
export interface SyncPull {
  readonly branch: string
  readonly haveCommits: ReadonlyArray<CommitId>
  readonly haveObjects: ReadonlyArray<BlobId>
  readonly cursor: string | undefined
  readonly limit: number | undefined
}

/** Commits, snapshots and objects in one page of a pull, together (docs/wire.md, section 11). */
export const syncPageMax = 500

/** Bytes of a cursor as read. */
const cursorBytesMax = 1024

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Returns the readers under both spellings of their names. */
const inBothCases = <A>(readers: { readonly [name: string]: A }): { readonly [name: string]: A } =>
  Object.fromEntries(
    Object.entries(readers).flatMap(([name, read]) => [name, snakeCase(name)].map((key) => [key, read]))
  )

const memberOf = (record: MsgpackMap, name: string): MsgpackValue =>
  record.get(name) ?? record.get(snakeCase(name)) ?? null

/** Removes the prefix of `sha256:<hex>`; leaves any other text as it is. */
const bareId = (id: string): string => id.replace(/^sha256:/, "")

const textIn = (record: MsgpackMap, field: string, name: string): Effect.Effect<string, RequestRefused> => {
  const value = memberOf(record, name)
  return typeof value === "string"
    ? Effect.succeed(value)
    : Effect.fail(refuseField(`${field}.${name}`, value === null ? "is missing" : "must be a string"))
}

const textOrNullIn = (record: MsgpackMap, field: string, name: string): Effect.Effect<string | null, RequestRefused> =>
  memberOf(record, name) === null ? Effect.succeed(null) : textIn(record, field, name)

const isText = (value: MsgpackValue): value is string => typeof value === "string"

const commitIn = Effect.fnUntraced(function* (record: MsgpackMap, field: string) {
  const parentIds = orDefault(memberOf(record, "parentIds"), [])
  if (!Array.isArray(parentIds) || !parentIds.every(isText)) {
    return yield* refuseField(`${field}.parentIds`, "must be a list of strings")
  }
  const commit: SyncCommit = {
    commitId: yield* textIn(record, field, "commitId"),
    parentIds,
    message: yield* textIn(record, field, "message"),
    snapshotId: yield* textOrNullIn(record, field, "snapshotId"),
    timestamp: yield* textIn(record, field, "timestamp"),
    author: yield* textOrNullIn(record, field, "author")
  }
  return commit
})

const snapshotIn = Effect.fnUntraced(function* (record: MsgpackMap, field: string) {
  const manifest = memberOf(record, "manifest")
  if (!(manifest instanceof Map)) return yield* refuseField(`${field}.manifest`, "must be a map from path to object id")
  const entries = manifest as MsgpackMap
  const snapshot: SnapshotClaim = {
    id: yield* textIn(record, field, "snapshotId"),
    manifest: new Map(Array.from(entries, ([path, id]) => [path, typeof id === "string" ? bareId(id) : id])),
    createdAt: yield* textOrNullIn(record, field, "createdAt")
  }
  return snapshot
})

const readRecords = <A, E>(
  reader: Reader<E>,
  field: string,
  limits: { readonly countMax: number; readonly bytesMax: number },
  read: (record: MsgpackMap, field: string) => Effect.Effect<A, RequestRefused>
): Effect.Effect<ReadonlyArray<A>, ReadError<E>> =>
  Effect.flatMap(listHeader(reader, field, limits.countMax), (count) => {
    const records: Array<A> = []
    const handled = reader.values(count, limits.bytesMax, (batch) =>
      Effect.forEach(
        batch,
        (value): Effect.Effect<unknown, RequestRefused> => {
          const place = `${field}[${records.length}]`
          if (!(value instanceof Map)) return Effect.fail(refuseField(place, "must be an object"))
          return Effect.map(read(value as MsgpackMap, place), (record) => records.push(record))
        },
        { discard: true }
      )
    )
    return Effect.as(handled, records)
  })

const blobId = readId<BlobId>(bareId)

/** Reads an object whole, since JSON is in memory anyway. Ignores its path, which the manifests also name. */
const readObject = <E>(reader: Reader<E>, field: string): Effect.Effect<SyncObject, ReadError<E>> =>
  Effect.gen(function* () {
    let id: BlobId | undefined
    let content: Uint8Array | undefined
    const base64 = expectType(reader, `${field}.contentB64`, "string").pipe(
      Effect.andThen(reader.bin(syncBodyBytesMax, syncBodyBytesMax)),
      Effect.flatMap((binary) =>
        binary.content instanceof Uint8Array
          ? Effect.succeed(binary.content)
          : Effect.die(new Error(`${field}.contentB64 came in pieces`))
      )
    )
    yield* readFields(
      reader,
      field,
      inBothCases<Effect.Effect<unknown, ReadError<E>>>({
        objectId: Effect.map(blobId(reader, `${field}.objectId`), (read) => (id = read)),
        contentB64: Effect.map(base64, (read) => (content = read))
      })
    )
    if (id === undefined) return yield* refuseField(`${field}.objectId`, "is missing")
    if (content === undefined) return yield* refuseField(`${field}.contentB64`, "is missing")
    return { id, content }
  })

const readObjects = <E>(reader: Reader<E>, field: string): Effect.Effect<ReadonlyArray<SyncObject>, ReadError<E>> =>
  Effect.gen(function* () {
    const count = yield* listHeader(reader, field, pushObjectsMax)
    const objects: Array<SyncObject> = []
    while (objects.length < count) objects.push(yield* readObject(reader, `${field}[${objects.length}]`))
    return objects
  })

const commitId = readId<CommitId>()

/** Reads a push to its end. */
export const readSyncPush = <E>(reader: Reader<E>): Effect.Effect<SyncPush, ReadError<E>> =>
  Effect.gen(function* () {
    let branch: string | undefined
    let headCommitId: string | undefined
    let push: Omit<SyncPush, "branch" | "headCommitId"> = {
      force: false,
      expect: undefined,
      commits: [],
      snapshots: [],
      objects: []
    }
    const commitLimits = { countMax: pushCommitsMax, bytesMax: commitBytesMax }
    const snapshotLimits = { countMax: pushSnapshotsMax, bytesMax: snapshotBytesMax }
    yield* readFields(
      reader,
      "",
      inBothCases<Effect.Effect<unknown, ReadError<E>>>({
        branch: Effect.map(readString(reader, "branch", branchNameBytesMax), (text) => (branch = text)),
        headCommitId: Effect.map(readString(reader, "headCommitId", idBytesMax), (text) => (headCommitId = text)),
        force: Effect.map(readBoolean(reader, "force"), (force) => (push = { ...push, force })),
        expect: Effect.flatMap(reader.nil, (nil) =>
          Effect.map(nil ? Effect.succeed(null) : commitId(reader, "expect"), (expect) => (push = { ...push, expect }))
        ),
        commits: Effect.map(readRecords(reader, "commits", commitLimits, commitIn), (commits) => {
          push = { ...push, commits }
        }),
        snapshots: Effect.map(readRecords(reader, "snapshots", snapshotLimits, snapshotIn), (snapshots) => {
          push = { ...push, snapshots }
        }),
        objects: Effect.map(readObjects(reader, "objects"), (objects) => (push = { ...push, objects }))
      })
    )
    yield* reader.end
    if (branch === undefined) return yield* refuseField("branch", "is missing")
    if (headCommitId === undefined) return yield* refuseField("headCommitId", "is missing")
    return { ...push, branch, headCommitId }
  })

const knownCommits = readIds<CommitId>("drop")
const knownBlobs = readIds<BlobId>("drop", bareId)

/** Bytes of a whole number as read. */
const numberBytesMax = 16

const orAbsent = <A, E>(reader: Reader<E>, read: Effect.Effect<A, ReadError<E>>) =>
  Effect.flatMap(reader.nil, (nil): Effect.Effect<A | undefined, ReadError<E>> => (nil ? Effect.undefined : read))

/** Reads a pull to its end. */
export const readSyncPull = <E>(reader: Reader<E>): Effect.Effect<SyncPull, ReadError<E>> =>
  Effect.gen(function* () {
    let branch: string | undefined
    let pull: Omit<SyncPull, "branch"> = { haveCommits: [], haveObjects: [], cursor: undefined, limit: undefined }
    const number = Effect.flatMap(reader.value(numberBytesMax), (value) =>
      typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= syncPageMax
        ? Effect.succeed(value)
        : Effect.fail(refuseField("limit", `must be a whole number from 1 to ${syncPageMax}`))
    )
    yield* readFields(
      reader,
      "",
      inBothCases<Effect.Effect<unknown, ReadError<E>>>({
        branch: Effect.map(readString(reader, "branch", branchNameBytesMax), (text) => (branch = text)),
        haveCommits: Effect.map(knownCommits(reader, "haveCommits", haveIdsMax), (haveCommits) => {
          pull = { ...pull, haveCommits }
        }),
        haveObjects: Effect.map(knownBlobs(reader, "haveObjects", haveIdsMax), (haveObjects) => {
          pull = { ...pull, haveObjects }
        }),
        cursor: Effect.map(orAbsent(reader, readString(reader, "cursor", cursorBytesMax)), (cursor) => {
          pull = { ...pull, cursor }
        }),
        limit: Effect.map(orAbsent(reader, number), (limit) => (pull = { ...pull, limit }))
      })
    )
    yield* reader.end
    if (branch === undefined) return yield* refuseField("branch", "is missing")
    return { ...pull, branch }
  })
