/**
 * Reads the trees of snapshots: from memory, from the manifests that the index keeps, or from the store. Readers of the
 * same tree at the same time share one read.
 */
import { Context, Effect, Layer, Result } from "effect"
import { elementAt } from "../base/expected.ts"
import { SharedReads } from "../base/sharing/SharedReads.ts"
import { inSlices } from "../base/Slices.ts"
import { type ObjectReadError, openedSnapshot, readSnapshot } from "../invariant/ObjectReader.ts"
import { type PackedPlace, Packs } from "../invariant/packs/Packs.ts"
import type { RepositoryId, SnapshotId } from "../object/Id.ts"
import type { ObjectIndex } from "../port/index/ObjectIndex.ts"
import type { ObjectStore } from "../port/ObjectStore.ts"
import { keptManifests, type ManifestSource } from "./keptManifests.ts"
import { Tree } from "./Tree.ts"

/**
 * Bytes of the trees in memory. An entry counts as at least 72 bytes, so they have some 930,000 entries at most. One
 * that is larger stays until the next tree is read.
 */
const keptBytesMax = 64 * 1024 * 1024

export class SnapshotReader extends Context.Service<
  SnapshotReader,
  {
    /** Returns a tree that is in memory. */
    readonly kept: (repository: RepositoryId, snapshot: SnapshotId) => Tree | undefined
    /** Reads a tree. Without the index, or if what that has is damaged, from the store. */
    readonly tree: (
      source: ManifestSource,
      snapshot: SnapshotId
    ) => Effect.Effect<Tree, ObjectReadError, ObjectIndex | ObjectStore | Packs>
    /**
     * Reads trees that will be asked for next together, from the packs, up to half of what is kept. Leaves out those
     * that cannot be read.
     */
    readonly readAhead: (
      repository: RepositoryId,
      snapshots: Iterable<SnapshotId>
    ) => Effect.Effect<void, ObjectReadError, Packs>
  }
>()("@musehub/domain/reading/SnapshotReader") {}

/**
 * Reads a manifest. The index does not keep what a reader has read: whoever looks at old commits would evict those that
 * the next push needs.
 */
const readManifest = Effect.fnUntraced(function* (source: ManifestSource, id: SnapshotId) {
  const { recent } = yield* Packs
  const written = recent.manifest(id)
  if (written !== undefined) return written
  const kept = yield* Effect.catchTag(keptManifests(source, [id]), "IndexUnavailable", (error) =>
    Effect.as(Effect.logDebug("reading a manifest from the store", error), undefined)
  )
  return kept?.get(id) ?? (yield* readSnapshot(source.id, id)).snapshot.manifest
})

const readTree = Effect.fn("SnapshotReader.read")(function* (source: ManifestSource, id: SnapshotId) {
  const manifest = yield* readManifest(source, id)
  return yield* inSlices(() => Tree.building(id, manifest))
})

/** Reads the manifests of these snapshots from the packs, as many as have `bytesMax` stored bytes together. */
const readPacked = Effect.fn("SnapshotReader.readPacked")(function* (
  repository: RepositoryId,
  snapshots: ReadonlyArray<SnapshotId>,
  bytesMax: number
) {
  const packs = yield* Packs
  const names = snapshots.map((id) => ({ type: "snapshot", id }) as const)
  const places: Array<PackedPlace> = []
  let bytes = 0
  for (const place of yield* packs.find(repository, names)) {
    if (place === undefined) continue
    bytes += place.object.size
    if (bytes > bytesMax) break
    places.push(place)
  }
  const trees: Array<Tree> = []
  for (const [position, content] of (yield* packs.read(places, { ahead: true })).entries()) {
    if (Result.isFailure(content)) continue
    const id = elementAt(places, position).object.id as SnapshotId
    const opened = yield* Effect.result(openedSnapshot(repository, id, content.success))
    if (Result.isFailure(opened)) continue
    const { manifest } = opened.success
    trees.push(yield* inSlices(() => Tree.building(id, manifest)))
  }
  return trees
})

/** Keeps trees of up to `bytesMax` bytes together. */
export const layerOf = (bytesMax: number): Layer.Layer<SnapshotReader> =>
  Layer.sync(SnapshotReader, () => {
    const trees = new SharedReads<string, Tree>(bytesMax, ({ weight }) => weight)
    const nameOf = (repository: RepositoryId, snapshot: SnapshotId) => `${repository}/${snapshot}`
    return {
      kept: (repository, snapshot) => trees.get(nameOf(repository, snapshot)),
      tree: (source, snapshot) => trees.getOrRead(nameOf(source.id, snapshot), readTree(source, snapshot)),
      readAhead: Effect.fnUntraced(function* (repository: RepositoryId, snapshots: Iterable<SnapshotId>) {
        const { recent } = yield* Packs
        const isElsewhere = (id: SnapshotId) =>
          trees.get(nameOf(repository, id)) === undefined && recent.manifest(id) === undefined
        const missing = [...new Set(snapshots)].filter(isElsewhere)
        if (missing.length < 2) return
        for (const tree of yield* readPacked(repository, missing, bytesMax / 2)) {
          trees.set(nameOf(repository, tree.id), tree)
        }
      })
    }
  })

export const layer = layerOf(keptBytesMax)
