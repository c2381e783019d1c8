/**
 * Packs the unpacked objects of a repository's reachable history, in the order in which a clone sends them. Packs are
 * made from objects that were read from the store and checked, and are recorded after they are stored. An interrupted
 * run leaves at most one unrecorded pack; the next run creates the same one.
 */
import { Effect, Option } from "effect"
import { concat } from "../../base/Bytes.ts"
import type { CommitNode } from "../../history/CommitNode.ts"
import { introducedByCommit } from "../../history/introductions.ts"
import { readBlob, readRecordBytes } from "../../invariant/ObjectReader.ts"
import { putPack } from "../../invariant/Packs.ts"
import type { CommitId, RepositoryId, Sha256 } from "../../object/Id.ts"
import { expected } from "../../base/expected.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectIndex, type ObjectRow } from "../../port/index/ObjectIndex.ts"
import { PackIndex } from "../../port/index/PackIndex.ts"
import { noReconstruction, Reconstruction } from "../../port/Reconstruction.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import type { ObjectStore, StoreUnavailable } from "../../port/ObjectStore.ts"
import type { StoredPack } from "../../port/Stored.ts"
import { storeConcurrency } from "../../port/storeConcurrency.ts"
import type { PackEntry } from "../../repository/Pack.ts"
import { frameBytes, frameHead, type MpackEntry } from "../../wire/mpack/Format.ts"
import { mpackOrder } from "../../wire/mpack/mpackOrder.ts"
import { packBounds, type PackBounds, packedBytesMax } from "./bounds.ts"

/** The result of a run. */
export interface Packed {
  readonly packs: number
  readonly objects: number
  /** The number of commits examined. */
  readonly commits: number
}

/** The number of commits that are packed and recorded together. */
const commitsPerRound = 1000

/** An object to pack, and the commit that introduces it. */
interface Item {
  readonly entry: PackEntry
  readonly commit: CommitId
}

/** The objects to pack for some commits, in stream order. */
interface Selection {
  readonly commits: ReadonlyArray<CommitNode>
  readonly items: ReadonlyArray<Item>
  /** The index rows of snapshots and commits. */
  readonly records: ReadonlyMap<string, ObjectRow>
}

const select = Effect.fnUntraced(function* (repository: RepositoryId, commits: ReadonlyArray<CommitNode>) {
  const commitIndex = yield* CommitIndex
  const objectIndex = yield* ObjectIndex
  const ids = commits.map(({ id }) => id)
  const snapshots = [...new Set(commits.map(({ snapshotId }) => snapshotId))]
  const introductions = yield* commitIndex.introducedBy(repository, ids)
  const records = new Map([
    ...(yield* objectIndex.rowsOf(repository, "snapshot", snapshots)),
    ...(yield* objectIndex.rowsOf(repository, "commit", ids))
  ])
  const introduced = yield* introducedByCommit(ids, introductions)
  const order = mpackOrder({
    commits: commits.map(({ id, snapshotId }) => ({
      id,
      snapshotId,
      introduces: expected(introduced.get(id), `the blobs that commit ${id} brings in`)
    })),
    snapshots,
    blobs: introductions.keys()
  })
  const items: Array<Item> = []
  let brought: Array<PackEntry> = []
  for (const entry of order) {
    const size = entry.type === "blob" ? introductions.get(entry.id)?.size : records.get(entry.id)?.size
    if (size !== undefined && size <= packedBytesMax) brought.push({ ...entry, size })
    if (entry.type !== "commit") continue
    for (const own of brought) items.push({ entry: own, commit: entry.id })
    brought = []
  }
  const selection: Selection = { commits, items, records }
  return selection
})

/** Splits the items into consecutive groups whose frames fill a pack. */
const cut = (items: ReadonlyArray<Item>, { contentBytesMax }: PackBounds): ReadonlyArray<ReadonlyArray<Item>> => {
  const packs: Array<Array<Item>> = []
  let bytes = Number.POSITIVE_INFINITY
  for (const item of items) {
    const frame = frameBytes(item.entry.type, item.entry.size)
    if (bytes + frame > contentBytesMax) {
      packs.push([])
      bytes = 0
    }
    packs.at(-1)?.push(item)
    bytes += frame
  }
  return packs
}

/** Reads and checks an object. Returns none if it is damaged or missing; it then stays loose. */
const contentOf = Effect.fnUntraced(function* (
  repository: RepositoryId,
  entry: MpackEntry,
  records: Selection["records"]
) {
  const read =
    entry.type === "blob"
      ? readBlob(repository, entry.id)
      : readRecordBytes({ repository, ...entry }, records.get(entry.id)?.sha256)
  return yield* read.pipe(
    Effect.map(Option.some),
    Effect.catchTag(["ObjectMissing", "ObjectCorrupt"], (error) =>
      Effect.as(Effect.logError("an object is left out of a pack", error), Option.none<Uint8Array>())
    )
  )
})

/** Creates one pack. Returns none if none of its objects can be read. */
const makePack = Effect.fnUntraced(function* (
  repository: RepositoryId,
  items: ReadonlyArray<Item>,
  records: Selection["records"]
) {
  const contents = yield* Effect.forEach(items, ({ entry }) => contentOf(repository, entry, records), {
    concurrency: storeConcurrency
  })
  const frames: Array<Uint8Array> = []
  const entries: Array<PackEntry> = []
  for (const [position, { entry }] of items.entries()) {
    const content = Option.getOrUndefined(expected(contents[position], `an answer about ${entry.type} ${entry.id}`))
    if (content === undefined) continue
    frames.push(frameHead(entry, content.byteLength), content)
    entries.push({ ...entry, size: content.byteLength })
  }
  if (entries.length === 0) return Option.none<StoredPack>()
  return Option.some(yield* putPack(repository, concat(frames), entries))
})

/** Packs a selection and records it. */
const packSelection = Effect.fnUntraced(function* (
  repository: RepositoryId,
  { commits, items, records }: Selection,
  bounds: PackBounds
) {
  const index = yield* PackIndex
  const packs: Array<StoredPack> = []
  const packsOf = new Map(commits.map(({ id }) => [id, new Set<Sha256>()]))
  for (const portion of cut(items, bounds)) {
    const pack = yield* makePack(repository, portion, records)
    if (Option.isNone(pack)) continue
    packs.push(pack.value)
    for (const { commit } of portion) packsOf.get(commit)?.add(pack.value.sha256)
  }
  yield* index.recordPacks({
    repository,
    packs,
    commits: new Map([...packsOf].map(([id, own]) => [id, [...own]]))
  })
  return { packs: packs.length, objects: packs.reduce((sum, pack) => sum + pack.entries.length, 0) }
})

export type PackHistoryError = StoreUnavailable | IndexUnavailable

/**
 * Packs a repository. A small rest is left for later, so that a history that grows commit by commit does not become as
 * many packs. Concurrent runs for the same repository duplicate work but do no harm.
 */
export const packHistory = Effect.fn("packHistory")(
  function* (
    repository: RepositoryId,
    bounds: PackBounds = packBounds
  ): Effect.fn.Return<Packed, PackHistoryError, CommitIndex | ObjectIndex | ObjectStore | PackIndex> {
    const index = yield* PackIndex
    let packed: Packed = { packs: 0, objects: 0, commits: 0 }
    for (;;) {
      const commits = yield* index.unpacked(repository, commitsPerRound)
      const selection = yield* select(repository, commits)
      if (selection.items.length < bounds.objectsMin && commits.length < commitsPerRound) {
        return packed
      }
      const { objects, packs } = yield* packSelection(repository, selection, bounds)
      packed = {
        packs: packed.packs + packs,
        objects: packed.objects + objects,
        commits: packed.commits + commits.length
      }
    }
  },
  // Objects that a legacy database stands in for are not in the store yet.
  Effect.provideService(Reconstruction, noReconstruction)
)
