/**
 * Puts large blobs, and makes the evidence of objects. An index row needs evidence, so a commit that exists only in the
 * database cannot be recorded. Everything but a large blob is put by `NewPacks`.
 */
import { Effect, Result } from "effect"
import { elementAt, expected } from "../base/expected.ts"
import { inSlices, type Slices } from "../base/Slices.ts"
import type { CanonicalObject } from "../object/CanonicalObject.ts"
import { openingCommit } from "../object/Commit.ts"
import {
  type BlobId,
  type CommitId,
  type IdOf,
  type ObjectType,
  type RepositoryId,
  Sha256,
  type SnapshotId
} from "../object/Id.ts"
import { stored } from "../port/internal/evidence.ts"
import { ObjectMissing, ObjectStore } from "../port/ObjectStore.ts"
import { immutablePath } from "../port/StoreKey.ts"
import type { Stored, ValueOf } from "../port/Stored.ts"
import { storeConcurrency } from "../port/storeConcurrency.ts"
import { decodedAs } from "./decodedAs.ts"
import { openedSnapshot } from "./ObjectReader.ts"
import { type ObjectName, type ObjectReadError, type PackedPlace, Packs } from "./packs/Packs.ts"

/** Puts a large blob under its own key. Returns its evidence, and whether the store lacked its right bytes. */
export const putLargeBlob = Effect.fnUntraced(function* (repository: RepositoryId, blob: CanonicalObject<"blob">) {
  const store = yield* ObjectStore
  const { type, id, size, sha256 } = blob
  const { damage } = yield* Packs
  const { outcome, storageUri } = yield* store.put(repository, blob)
  damage.forgetBlob(repository, id)
  if (outcome === "replaced") {
    yield* Effect.logWarning(`${immutablePath({ repository, type, id })} was damaged, and is replaced`)
  }
  return {
    created: outcome !== "identical",
    blob: stored({ repository, type, id, value: null, size, sha256, storageUri })
  }
})

/** Makes evidence for an object in a pack, whose value was decoded from its bytes there. */
const packedEvidence = <T extends ObjectType>(
  { object, pack }: PackedPlace,
  type: T,
  id: IdOf[T],
  value: ValueOf[T]
): Stored<T> => {
  const { size, sha256 } = object
  return stored({ repository: pack.repository, type, id, value, size, sha256, storageUri: pack.uriOf(object) })
}

const found = Effect.fnUntraced(function* (repository: RepositoryId, names: ReadonlyArray<ObjectName>) {
  const packs = yield* Packs
  const places = yield* packs.find(repository, names)
  const missing = names[places.indexOf(undefined)]
  if (missing !== undefined) return yield* new ObjectMissing({ repository, type: missing.type, id: missing.id })
  return places.map((place) => expected(place, "a place"))
})

/** Makes evidence for blobs. Does not read their bytes. */
export const witnessBlobs = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<BlobId>) {
  const store = yield* ObjectStore
  const packs = yield* Packs
  const places = yield* packs.find(
    repository,
    ids.map((id) => ({ type: "blob", id }))
  )
  const large = yield* Effect.forEach(
    ids.filter((_, position) => places[position] === undefined),
    Effect.fnUntraced(function* (id) {
      const { size, storageUri } = yield* store.head({ repository, type: "blob", id })
      return stored({ repository, type: "blob", id, value: null, size, sha256: Sha256.make(id), storageUri })
    }),
    { concurrency: storeConcurrency }
  )
  const others = large.values()
  return ids.map((id, position) => {
    const place = places[position]
    return place === undefined ? expected(others.next().value, "its evidence") : packedEvidence(place, "blob", id, null)
  })
})

const decodedSnapshot = Effect.fnUntraced(function* (
  repository: RepositoryId,
  id: SnapshotId,
  read: Result.Result<Uint8Array, ObjectReadError>
) {
  const bytes = yield* Effect.fromResult(read)
  return yield* openedSnapshot(repository, id, bytes)
})

/** Makes evidence for stored snapshots, which are read and decoded unless that was done lately. */
export const witnessSnapshots = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<SnapshotId>) {
  const places = yield* found(
    repository,
    ids.map((id) => ({ type: "snapshot", id }))
  )
  const { read, recent } = yield* Packs
  const known = places.map(({ object }, position) => recent.find(elementAt(ids, position), object.sha256))
  const bytes = (yield* read(places.filter((_, position) => known[position] === undefined))).values()
  return yield* Effect.forEach(
    places,
    Effect.fnUntraced(function* (place, position) {
      const id = elementAt(ids, position)
      const value =
        known[position] ?? (yield* decodedSnapshot(repository, id, expected(bytes.next().value, "its bytes")))
      recent.remember(value, place.object)
      return packedEvidence(place, "snapshot", id, value)
    })
  )
})

/** Commits that are decoded in one slice. */
const sliceCommits = 64

/** Makes evidence for commits from the bytes at their places, in slices. */
const openingCommits = function* (
  places: ReadonlyArray<PackedPlace>,
  read: ReadonlyArray<Result.Result<Uint8Array, ObjectReadError>>
): Slices<Result.Result<Array<Stored<"commit">>, ObjectReadError>> {
  const commits: Array<Stored<"commit">> = []
  for (const [position, place] of places.entries()) {
    if ((position + 1) % sliceCommits === 0) yield
    const { repository } = place.pack
    const id = place.object.id as CommitId
    const bytes = elementAt(read, position)
    if (Result.isFailure(bytes)) return Result.fail(bytes.failure)
    const commit = decodedAs({ repository, type: "commit", id }, yield* openingCommit(bytes.success))
    if (Result.isFailure(commit)) return Result.fail(commit.failure)
    commits.push(packedEvidence(place, "commit", id, commit.success))
  }
  return Result.succeed(commits)
}

/** Makes evidence for stored commits, which are read and decoded. */
export const witnessCommits = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<CommitId>) {
  const places = yield* found(
    repository,
    ids.map((id) => ({ type: "commit", id }))
  )
  const read = yield* (yield* Packs).read(places)
  return yield* Effect.fromResult(yield* inSlices(() => openingCommits(places, read)))
})
