/** Which blobs a commit introduces: those in its snapshot that are in no parent's snapshot. */
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
 * Returns the blobs of a manifest that are in no parent's manifest. Every blob of a history's snapshots is introduced
 * by some commit of that history.
 */
export const introducedBlobs = (manifest: Manifest, parents: ReadonlyArray<Manifest>): ReadonlyArray<BlobId> => {
  const introduced = new Set<BlobId>()
  const inherited = parents.map((parent) => new Set(parent.values()))
  for (const [path, blob] of manifest) {
    if (parents.some((parent) => parent.get(path) === blob)) continue
    if (!inherited.some((blobs) => blobs.has(blob))) introduced.add(blob)
  }
  return [...introduced]
}

/** Returns for each of these commits which of the given blobs it introduces, in ascending order. */
export const introducedByCommit = (
  commits: Iterable<CommitId>,
  introductions: ReadonlyMap<BlobId, Introduction>,
  blobs: { readonly has: (id: BlobId) => boolean } = introductions
): ReadonlyMap<CommitId, ReadonlyArray<BlobId>> => {
  const brought = new Map(Array.from(commits, (id): [CommitId, Array<BlobId>] => [id, []]))
  for (const [blob, introduction] of introductions) {
    if (!blobs.has(blob)) continue
    for (const commit of introduction.commits) brought.get(commit)?.push(blob)
  }
  for (const ids of brought.values()) ids.sort()
  return brought
}
