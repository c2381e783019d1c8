/** The manifests that the index keeps. It is a cache, so one that does not give its snapshot's id counts as absent. */
import { Effect } from "effect"
import { inSlices } from "../base/Slices.ts"
import type { RepositoryId, SnapshotId } from "../object/Id.ts"
import { identifying, type Manifest } from "../object/Manifest.ts"
import { ObjectIndex } from "../port/index/ObjectIndex.ts"

/** A repository, and whether its index is available. */
export interface ManifestSource {
  readonly id: RepositoryId
  readonly indexed: boolean
}

/** Returns those of these manifests that the index keeps unharmed; none while it is not available. */
export const keptManifests = Effect.fnUntraced(function* (
  source: ManifestSource,
  snapshots: ReadonlyArray<SnapshotId>
) {
  const sound = new Map<SnapshotId, Manifest>()
  if (!source.indexed) return sound
  const index = yield* ObjectIndex
  for (const [id, manifest] of yield* index.manifests(source.id, snapshots)) {
    if ((yield* inSlices(() => identifying(manifest))) === id) sound.set(id, manifest)
    else yield* Effect.logWarning(`the index has a damaged manifest of snapshot ${id} of repository ${source.id}`)
  }
  return sound
})
