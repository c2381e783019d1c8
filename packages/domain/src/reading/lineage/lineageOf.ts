/** Reads lineages from the index, and keeps those that were used last: a commit never gets other ancestors. */
import { Context, Effect } from "effect"
import { SharedReads } from "../../base/sharing/SharedReads.ts"
import { inSlices } from "../../base/Slices.ts"
import type { CommitId, RepositoryId } from "../../object/Id.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { Lineage, type Placed } from "./Lineage.ts"

/** Bytes of the lineages in memory, some 700,000 commits. A longer one stays until the next is read. */
const keptBytesMax = 32 * 1024 * 1024

/** The lineages in memory. */
const Lineages = Context.Reference<SharedReads<string, Lineage>>("@musehub/domain/reading/lineage/Lineages", {
  defaultValue: () => new SharedReads(keptBytesMax, ({ weight }) => weight)
})

/** Commits that are read together: more rows would hold the event loop. */
const portion = 4096

const read = Effect.fn("lineageOf.read")(function* (repository: RepositoryId, head: CommitId) {
  const { ancestry } = yield* CommitIndex
  const nodes = new Map<CommitId, Placed>()
  let frontier: ReadonlyArray<CommitId> = [head]
  const absent = new Set<CommitId>()
  while (frontier.length > 0) {
    const asked = frontier.slice(0, portion)
    const loaded = yield* ancestry(repository, asked, portion)
    const next = new Set(frontier.slice(portion))
    for (const node of loaded) nodes.set(node.id, { node, place: -1 })
    for (const id of asked) if (!nodes.has(id)) absent.add(id)
    for (const { parents } of loaded) for (const id of parents) next.add(id)
    frontier = [...next].filter((id) => !nodes.has(id) && !absent.has(id))
  }
  return yield* inSlices(() => Lineage.building(nodes))
})

/** Returns a commit with all its ancestors that the index has. */
export const lineageOf = Effect.fnUntraced(function* (repository: RepositoryId, head: CommitId) {
  const lineages = yield* Lineages
  const name = `${repository}/${head}`
  const lineage = yield* lineages.getOrRead(name, read(repository, head))
  // What was lost may be restored.
  if (!lineage.isWhole) lineages.drop(name)
  return lineage
})
