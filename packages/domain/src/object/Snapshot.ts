/**
 * A snapshot: the state of a working tree. Its id covers the manifest but not `created_at`, so two records of one id
 * may differ there; the first one stored stays.
 */
import { Result, Schema } from "effect"
import { expected } from "../base/expected.ts"
import { cut } from "../base/text/cut.ts"
import type { CanonicalObject } from "./CanonicalObject.ts"
import { parseJson, setMember } from "./CanonicalJson.ts"
import { sha256 } from "./Digest.ts"
import { frameText, NotCanonical, unframeText } from "./Frame.ts"
import { BlobId, type SnapshotId } from "./Id.ts"
import { seal } from "./internal/seal.ts"
import type { JsonObject, JsonValue } from "./Json.ts"
import { clashingPath, type Manifest, snapshotIdOf, sortedPaths } from "./Manifest.ts"
import { pathRefusal, type PathRule, storedPathRefusal } from "./pathRefusal.ts"
import { IdMismatch, ObjectRefused } from "./Refused.ts"

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

const isBlobId = Schema.is(BlobId)

/** Makes a snapshot of the hub's own. */
export const makeSnapshot = (manifest: Manifest, createdAt: string): Snapshot => ({
  id: snapshotIdOf(manifest),
  manifest,
  createdAt
})

/** How many paths and blobs are remembered. Beyond that, all are forgotten and checked again. */
const rememberedPathsMax = 500_000

/** Checks snapshots that came together. They share nearly all of their paths and blobs, so each is checked once. */
export class SnapshotChecker {
  readonly #paths = new Set<string>()
  readonly #directories = new Set<string>()
  readonly #blobs = new Set<unknown>()
  /** Whether some path seen so far is a folder of another; without one, no manifest can clash. */
  #mayClash = false
  readonly #rule: PathRule

  /** Snapshots that are stored already may be read by `storedPathRefusal`. */
  constructor(rule: PathRule = pathRefusal) {
    this.#rule = rule
  }

  /** Checks paths, blob ids and the recomputed id. */
  check(claim: SnapshotClaim): Result.Result<Snapshot, ObjectRefused | IdMismatch> {
    const refuse = (reason: string) => Result.fail(new ObjectRefused({ type: "snapshot", id: claim.id, reason }))
    this.#forgetMany()
    for (const [path, blob] of claim.manifest) {
      const reason = this.#pathRefusal(path)
      if (reason !== undefined) return refuse(`path ${shown(path)} ${reason}`)
      if (!this.#isBlobId(blob)) return refuse(`path ${shown(path)} does not name a blob by 64 lower-case hex digits`)
    }
    const manifest = claim.manifest as Manifest
    const clash = this.#mayClash ? clashingPath(manifest) : undefined
    if (clash !== undefined) return refuse(`path ${shown(clash)} is both a file and a folder`)
    if (claim.createdAt?.isWellFormed() === false) return refuse("created_at is not valid Unicode")
    const id = snapshotIdOf(manifest)
    return id === (claim.id as SnapshotId)
      ? Result.succeed({ id, manifest, createdAt: claim.createdAt })
      : Result.fail(new IdMismatch({ type: "snapshot", given: claim.id, computed: id }))
  }

  #forgetMany(): void {
    if (this.#paths.size + this.#blobs.size <= rememberedPathsMax) return
    this.#paths.clear()
    this.#directories.clear()
    this.#blobs.clear()
    this.#mayClash = false
  }

  #pathRefusal(path: string): string | undefined {
    if (this.#paths.has(path)) return undefined
    const reason = this.#rule(path)
    if (reason !== undefined) return reason
    this.#paths.add(path)
    this.#mayClash ||= this.#directories.has(path)
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      const directory = path.slice(0, slash)
      if (this.#directories.has(directory)) break
      this.#directories.add(directory)
      this.#mayClash ||= this.#paths.has(directory)
    }
    return undefined
  }

  #isBlobId(blob: unknown): boolean {
    if (this.#blobs.has(blob)) return true
    if (!isBlobId(blob)) return false
    this.#blobs.add(blob)
    return true
  }
}

/** Checks a single snapshot that is stored already. */
export const checkStoredSnapshot = (claim: SnapshotClaim) => new SnapshotChecker(storedPathRefusal).check(claim)

const shown = (path: string): string => JSON.stringify(cut(path, 200))

/** Writes the canonical JSON directly. Members: created_at, manifest, snapshot_id; paths ordered by UTF-16 unit. */
const payloadOf = (snapshot: Snapshot): string => {
  const { manifest } = snapshot
  const blobOf = (path: string) => expected(manifest.get(path), "the blob of a path")
  const members = [...manifest.keys()].toSorted().map((path) => `${JSON.stringify(path)}:"${blobOf(path)}"`)
  const createdAt = snapshot.createdAt === null ? "null" : JSON.stringify(snapshot.createdAt)
  return `{"created_at":${createdAt},"manifest":{${members.join(",")}},"snapshot_id":"${snapshot.id}"}`
}

/** Makes the canonical object of a checked snapshot. */
export const snapshotObject = (snapshot: Snapshot): CanonicalObject<"snapshot"> => {
  const content = frameText("snapshot", payloadOf(snapshot))
  return seal({ type: "snapshot", id: snapshot.id, size: content.byteLength, sha256: sha256(content), content })
}

const notCanonical = (error: { readonly message: string }) =>
  new NotCanonical({ type: "snapshot", reason: error.message })

interface Payload {
  readonly created_at: string | null
  readonly manifest: { readonly [path: string]: string }
  readonly snapshot_id: string
}

/** Checks a payload by hand: manifests have thousands of members, which is slow with a schema. */
const isPayload = (json: JsonValue): json is JsonObject & Payload => {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return false
  const { created_at, manifest, snapshot_id, ...others } = json as JsonObject
  if (created_at !== null && typeof created_at !== "string") return false
  if (typeof manifest !== "object" || manifest === null || Array.isArray(manifest)) return false
  return (
    typeof snapshot_id === "string" &&
    Object.keys(others).length === 0 &&
    Object.values(manifest).every((blob) => typeof blob === "string")
  )
}

const malformed = () => Result.fail(notCanonical({ message: "a field is missing or of the wrong type" }))

/**
 * Decodes stored bytes and refuses any that `snapshotObject` would not have made. A caller that decodes many snapshots
 * passes the same checker to each call.
 */
export const decodeSnapshot = (
  bytes: Uint8Array,
  checker: SnapshotChecker = new SnapshotChecker(storedPathRefusal)
): Result.Result<Snapshot, NotCanonical> =>
  Result.gen(function* () {
    const text = yield* unframeText("snapshot", bytes)
    const payload = yield* Result.mapError(parseJson(text), notCanonical)
    if (!isPayload(payload)) return yield* malformed()
    const manifest = new Map(Object.entries(payload.manifest))
    const claim = { id: payload.snapshot_id, manifest, createdAt: payload.created_at }
    const snapshot = yield* Result.mapError(checker.check(claim), notCanonical)
    return payloadOf(snapshot) === text
      ? snapshot
      : yield* Result.fail(notCanonical({ message: "the JSON is not in canonical form (RFC 8785)" }))
  })

/**
 * Decodes bytes that were canonical when they were stored. Checks frame, shape and id, but not the form of the JSON.
 * Paths and blob ids were checked before they were hashed into the id, so a manifest that gives the id is valid.
 */
export const openSnapshot = (bytes: Uint8Array): Result.Result<Snapshot, NotCanonical> =>
  Result.gen(function* () {
    const text = yield* unframeText("snapshot", bytes)
    const payload = yield* Result.mapError(parseJson(text), notCanonical)
    if (!isPayload(payload)) return yield* malformed()
    const manifest = new Map(Object.entries(payload.manifest as { readonly [path: string]: BlobId }))
    // If a path held NUL, several manifests would have the same id.
    const computed = text.includes("\\u0000") ? undefined : snapshotIdOf(manifest)
    return computed === payload.snapshot_id
      ? { id: computed, manifest, createdAt: payload.created_at }
      : yield* Result.fail(notCanonical({ message: `the manifest does not give the id ${payload.snapshot_id}` }))
  })

/** Returns the client's dictionary (docs/wire.md, section 2), with manifest entries ordered by path. */
export const snapshotRecord = (snapshot: Snapshot): JsonObject => {
  const manifest: Record<string, JsonValue> = {}
  for (const path of sortedPaths(snapshot.manifest)) {
    setMember(manifest, path, expected(snapshot.manifest.get(path), "the blob of a path"))
  }
  return {
    snapshot_id: snapshot.id,
    manifest,
    ...(snapshot.createdAt === null ? {} : { created_at: snapshot.createdAt })
  }
}
