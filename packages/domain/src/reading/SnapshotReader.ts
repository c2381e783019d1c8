/**
 * Reads the trees of snapshots: from memory, from the manifests that the index keeps, or from the store. Readers of the
 * same tree at the same time share one read.
 */
import { Context, Effect, Layer } from "effect"
import { SharedReads } from "../base/sharing/SharedReads.ts"
import { inSlices } from "../base/Slices.ts"
import { type ObjectReadError, readSnapshot } from "../invariant/ObjectReader.ts"
import { Packs } from "../invariant/packs/Packs.ts"
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

/** Keeps trees of up to `bytesMax` bytes together. */
export const layerOf = (bytesMax: number): Layer.Layer<SnapshotReader> =>
  Layer.sync(SnapshotReader, () => {
    const trees = new SharedReads<string, Tree>(bytesMax, ({ weight }) => weight)
    const nameOf = (repository: RepositoryId, snapshot: SnapshotId) => `${repository}/${snapshot}`
    return {
      kept: (repository, snapshot) => trees.get(nameOf(repository, snapshot)),
      tree: (source, snapshot) => trees.getOrRead(nameOf(source.id, snapshot), readTree(source, snapshot))
    }
  })

export const layer = layerOf(keptBytesMax)
