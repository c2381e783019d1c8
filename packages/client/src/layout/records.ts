/**
 * Reads and writes commits and snapshots as files of a client's folder. Canonical bytes have no order of members, so
 * writing restores the client's order: for the 22 fields, the known keys of a structured delta and of metadata, and,
 * for the paths of a snapshot, the order of the client's walk through the folders. Everything else follows in canonical
 * order.
 */
import { parseJson } from "@musehub/domain/object/CanonicalJson"
import {
  checkCommit,
  type Commit,
  commitFieldNames,
  commitRecord,
  mayHashMoreParents,
  proveHashedParents
} from "@musehub/domain/object/Commit"
import type { BlobId, CommitId, SnapshotId } from "@musehub/domain/object/Id"
import type { JsonObject, JsonValue } from "@musehub/domain/object/Json"
import type { Manifest } from "@musehub/domain/object/Manifest"
import { storedPathRefusal } from "@musehub/domain/object/pathRefusal"
import { type Snapshot, type SnapshotClaim, SnapshotChecker } from "@musehub/domain/object/Snapshot"
import { Result } from "effect"
import { type Ordered, pythonJson } from "./json.ts"

const metadataKeys = ["section", "track", "emotion"]

const deltaKeys = [
  "domain",
  "ops",
  "summary",
  "sem_ver_bump",
  "breaking_changes",
  "op",
  "address",
  "position",
  "child_ops",
  "child_domain",
  "child_summary",
  "content_id",
  "old_content_id",
  "new_content_id",
  "content_summary",
  "old_summary",
  "new_summary"
]

const ranksOf = (keys: ReadonlyArray<string>): ReadonlyMap<string, number> =>
  new Map(keys.map((key, rank) => [key, rank]))

const commitRanks = ranksOf(commitFieldNames)
const metadataRanks = ranksOf(metadataKeys)
const deltaRanks = ranksOf(deltaKeys)

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isList = (value: JsonValue): value is ReadonlyArray<JsonValue> => Array.isArray(value)

const inOrder = (object: JsonObject, ranks: ReadonlyMap<string, number>): ReadonlyArray<readonly [string, JsonValue]> =>
  Object.entries(object).toSorted(
    ([a], [b]) => (ranks.get(a) ?? ranks.size) - (ranks.get(b) ?? ranks.size) || (a < b ? -1 : 1)
  )

const deltaInOrder = (value: JsonValue): Ordered => {
  if (isList(value)) return value.map(deltaInOrder)
  if (!isObject(value)) return value
  return new Map(inOrder(value, deltaRanks).map(([key, member]) => [key, deltaInOrder(member)]))
}

const memberOf = (key: string, value: JsonValue): Ordered => {
  if (key === "metadata" && isObject(value)) return new Map(inOrder(value, metadataRanks))
  return key === "structured_delta" ? deltaInOrder(value) : value
}

/**
 * Writes the file of a commit. Fields beyond the 22 follow them: the client ignores unknown fields, and without
 * `hashed_parent_ids` the id of a commit made of three parents could not be recomputed here.
 */
export const commitText = (commit: Commit): string => {
  const record = commit.record as JsonObject
  return pythonJson(new Map(inOrder(record, commitRanks).map(([key, value]) => [key, memberOf(key, value)])))
}

const surrogate = /[\ud800-\udfff]/

/** Returns a key that sorts like the client's walk: in each folder the files by name, then the folders by name. */
const walkKey = (path: string): string => {
  const names = path.split("/")
  const file = names.pop() ?? ""
  // No name contains NUL, so a folder comes before those whose names begin with its own.
  return `${names.map((name) => `\u0002${name}\0`).join("")}\u0001${file}`
}

/** Returns the paths of a manifest in the order in which the client lists files. */
export const walkOrder = (manifest: Manifest): ReadonlyArray<string> => {
  const keyed = [...manifest.keys()].map((path) => [walkKey(path), path] as const)
  const byBytes = keyed.some(([key]) => surrogate.test(key))
  return keyed
    .toSorted(([a], [b]) => (byBytes ? Buffer.compare(Buffer.from(a), Buffer.from(b)) : a < b ? -1 : 1))
    .map(([, path]) => path)
}

/** Writes the file of a snapshot. Without a creation time the field is absent, which the client reads as now. */
export const snapshotText = ({ id, manifest, createdAt }: Snapshot): string =>
  pythonJson(
    new Map<string, Ordered>([
      ["snapshot_id", id],
      ["manifest", new Map(walkOrder(manifest).map((path) => [path, manifest.get(path) ?? ""]))],
      ...(createdAt === null ? [] : [["created_at", createdAt] as const])
    ])
  )

const objectIn = (text: string): Result.Result<JsonObject, string> =>
  Result.flatMap(
    Result.mapError(parseJson(text), ({ reason }) => `it is not JSON: ${reason}`),
    (json) => (isObject(json) ? Result.succeed(json) : Result.fail("it is not a JSON object"))
  )

/**
 * Reads the commit in a file and recomputes its id; fails with the reason. `candidates` is called only if the id could
 * be that of a commit made of three parents, which records two (docs/wire.md, section 1).
 */
export const commitIn = (
  text: string,
  id: CommitId,
  candidates: () => Iterable<CommitId>
): Result.Result<Commit, string> =>
  Result.gen(function* () {
    const record = yield* Result.mapError(commitRecord(yield* objectIn(text)), ({ reason }) => reason)
    const checked = checkCommit(record)
    const commit = yield* Result.mapError(
      Result.isFailure(checked) && mayHashMoreParents(record) ? proveHashedParents(record, candidates()) : checked,
      ({ message }) => message
    )
    return commit.id === id ? commit : yield* Result.fail(`it holds commit ${commit.id}`)
  })

/** Reads the snapshot in a file, still unchecked. */
const claimIn = (json: JsonObject): Result.Result<SnapshotClaim, string> => {
  const { snapshot_id: id, manifest, created_at: createdAt = null } = json
  if (typeof id !== "string") return Result.fail("it has no snapshot_id")
  if (manifest === undefined || !isObject(manifest)) return Result.fail("its manifest is not an object")
  if (createdAt !== null && typeof createdAt !== "string") return Result.fail("its created_at is not a string")
  return Result.succeed({ id, manifest: new Map(Object.entries(manifest)), createdAt })
}

/** Reads the snapshot in a file and recomputes its id; fails with the reason. */
export const snapshotIn = (
  text: string,
  id: SnapshotId,
  checker: SnapshotChecker = new SnapshotChecker(storedPathRefusal)
): Result.Result<Snapshot, string> =>
  Result.gen(function* () {
    const claim = yield* claimIn(yield* objectIn(text))
    const snapshot = yield* Result.mapError(checker.check(claim), ({ message }) => message)
    return snapshot.id === id ? snapshot : yield* Result.fail(`it holds snapshot ${snapshot.id}`)
  })

/** Returns the distinct blobs of a manifest. */
export const blobsOf = (manifest: Manifest): ReadonlySet<BlobId> => new Set(manifest.values())
