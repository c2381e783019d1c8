/**
 * A commit: one step of history. The record keeps the client's own field names, because it is stored, hashed and served
 * in that form; translating back and forth would let the encodings drift apart. Fields that a newer client adds are
 * kept.
 */
import { Result, Schema } from "effect"
import { reasonOf } from "../base/fieldErrors.ts"
import { atOnce, type Slices } from "../base/Slices.ts"
import { decodingJson, encodingJson, type NotJson, parsingJson } from "./CanonicalJson.ts"
import type { CanonicalObject, Decoded } from "./CanonicalObject.ts"
import { sha256 } from "./Digest.ts"
import { framingTexts, NotCanonical, unframingText } from "./Frame.ts"
import { CommitId, SnapshotId } from "./Id.ts"
import { sealing } from "./internal/seal.ts"
import type { JsonObject, JsonValue } from "./Json.ts"
import { IdMismatch, ObjectRefused } from "./Refused.ts"
import { CommittedAt } from "./Timestamp.ts"

const text = Schema.String

/** The 22 fields of a commit, in the client's order (docs/wire.md, section 2). */
const clientFields = {
  commit_id: CommitId,
  repo_id: text,
  branch: text,
  snapshot_id: SnapshotId,
  message: text,
  committed_at: CommittedAt,
  parent_commit_id: Schema.NullOr(CommitId),
  parent2_commit_id: Schema.NullOr(CommitId),
  author: text,
  metadata: Schema.Record(Schema.String, text),
  structured_delta: Schema.Unknown,
  sem_ver_bump: text,
  breaking_changes: Schema.Array(text),
  agent_id: text,
  model_id: text,
  toolchain_id: text,
  prompt_hash: text,
  signature: text,
  signer_key_id: text,
  format_version: Schema.Int,
  reviewed_by: Schema.Array(text),
  test_runs: Schema.Int
}

/** The names of the 22 fields, in the client's order. */
export const commitFieldNames: ReadonlyArray<string> = Object.keys(clientFields)

/** `hashed_parent_ids` is the hub's own addition: see `proveHashedParents`. */
const Fields = Schema.Struct({
  ...clientFields,
  hashed_parent_ids: Schema.optionalKey(Schema.Array(CommitId).check(Schema.isMinLength(3), Schema.isMaxLength(64)))
})

const Record = Schema.StructWithRest(Fields, [Schema.Record(Schema.String, Schema.Unknown)])
/** A commit's fields under the client's names, and any others that the client sent. All values are JSON. */
export type CommitRecord = typeof Record.Type

const hasFields = Schema.is(Fields)
/** Says whether JSON is a commit's record. Its other fields may hold anything, so they need no look. */
const isRecord = (json: JsonValue): json is CommitRecord & JsonObject => hasFields(json)

/** Defaults of absent fields (docs/wire.md, section 2). Ids, branch and time have none. */
const defaults = {
  repo_id: "",
  message: "",
  parent_commit_id: null,
  parent2_commit_id: null,
  author: "",
  metadata: {},
  structured_delta: null,
  sem_ver_bump: "none",
  breaking_changes: [],
  agent_id: "",
  model_id: "",
  toolchain_id: "",
  prompt_hash: "",
  signature: "",
  signer_key_id: "",
  format_version: 1,
  reviewed_by: [],
  test_runs: 0
} as const

export interface Commit {
  readonly id: CommitId
  /** The recorded parents, without repeats: the edges of the graph. */
  readonly parents: ReadonlyArray<CommitId>
  readonly snapshotId: SnapshotId
  readonly record: CommitRecord
}

/** The inputs to a commit's id. */
export interface CommitIdentity {
  /** In any order; a parent named twice is hashed twice. */
  readonly parents: ReadonlyArray<string>
  readonly snapshotId: string
  readonly message: string
  readonly committedAt: string
}

/**
 * Computes a commit's id: sorted parents joined with `00`, then `00 snapshot 00 message 00 time` (docs/wire.md, section
 * 1).
 */
export const commitIdOf = (identity: CommitIdentity): CommitId =>
  sha256(
    [identity.parents.toSorted().join("\0"), identity.snapshotId, identity.message, identity.committedAt].join("\0")
  ) as string as CommitId

const recordedParents = (record: CommitRecord): ReadonlyArray<CommitId> =>
  [record.parent_commit_id, record.parent2_commit_id].filter((id) => id !== null)

const identityOf = (record: CommitRecord, parents: ReadonlyArray<CommitId>): CommitIdentity => ({
  parents,
  snapshotId: record.snapshot_id,
  message: record.message,
  committedAt: record.committed_at
})

const commitOf = (record: CommitRecord): Commit => ({
  id: record.commit_id,
  parents: [...new Set(recordedParents(record))],
  snapshotId: record.snapshot_id,
  record
})

const decodeRecord = Schema.decodeUnknownResult(Record)

/** Checks the shape of a commit: fields, types, defaults. Does not check its id. */
export const commitRecord = (fields: JsonObject): Result.Result<CommitRecord, ObjectRefused> => {
  const id = typeof fields["commit_id"] === "string" ? fields["commit_id"] : "without commit_id"
  const refuse = (reason: string) => new ObjectRefused({ type: "commit", id, reason })
  return Result.gen(function* () {
    const filled: JsonObject = { ...defaults, ...fields }
    // A schema takes longer to say what is wrong than to say whether anything is.
    const decoded = isRecord(filled) ? Result.succeed(filled) : decodeRecord(filled)
    const record: CommitRecord = yield* Result.mapError(decoded, (error) => refuse(reasonOf(error)))
    if (record.parent_commit_id === null && record.parent2_commit_id !== null) {
      return yield* Result.fail(refuse("parent2_commit_id without parent_commit_id"))
    }
    return record
  })
}

/** Checks a commit's id, recomputed from the recorded parents or from `hashed_parent_ids`. */
export const checkCommit = (record: CommitRecord): Result.Result<Commit, IdMismatch> => {
  const hashed = record.hashed_parent_ids
  const parents = recordedParents(record)
  const proven = hashed !== undefined && parents.every((parent) => hashed.includes(parent))
  const computed = commitIdOf(identityOf(record, proven ? hashed : parents))
  return computed === record.commit_id
    ? Result.succeed(commitOf(record))
    : Result.fail(new IdMismatch({ type: "commit", given: record.commit_id, computed }))
}

/**
 * Handles the exception in docs/wire.md, section 1.2: a commit made with three parents is hashed over all of them but
 * records two. It is accepted only with proof: the third parent must be among `candidates` (commits of the same push or
 * repository). The record then keeps all three under `hashed_parent_ids`, so that its id can always be recomputed.
 */
export const proveHashedParents = (
  record: CommitRecord,
  candidates: Iterable<CommitId>
): Result.Result<Commit, IdMismatch> => {
  const parents = recordedParents(record)
  if (new Set(parents).size === 2) {
    for (const third of candidates) {
      const hashed = [...parents, third]
      if (commitIdOf(identityOf(record, hashed)) === record.commit_id) {
        return Result.succeed(commitOf({ ...record, hashed_parent_ids: hashed.toSorted() }))
      }
    }
  }
  return checkCommit(record)
}

/** Returns whether a commit with a wrong id may record two of three hashed parents. */
export const mayHashMoreParents = (record: CommitRecord): boolean => new Set(recordedParents(record)).size === 2

/** Makes a commit of the hub's own: computes the id and fills absent fields with their defaults. */
export const makeCommit = (
  fields: Pick<CommitRecord, "branch" | "snapshot_id" | "message" | "committed_at"> &
    Partial<Omit<CommitRecord, "commit_id">>
): Commit => {
  const record = { ...defaults, format_version: 5, ...fields }
  const parents = [record.parent_commit_id, record.parent2_commit_id].filter((id) => id !== null)
  const commit_id = commitIdOf({
    parents,
    snapshotId: record.snapshot_id,
    message: record.message,
    committedAt: record.committed_at
  })
  return commitOf({ ...record, commit_id })
}

/** Makes the canonical object of a checked commit. Fails only when an opaque field holds a value that JSON cannot. */
export const encodingCommit = function* (
  commit: Commit
): Slices<Result.Result<CanonicalObject<"commit">, ObjectRefused>> {
  const payload = yield* encodingJson(commit.record as JsonObject)
  if (Result.isFailure(payload)) {
    return Result.fail(new ObjectRefused({ type: "commit", id: commit.id, reason: payload.failure.message }))
  }
  return Result.succeed(yield* sealing("commit", commit.id, yield* framingTexts("commit", payload.success)))
}

/** Makes the canonical object of a commit as `encodingCommit` does, without a pause. */
export const commitObject = (commit: Commit) => atOnce(encodingCommit(commit))

const notCanonical = (error: { readonly message: string }) =>
  new NotCanonical({ type: "commit", reason: error.message })

/** Checks the shape and the id of a parsed payload. */
const storedCommit = (json: JsonValue): Result.Result<Commit, NotCanonical> =>
  isRecord(json)
    ? Result.mapError(checkCommit(json), notCanonical)
    : Result.fail(notCanonical({ message: "a field is missing or of the wrong type" }))

const readingCommit = function* (
  bytes: Uint8Array,
  reading: (text: string) => Slices<Result.Result<JsonValue, NotJson>>
): Slices<Result.Result<Commit, NotCanonical>> {
  const text = yield* unframingText("commit", bytes)
  if (Result.isFailure(text)) return Result.fail(text.failure)
  const json = yield* reading(text.success)
  return Result.flatMap(Result.mapError(json, notCanonical), storedCommit)
}

/** Decodes stored bytes and refuses any that `commitObject` would not have made. */
export const decodingCommit = (bytes: Uint8Array) => readingCommit(bytes, decodingJson)

/** Decodes stored bytes as `decodingCommit` does, without a pause. */
export const decodeCommit = (bytes: Uint8Array) => atOnce(decodingCommit(bytes))

/** Decodes bytes as `decodingCommit` does; they must not change afterwards. */
export const receivingCommit = function* (
  bytes: Uint8Array
): Slices<Result.Result<Decoded<"commit", Commit>, NotCanonical>> {
  return Result.map(yield* decodingCommit(bytes), (value) => ({
    value,
    sealing: () => sealing("commit", value.id, bytes)
  }))
}

/**
 * Decodes bytes that were canonical when they were stored. Checks frame, shape and id, but not the form of the JSON.
 */
export const openingCommit = (bytes: Uint8Array) => readingCommit(bytes, parsingJson)
