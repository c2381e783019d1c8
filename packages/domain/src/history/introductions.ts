/** Which blobs commits bring in: those of their snapshots that none of their parents' snapshots has. */
import type { BlobId, CommitId } from "../object/Id.ts"
import type { Manifest } from "../object/Manifest.ts"

/** A blob that commits bring in. */
export interface Introduction {
  /** Count of its bytes. */
  readonly size: number
  /** Which of the commits that were asked about bring it in; each once. */
  readonly commits: ReadonlyArray<CommitId>
}

/**
 * Blobs of a manifest that none of the parents' manifests has. Every blob of a history's snapshots is brought in by
 * some commit of that history.
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

/** Returns for each of these commits the given blobs that it brings in, in ascending order. */
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
