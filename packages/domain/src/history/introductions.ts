/** Which blobs a commit introduces: those in its snapshot that are in no parent's snapshot. */
import { Effect } from "effect"
import { atOnce, eachInSlices, sliceEntries, type Slices } from "../base/Slices.ts"
import type { BlobId, CommitId } from "../object/Id.ts"
import type { Manifest } from "../object/Manifest.ts"

/** A blob that commits introduce. */
export interface Introduction {
  /** Bytes of the blob. */
  readonly size: number
  /** The commits among those asked about that introduce it, without repeats. */
  readonly commits: ReadonlyArray<CommitId>
}

/**
 * Finds the blobs of a manifest that are in no parent's manifest. Every blob of a history's snapshots is introduced by
 * some commit of that history.
 */
export const findingIntroduced = function* (
  manifest: Manifest,
  parents: ReadonlyArray<Manifest>
): Slices<ReadonlyArray<BlobId>> {
  const introduced = new Set<BlobId>()
  let seen = 0
  for (const [path, blob] of manifest) {
    if (++seen % sliceEntries === 0) yield
    if (!parents.some((parent) => parent.get(path) === blob)) introduced.add(blob)
  }
  // A parent may have one at another path.
  for (const parent of introduced.size === 0 ? [] : parents) {
    for (const blob of parent.values()) {
      if (++seen % sliceEntries === 0) yield
      introduced.delete(blob)
    }
  }
  return [...introduced]
}

/** Returns the blobs that `findingIntroduced` finds, without a pause. */
export const introducedBlobs = (manifest: Manifest, parents: ReadonlyArray<Manifest>): ReadonlyArray<BlobId> =>
  atOnce(findingIntroduced(manifest, parents))

/** Returns for each of these commits which of the given blobs it introduces, in ascending order. */
export const introducedByCommit = Effect.fnUntraced(function* (
  commits: Iterable<CommitId>,
  introductions: ReadonlyMap<BlobId, Introduction>,
  blobs: { readonly has: (id: BlobId) => boolean } = introductions
) {
  const brought = new Map<CommitId, Array<BlobId>>()
  yield* eachInSlices(commits, (id) => brought.set(id, []))
  yield* eachInSlices(introductions, ([blob, introduction]) => {
    if (!blobs.has(blob)) return
    for (const commit of introduction.commits) brought.get(commit)?.push(blob)
  })
  yield* eachInSlices(brought, ([id, blobIds]) => brought.set(id, blobIds.toSorted()))
  const introduced: ReadonlyMap<CommitId, ReadonlyArray<BlobId>> = brought
  return introduced
})
