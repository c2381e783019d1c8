/** The blobs that commits bring in, from the index's answer by blob to an order by commit. */
import type { BlobId, CommitId } from "../object/Id.ts"
import type { Introduction } from "../port/IndexStore.ts"

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
