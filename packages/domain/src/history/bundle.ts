/** A set of commits that arrived together, put in order: parents before children, seen from its tip. */
import type { Commit } from "../object/Commit.ts"
import type { BlobId, CommitId } from "../object/Id.ts"
import type { Manifest } from "../object/Manifest.ts"

export interface OrderedBundle {
  /** The tip and its ancestors within the bundle, parents before children. */
  readonly commits: ReadonlyArray<Commit>
  /** Parents that the bundle does not hold. */
  readonly outside: ReadonlyArray<CommitId>
}

/**
 * Orders what of a bundle the tip leads to. Iterative, since histories are long; ids are hashes, so there is no
 * cycle.
 */
export const orderBundle = (bundle: ReadonlyMap<CommitId, Commit>, tip: CommitId): OrderedBundle => {
  const commits: Array<Commit> = []
  const outside = new Set<CommitId>()
  const entered = new Set<CommitId>()
  const stack: Array<{ readonly id: CommitId; readonly leaving: boolean }> = [{ id: tip, leaving: false }]
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const commit = bundle.get(top.id)
    if (commit === undefined) {
      outside.add(top.id)
    } else if (top.leaving) {
      commits.push(commit)
    } else if (!entered.has(top.id)) {
      entered.add(top.id)
      stack.push({ id: top.id, leaving: true })
      for (const id of commit.parents) if (!entered.has(id)) stack.push({ id, leaving: false })
    }
  }
  return { commits, outside: [...outside] }
}

/**
 * Blobs of a manifest that none of the parents' manifests has: what a commit brings in. Whatever a history's snapshots
 * hold, some commit of that history brought in.
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
