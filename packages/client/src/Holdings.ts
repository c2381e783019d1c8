/**
 * The part of a history that is already stored locally, as the next fetch sends it in `have` and `have_blobs`.
 * Everything that a ref reaches was complete when the ref was written. After an interruption there may be more objects;
 * of those, only what is proven complete counts.
 */
import { BlobId, type CommitId, emptyBlobId } from "@musehub/domain/object/Id"
import type { MpackHolds } from "@musehub/domain/wire/mpack/History"
import { Effect, Option, Schema } from "effect"
import { LocalDamage } from "./errors.ts"
import { LocalHistory, type Node } from "./history.ts"
import { filesAtOnce, type FolderError } from "./layout/Files.ts"
import { objectFile, objectsFolder, unfinishedFile } from "./layout/names.ts"
import { blobsOf } from "./layout/records.ts"
import type { Repository } from "./layout/Repository.ts"

export interface Holdings {
  /**
   * Complete commits: they and all their ancestors are stored with their content. Contains the tips, which stand for
   * the rest.
   */
  readonly tips: ReadonlySet<CommitId>
  /** Stored commits that lack an ancestor or content. */
  readonly incomplete: ReadonlySet<CommitId>
  /** Blobs that arrived without their commit, the latest last. */
  readonly strays: ReadonlySet<BlobId>
}

/** Returns the commits that refs name and that are stored. */
const ofRefs = Effect.fnUntraced(function* (repository: Repository) {
  const refs = [...(yield* repository.refs)]
  return new Set(yield* Effect.filter(refs, (id) => repository.hasCommit(id), { concurrency: filesAtOnce }))
})

/** Returns the commits and all their ancestors. */
const behind = Effect.fnUntraced(function* (history: LocalHistory, tips: Iterable<CommitId>) {
  const seen = new Set<CommitId>(tips)
  for (const id of seen) for (const parent of (yield* history.node(id)).parents) seen.add(parent)
  return seen
})

const isBlobId = Schema.is(BlobId)

/** Returns the blobs that were written since the interrupted operation began, except those of complete commits. */
const straysOf = Effect.fnUntraced(function* (repository: Repository, accounted: ReadonlySet<BlobId>) {
  const { files } = repository
  const begun = Option.getOrElse(yield* files.modifiedMillis(unfinishedFile), () => 0)
  const ids = (yield* files.filesBelow(objectsFolder)).map((name) => name.replace("/", "")).filter(isBlobId)
  const timed = yield* Effect.forEach(
    ids.filter((id) => !accounted.has(id)),
    (id) =>
      Effect.map(files.modifiedMillis(objectFile(id)), (millis) => ({ id, millis: Option.getOrElse(millis, () => 0) })),
    { concurrency: filesAtOnce }
  )
  const since = timed.filter(({ millis }) => millis >= begun).toSorted((a, b) => a.millis - b.millis)
  return new Set(since.map(({ id }) => id))
})

/** Examines every stored commit, also those that no ref reaches. */
const withLeftovers = Effect.fnUntraced(function* (repository: Repository, refs: ReadonlySet<CommitId>) {
  const history = new LocalHistory(repository)
  const complete = yield* behind(history, refs)
  const tips = new Set(refs)
  const incomplete = new Set<CommitId>()
  const presentBlobs = new Set<BlobId>([emptyBlobId])
  /** The blobs of complete commits. */
  const accounted = new Set<BlobId>([emptyBlobId])

  const hasContent = Effect.fnUntraced(function* ({ snapshotId }: Node) {
    if (!(yield* repository.hasSnapshot(snapshotId))) return false
    const { manifest } = yield* repository.snapshot(snapshotId)
    const unseen = [...blobsOf(manifest)].filter((id) => !presentBlobs.has(id))
    const found = yield* Effect.filter(unseen, (id) => repository.hasBlob(id), { concurrency: filesAtOnce })
    for (const id of found) presentBlobs.add(id)
    if (found.length < unseen.length) return false
    for (const id of manifest.values()) accounted.add(id)
    return true
  })
  // A file that does not match its name counts as missing.
  const unlessDamaged = <A, B, E>(effect: Effect.Effect<A, E | LocalDamage>, otherwise: B): Effect.Effect<A | B, E> =>
    Effect.catchIf(
      effect,
      (error): error is LocalDamage => error instanceof LocalDamage,
      () => Effect.succeed(otherwise)
    )

  const judge = Effect.fnUntraced(function* (first: CommitId) {
    const stack = [first]
    for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
      const node = complete.has(id) || incomplete.has(id) ? undefined : yield* unlessDamaged(history.node(id), null)
      const waiting = node?.parents.filter((parent) => !complete.has(parent) && !incomplete.has(parent)) ?? []
      if (node !== undefined && node !== null && waiting.length > 0) {
        stack.push(...waiting)
        continue
      }
      stack.pop()
      if (node === undefined) continue
      const isComplete =
        node !== null &&
        node.parents.every((parent) => complete.has(parent)) &&
        (yield* unlessDamaged(hasContent(node), false))
      if (node === null || !isComplete) incomplete.add(id)
      else {
        complete.add(id)
        for (const parent of node.parents) tips.delete(parent)
        tips.add(id)
      }
    }
  })
  for (const id of yield* repository.commitIds) yield* judge(id)
  const strays = yield* straysOf(repository, accounted)
  const holdings: Holdings = { tips, incomplete, strays }
  return holdings
})

/**
 * Finds what is stored locally. `leftovers` says whether an operation was interrupted; then every commit is examined.
 */
export const holdingsOf = Effect.fnUntraced(function* (repository: Repository, leftovers: boolean) {
  const refs = yield* ofRefs(repository)
  if (leftovers) return yield* withLeftovers(repository, refs)
  const holdings: Holdings = { tips: refs, incomplete: new Set(), strays: new Set() }
  return holdings
})

/** Tells the decoder of a stream which objects are stored locally, so that arriving objects may refer to them. */
export const holdsOf =
  (repository: Repository, { incomplete }: Holdings): MpackHolds<FolderError> =>
  ({ commits, snapshots, blobs }) =>
    Effect.map(
      Effect.all([
        Effect.filter(
          commits.filter((id) => !incomplete.has(id)),
          (id) => repository.hasCommit(id),
          { concurrency: filesAtOnce }
        ),
        Effect.filter(snapshots, (id) => repository.hasSnapshot(id), { concurrency: filesAtOnce }),
        Effect.filter(blobs, (id) => repository.hasBlob(id), { concurrency: filesAtOnce })
      ]),
      ([heldCommits, heldSnapshots, heldBlobs]) => ({
        commits: new Set(heldCommits),
        snapshots: new Set(heldSnapshots),
        blobs: new Set(heldBlobs)
      })
    )
