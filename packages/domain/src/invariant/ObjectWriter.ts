/**
 * Puts large blobs, and makes the evidence of objects. An index row needs evidence, so a commit that exists only in the
 * database cannot be recorded. Everything but a large blob is put by `NewPacks`.
 */
import { Effect, type Result } from "effect"
import { elementAt, expected } from "../base/expected.ts"
import type { CanonicalObject } from "../object/CanonicalObject.ts"
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
import { openedCommit, openedSnapshot } from "./ObjectReader.ts"
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
  return yield* Effect.forEach(names, ({ id, type }, position) => {
    const place = places[position]
    return place === undefined ? Effect.fail(new ObjectMissing({ repository, type, id })) : Effect.succeed(place)
  })
})

/** Makes evidence for blobs. Does not read their bytes. */
export const witnessBlobs = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<BlobId>) {
  const store = yield* ObjectStore
  const packs = yield* Packs
  const places = yield* packs.find(
    repository,
    ids.map((id) => ({ type: "blob", id }))
  )
  return yield* Effect.forEach(
    ids,
    Effect.fnUntraced(function* (id, position) {
      const place = places[position]
      if (place !== undefined) return packedEvidence(place, "blob", id, null)
      const { size, storageUri } = yield* store.head({ repository, type: "blob", id })
      return stored({ repository, type: "blob", id, value: null, size, sha256: Sha256.make(id), storageUri })
    }),
    { concurrency: storeConcurrency }
  )
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

/** Makes evidence for stored commits, which are read and decoded. */
export const witnessCommits = Effect.fnUntraced(function* (repository: RepositoryId, ids: ReadonlyArray<CommitId>) {
  const places = yield* found(
    repository,
    ids.map((id) => ({ type: "commit", id }))
  )
  const read = yield* (yield* Packs).read(places)
  return yield* Effect.forEach(places, (place, position) => {
    const id = elementAt(ids, position)
    return Effect.fromResult(elementAt(read, position)).pipe(
      Effect.flatMap((bytes) => openedCommit(repository, id, bytes)),
      Effect.map((value) => packedEvidence(place, "commit", id, value))
    )
  })
})
