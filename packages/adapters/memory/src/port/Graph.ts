/** Walks the commit graph, and finds the commits of blobs and snapshots. */
import { byText } from "@musehub/domain/base/text/byText"
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import type { Introduction } from "@musehub/domain/history/introductions"
import type { BlobId, CommitId } from "@musehub/domain/object/Id"
import type { CommitIndex } from "@musehub/domain/port/index/CommitIndex"
import { pageOf } from "@musehub/domain/port/Page"
import { Effect } from "effect"
import { getOrSet } from "../rows/getOrSet.ts"
import { nodeOf, type RepositoryRows } from "../rows/RepositoryRows.ts"
import type { Rows } from "../rows/Rows.ts"

/** Returns the commits of each key; keys without any are left out. */
const commitsWith = <K>(
  keys: ReadonlyArray<K>,
  commitsOf: ReadonlyMap<K, ReadonlySet<CommitId>>
): ReadonlyMap<K, ReadonlyArray<CommitId>> =>
  new Map(
    keys.flatMap((key) => {
      const commits = commitsOf.get(key)
      return commits === undefined ? [] : [[key, [...commits]] as const]
    })
  )

const ancestry = (of: RepositoryRows, from: ReadonlyArray<CommitId>, limit: number) => {
  const found = new Map<CommitId, CommitNode>()
  const visit = (id: CommitId) => {
    const state = found.has(id) ? undefined : of.commits.get(id)
    if (state !== undefined) found.set(id, nodeOf(of, state.entry))
  }
  for (const id of from) visit(id)
  // A map's iteration includes entries added meanwhile, so this walks step by step away from `from`.
  for (const node of found.values()) {
    if (found.size >= limit) break
    for (const parent of node.parents) visit(parent)
  }
  return [...found.values()].slice(0, limit)
}

const introducedBy = (of: RepositoryRows, commits: ReadonlyArray<CommitId>) => {
  const introductions = new Map<BlobId, Introduction & { readonly commits: Array<CommitId> }>()
  for (const id of new Set(commits)) {
    for (const blob of new Set(of.commits.get(id)?.entry.introduces)) {
      // A blob without a row is the empty one, which counts as present everywhere.
      const size = of.blobs.get(blob)?.size ?? 0
      getOrSet(introductions, blob, () => ({ size, commits: [] })).commits.push(id)
    }
  }
  return introductions
}

export const make = (rows: Rows): Omit<CommitIndex["Service"], "recordAnnotation" | "remarks"> => ({
  ancestry: (repository, from, limit) => Effect.sync(() => ancestry(rows.of(repository), from, limit)),
  introducedBy: (repository, commits) => Effect.sync(() => introducedBy(rows.of(repository), commits)),
  introducersOf: (repository, blobs) => Effect.sync(() => commitsWith(blobs, rows.of(repository).introducers)),
  unintroducedBlobs: (repository, page) =>
    Effect.sync(() => {
      const { blobs, introducers } = rows.of(repository)
      const { items, next } = pageOf([...blobs.keys()].toSorted(byText), (id) => id, page)
      return { items: items.filter((id) => !introducers.has(id)), next }
    }),
  commitsOfSnapshots: (repository, snapshots) =>
    Effect.sync(() => commitsWith(snapshots, rows.of(repository).commitsOf)),
  recentCommits: (repository, limit) =>
    Effect.sync(() => [...rows.of(repository).commits.keys()].toReversed().slice(0, limit))
})
