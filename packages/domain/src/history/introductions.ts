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

/** Of these blobs those that each commit brings in, in ascending order. */
export const introducedByCommit = (
  introductions: ReadonlyMap<BlobId, Introduction>,
  blobs: { readonly has: (id: BlobId) => boolean }
): ReadonlyMap<CommitId, ReadonlyArray<BlobId>> => {
  const brought = new Map<CommitId, Array<BlobId>>()
  for (const [blob, { commits }] of introductions) {
    if (!blobs.has(blob)) continue
    for (const commit of commits) {
      const others = brought.get(commit)
      if (others === undefined) brought.set(commit, [blob])
      else others.push(blob)
    }
  }
  for (const ids of brought.values()) ids.sort()
  return brought
}
