/** Finds the commits that a pulling client already has. */
import { Effect } from "effect"
import { nearestAncestor } from "../../history/ancestry.ts"
import type { CommitId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { indexedGraph } from "../graph/commitGraph.ts"
import type { OpenRepository } from "../access/openRepository.ts"

export interface Negotiation {
  /** The commits of `have` that this repository has. */
  readonly acknowledged: ReadonlyArray<CommitId>
  /** The acknowledged ancestor that is nearest to the wanted commits. */
  readonly commonBase: CommitId | null
  /** Whether an acknowledged commit is, or is an ancestor of, a wanted one. More rounds are then useless. */
  readonly ready: boolean
}

/** Answers one round of negotiation (docs/wire.md, section 4). */
export const negotiate = Effect.fn("negotiate")(function* (
  open: OpenRepository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId>
): Effect.fn.Return<Negotiation, IndexUnavailable, CommitIndex | ObjectIndex> {
  const index = yield* ObjectIndex
  const { commits } = yield* index.known(open.id, { blobs: [], snapshots: [], commits: have })
  const graph = yield* indexedGraph(open.id, commits.values())
  const commonBase = (yield* nearestAncestor(graph, commits.keys(), want)) ?? null
  const acknowledged = have.filter((id) => commits.has(id))
  const negotiation: Negotiation = { acknowledged, commonBase, ready: commonBase !== null }
  return negotiation
})
