/**
 * Reads objects from the store for use and for serving. Every read recomputes the id, so damage in the store is noticed
 * here and not in a clone. The full check of the canonical form belongs to verify.
 */
import { Effect, Result, Stream } from "effect"
import { elementAt } from "../base/expected.ts"
import { inSlices } from "../base/Slices.ts"
import { incrementalSha256, sha256 } from "../object/Digest.ts"
import type { BlobId, CommitId, RepositoryId, SnapshotId } from "../object/Id.ts"
import { type Commit, openingCommit } from "../object/Commit.ts"
import { ObjectCorrupt } from "../object/Refused.ts"
import { openingSnapshot } from "../object/Snapshot.ts"
import { objectText } from "../port/StoreKey.ts"
import { storeConcurrency } from "../port/storeConcurrency.ts"
import { decodedAs } from "./decodedAs.ts"
import { batchesOf } from "./packs/batchesOf.ts"
import { Packs } from "./packs/Packs.ts"
import { loseBlob, servedBytes, servedStream } from "./servedObjects.ts"

export type { ObjectReadError } from "./packs/Packs.ts"

/** Decodes a commit from its stored bytes. */
export const openedCommit = (repository: RepositoryId, id: CommitId, bytes: Uint8Array) =>
  Effect.flatMap(
    inSlices(() => openingCommit(bytes)),
    (opened) => Effect.fromResult(decodedAs({ repository, type: "commit", id }, opened))
  )

/** Decodes a snapshot from its stored bytes. */
export const openedSnapshot = (repository: RepositoryId, id: SnapshotId, bytes: Uint8Array) =>
  Effect.flatMap(
    inSlices(() => openingSnapshot(bytes)),
    (opened) => Effect.fromResult(decodedAs({ repository, type: "snapshot", id }, opened))
  )

export const readCommit = Effect.fnUntraced(function* (repository: RepositoryId, id: CommitId) {
  const bytes = yield* servedBytes({ repository, type: "commit", id })
  return { commit: yield* openedCommit(repository, id, bytes), storedBytes: bytes.byteLength }
})

/** Commits that are decoded in one slice. */
const sliceCommits = 100

/**
 * Reads commits, those of packs together, and returns what `of` makes of each, in their order. Beside that it holds a
 * mebibyte of them at a time.
 */
export const readCommits = Effect.fnUntraced(function* <A>(
  repository: RepositoryId,
  ids: ReadonlyArray<CommitId>,
  of: (commit: Commit, storedBytes: number) => A
) {
  const packs = yield* Packs
  const places = yield* packs.find(
    repository,
    ids.map((id) => ({ type: "commit", id }))
  )
  const made: Array<A> = []
  for (const batch of batchesOf(ids.map((id, position) => ({ id, place: places[position] })))) {
    if ("single" in batch) {
      const { commit, storedBytes } = yield* readCommit(repository, batch.single.id)
      made.push(of(commit, storedBytes))
      continue
    }
    const { run } = batch
    const read = yield* packs.read(
      run.map(({ place }) => place),
      { blocksAtOnce: storeConcurrency }
    )
    const failure = yield* inSlices(function* () {
      for (const [position, { id }] of run.entries()) {
        const bytes = elementAt(read, position)
        if (Result.isFailure(bytes)) return bytes.failure
        const commit = decodedAs({ repository, type: "commit", id }, yield* openingCommit(bytes.success))
        if (Result.isFailure(commit)) return commit.failure
        made.push(of(commit.success, bytes.success.byteLength))
        if ((position + 1) % sliceCommits === 0) yield
      }
      return undefined
    })
    if (failure !== undefined) return yield* failure
  }
  return made
})

export const readSnapshot = Effect.fnUntraced(function* (repository: RepositoryId, id: SnapshotId) {
  const bytes = yield* servedBytes({ repository, type: "snapshot", id })
  return { snapshot: yield* openedSnapshot(repository, id, bytes), storedBytes: bytes.byteLength }
})

/** Reads a blob whole and checks its hash: a clone crashes on a wrong one. */
export const readBlob = Effect.fnUntraced(function* (repository: RepositoryId, id: BlobId) {
  const key = { repository, type: "blob", id } as const
  const bytes = yield* servedBytes(key)
  const computed = sha256(bytes)
  if (computed === (id as string)) return bytes
  yield* loseBlob(key)
  return yield* new ObjectCorrupt({ key: objectText(key), reason: `they hash to ${computed}` })
})

/**
 * Streams a blob's stored bytes and checks their hash. Each chunk is held back until the next arrives, and the last
 * until the hash is checked. So a stream of wrong bytes fails before its end, even for a reader that counts them.
 */
export const streamBlob = (repository: RepositoryId, id: BlobId) =>
  Stream.suspend(() => {
    const key = { repository, type: "blob", id } as const
    const hash = incrementalSha256()
    let last: Uint8Array | undefined
    const check = Stream.suspend(() => {
      const computed = hash.digest()
      if (computed !== (id as string)) {
        const damaged = new ObjectCorrupt({ key: objectText(key), reason: `they hash to ${computed}` })
        return Stream.fromEffect(Effect.andThen(loseBlob(key), Effect.fail(damaged)))
      }
      return last === undefined ? Stream.empty : Stream.succeed(last)
    })
    return servedStream(key).pipe(
      // A read without a range asks for no bytes outside of the object.
      Stream.catchTag("RangeOutside", Stream.die),
      Stream.map((chunk) => {
        hash.update(chunk)
        const before = last
        last = chunk
        return before
      }),
      Stream.filter((before) => before !== undefined),
      Stream.concat(check)
    )
  })
