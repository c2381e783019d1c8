/** Finds what a client that pulls already has. */
import { Effect } from "effect"
import { nearestAncestor } from "../../history/ancestry.ts"
import type { CommitId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { indexedGraph } from "../graph/commitGraph.ts"
import type { OpenRepository } from "../access/openRepository.ts"

export interface Negotiation {
  /** The commits of `have` that this repository has. */
  readonly acknowledged: ReadonlyArray<CommitId>
  /** The acknowledged commit nearest to what is wanted among those that lead to it. */
  readonly commonBase: CommitId | null
  /** Whether some acknowledged commit is, or leads to, a wanted one, so that asking on is useless. */
  readonly ready: boolean
}

/** Answers one round of questions (docs/wire.md, section 4). */
export const negotiate = Effect.fn("negotiate")(function* (
  open: OpenRepository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId>
) {
  const index = yield* ObjectIndex
  const { commits } = yield* index.known(open.id, { blobs: [], snapshots: [], commits: have })
  const graph = yield* indexedGraph(open.id, commits.values())
  const commonBase = (yield* nearestAncestor(graph, commits.keys(), want)) ?? null
  const acknowledged = have.filter((id) => commits.has(id))
  const negotiation: Negotiation = { acknowledged, commonBase, ready: commonBase !== null }
  return negotiation
})
