/**
 * A snapshot: the state of a working tree. Its id covers the manifest but not `created_at`, so two records of one id
 * may differ there; the first one stored stays.
 */
import { Result } from "effect"
import { expected } from "../base/expected.ts"
import { cut } from "../base/text/cut.ts"
import { atOnce, sliceEntries, type Slices } from "../base/Slices.ts"
import type { CanonicalObject, Decoded } from "./CanonicalObject.ts"
import { framing, NotCanonical, unframe } from "./Frame.ts"
import { type BlobId, isId, type SnapshotId } from "./Id.ts"
import { sealing } from "./internal/seal.ts"
import type { JsonObject } from "./Json.ts"
import {
  filesMax,
  findingClash,
  folderCharactersMax,
  foldersMax,
  identifying,
  type Manifest,
  orderingPaths,
  tooManyFiles,
  tooManyFolders
} from "./Manifest.ts"
import { pathRefusal, type PathRule, storedPathRefusal } from "./pathRefusal.ts"
import { IdMismatch, ObjectRefused } from "./Refused.ts"
import { readingSnapshot, type SnapshotFields, writingSnapshot } from "./internal/SnapshotText.ts"

export { SnapshotScan } from "./internal/SnapshotScan.ts"

export interface Snapshot {
  readonly id: SnapshotId
  readonly manifest: Manifest
  /** ISO 8601, exactly as sent; null when the client sent none. */
  readonly createdAt: string | null
}

/** A snapshot from outside, whose id is not yet checked. */
export interface SnapshotClaim {
  readonly id: string
  readonly manifest: ReadonlyMap<string, unknown>
  readonly createdAt: string | null
}

/** Makes a snapshot of the hub's own. */
export const makingSnapshot = function* (manifest: Manifest, createdAt: string): Slices<Snapshot> {
  return { id: yield* identifying(manifest), manifest, createdAt }
}

/** Makes a snapshot of the hub's own, without a pause. */
export const makeSnapshot = (manifest: Manifest, createdAt: string): Snapshot =>
  atOnce(makingSnapshot(manifest, createdAt))

/** Blob ids that are remembered, unless one snapshot has more. */
const blobsKept = 2 ** 16

/** Checks snapshots that came together. They share nearly all of their paths and blobs, so each is checked once. */
export class SnapshotChecker {
  readonly #paths = new Set<string>()
  readonly #directories = new Set<string>()
  readonly #blobs = new Set<unknown>()
  /** Whether some path seen so far is a folder of another; without one, no manifest can clash. */
  #mayClash = false
  #forgotten = 0
  readonly #rule: PathRule
  readonly #mayBeDeep: boolean
  /** The folders that one snapshot adds to those that came before it, and their characters. */
  #folders = 0
  #folderCharacters = 0

  /** Snapshots that are stored already may be read by `storedPathRefusal`, with whatever folders they have. */
  constructor(rule: PathRule = pathRefusal) {
    this.#rule = rule
    this.#mayBeDeep = rule === storedPathRefusal
  }

  /** How often all paths were forgotten. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Whether some path that was checked since they were forgotten is a folder of another. */
  get mayClash(): boolean {
    return this.#mayClash
  }

  /** Says whether a snapshot may hold a path, if there is room to remember it. */
  admits(path: string): boolean {
    return Math.max(this.#paths.size, this.#directories.size) < filesMax && this.#pathRefusal(path) === undefined
  }

  /** Checks paths, blob ids and the recomputed id, without a pause. */
  check(claim: SnapshotClaim): Result.Result<Snapshot, ObjectRefused | IdMismatch> {
    return atOnce(this.checking(claim))
  }

  /** Checks paths, blob ids and the recomputed id. One snapshot at a time. */
  *checking(claim: SnapshotClaim): Slices<Result.Result<Snapshot, ObjectRefused | IdMismatch>> {
    const refuse = (reason: string) => Result.fail(new ObjectRefused({ type: "snapshot", id: claim.id, reason }))
    if (claim.manifest.size > filesMax) return refuse(`it ${tooManyFiles}`)
    this.#makeRoom(claim.manifest.size)
    this.#folders = 0
    this.#folderCharacters = 0
    let seen = 0
    for (const [path, blob] of claim.manifest) {
      if (++seen % sliceEntries === 0) yield
      const reason = this.#pathRefusal(path)
      if (reason !== undefined) return refuse(`path ${shown(path)} ${reason}`)
      if (!this.#mayBeDeep && (this.#folders > foldersMax || this.#folderCharacters > folderCharactersMax)) {
        return refuse(`it ${tooManyFolders}`)
      }
      if (!this.#isBlobId(blob)) return refuse(`path ${shown(path)} does not name a blob by 64 lower-case hex digits`)
    }
    const manifest = claim.manifest as Manifest
    const clash = this.#mayClash ? yield* findingClash(manifest) : undefined
    if (clash !== undefined) return refuse(`path ${shown(clash)} is both a file and a folder`)
    if (claim.createdAt?.isWellFormed() === false) return refuse("created_at is not valid Unicode")
    const id = yield* identifying(manifest)
    return id === (claim.id as SnapshotId)
      ? Result.succeed({ id, manifest, createdAt: claim.createdAt })
      : Result.fail(new IdMismatch({ type: "snapshot", given: claim.id, computed: id }))
  }

  /** Forgets all paths and blobs, which are then checked again, if so many more could make a set grow too large. */
  #makeRoom(files: number): void {
    // A history has new ones in each snapshot, and those that are forgotten are soon checked again.
    if (this.#blobs.size + files > Math.max(blobsKept, 2 * files)) this.#blobs.clear()
    const most = Math.max(this.#paths.size + files, this.#blobs.size + files, this.#directories.size + foldersMax)
    if (most <= filesMax) return
    this.#paths.clear()
    this.#directories.clear()
    this.#blobs.clear()
    this.#mayClash = false
    this.#forgotten += 1
  }

  #pathRefusal(path: string): string | undefined {
    if (this.#paths.has(path)) return undefined
    const reason = this.#rule(path)
    if (reason !== undefined) return reason
    this.#paths.add(path)
    this.#mayClash ||= this.#directories.has(path)
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const directory = path.slice(0, slash)
      this.#folderCharacters += slash
      if (this.#directories.has(directory)) break
      this.#directories.add(directory)
      this.#folders += 1
      this.#mayClash ||= this.#paths.has(directory)
    }
    return undefined
  }

  #isBlobId(blob: unknown): boolean {
    if (this.#blobs.has(blob)) return true
    if (!isId(blob)) return false
    this.#blobs.add(blob)
    return true
  }
}

/** Checks a single snapshot that is stored already. */
export const checkStoredSnapshot = (claim: SnapshotClaim) => new SnapshotChecker(storedPathRefusal).check(claim)

const shown = (path: string): string => JSON.stringify(cut(path, 200))

/** Makes the canonical object of a checked snapshot. */
export const encodingSnapshot = function* (snapshot: Snapshot): Slices<CanonicalObject<"snapshot">> {
  return yield* sealing("snapshot", snapshot.id, yield* framing("snapshot", yield* writingSnapshot(snapshot)))
}

/** Makes the canonical object of a checked snapshot, without a pause. */
export const snapshotObject = (snapshot: Snapshot): CanonicalObject<"snapshot"> => atOnce(encodingSnapshot(snapshot))

const notCanonical = (error: { readonly message: string }) =>
  new NotCanonical({ type: "snapshot", reason: error.message })

const readingFramed = function* (bytes: Uint8Array): Slices<Result.Result<SnapshotFields, NotCanonical>> {
  const payload = unframe("snapshot", bytes)
  if (Result.isFailure(payload)) return Result.fail(payload.failure)
  return Result.mapError(yield* readingSnapshot(payload.success), (message) => notCanonical({ message }))
}

/**
 * Decodes stored bytes and refuses any that `snapshotObject` would not have made. A caller that decodes many snapshots
 * passes the same checker to each call.
 */
export const decodingSnapshot = function* (
  bytes: Uint8Array,
  checker: SnapshotChecker = new SnapshotChecker(storedPathRefusal)
): Slices<Result.Result<Snapshot, NotCanonical>> {
  const fields = yield* readingFramed(bytes)
  if (Result.isFailure(fields)) return Result.fail(fields.failure)
  return Result.mapError(yield* checker.checking(fields.success), notCanonical)
}

/** Decodes stored bytes as `decodingSnapshot` does, without a pause. */
export const decodeSnapshot = (bytes: Uint8Array, checker?: SnapshotChecker) => atOnce(decodingSnapshot(bytes, checker))

/** Decodes bytes as `decodingSnapshot` does; they must not change afterwards. */
export const receivingSnapshot = function* (
  bytes: Uint8Array,
  checker: SnapshotChecker
): Slices<Result.Result<Decoded<"snapshot", Snapshot>, NotCanonical>> {
  return Result.map(yield* decodingSnapshot(bytes, checker), (value) => ({
    value,
    sealing: () => sealing("snapshot", value.id, bytes)
  }))
}

/**
 * Decodes bytes whose paths and blob ids were checked when they were stored. They were hashed into the id, so a
 * manifest that gives the id is valid.
 */
export const openingSnapshot = function* (bytes: Uint8Array): Slices<Result.Result<Snapshot, NotCanonical>> {
  const fields = yield* readingFramed(bytes)
  if (Result.isFailure(fields)) return Result.fail(fields.failure)
  const { createdAt, id } = fields.success
  const manifest = fields.success.manifest as Manifest
  const computed = yield* identifying(manifest)
  // If a path held NUL, several manifests would have the same id.
  return computed === id && !(yield* findingNul(manifest))
    ? Result.succeed({ id: computed, manifest, createdAt })
    : Result.fail(notCanonical({ message: `the manifest does not give the id ${id}` }))
}

const findingNul = function* (manifest: Manifest): Slices<boolean> {
  let seen = 0
  for (const path of manifest.keys()) {
    if (path.includes("\0")) return true
    if (++seen % sliceEntries === 0) yield
  }
  return false
}

/** Decodes stored bytes as `openingSnapshot` does, without a pause. */
export const openSnapshot = (bytes: Uint8Array) => atOnce(openingSnapshot(bytes))

/** The client's dictionary of a snapshot, with a map for its manifest. */
export interface SnapshotRecord {
  readonly snapshot_id: SnapshotId
  readonly manifest: Manifest
  readonly created_at?: string
}

/** Makes the client's dictionary (docs/wire.md, section 2), with manifest entries ordered by path. */
export const recordingSnapshot = function* ({ createdAt, id, manifest }: Snapshot): Slices<SnapshotRecord> {
  const ordered = new Map<string, BlobId>()
  for (const path of yield* orderingPaths(manifest)) {
    ordered.set(path, expected(manifest.get(path), "the blob of a path"))
    if (ordered.size % sliceEntries === 0) yield
  }
  return { snapshot_id: id, manifest: ordered, ...(createdAt === null ? {} : { created_at: createdAt }) }
}

/** Returns the client's dictionary as `recordingSnapshot` does, without a pause and with an object for its manifest. */
export const snapshotRecord = (snapshot: Snapshot): JsonObject => {
  const record = atOnce(recordingSnapshot(snapshot))
  return { ...record, manifest: Object.fromEntries(record.manifest) }
}
