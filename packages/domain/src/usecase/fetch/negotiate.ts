/** Finds the commits that a pulling client already has. */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Effect } from "effect"
import { nearestAncestor } from "../../history/ancestry.ts"
import type { CommitGraph } from "../../history/CommitGraph.ts"
import { allHeads } from "../../invariant/refs/heads.ts"
import type { RefsError } from "../../invariant/refs/RefChunks.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { CommitId } from "../../object/Id.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import { indexedGraph, storedGraph } from "../graph/commitGraph.ts"
import { fromIndexElse } from "../access/fromIndexElse.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { admitted, type HubBusy } from "../admission/Admission.ts"

export interface Negotiation {
  /** The commits of `have` that this repository has. */
  readonly acknowledged: ReadonlyArray<CommitId>
  /** The acknowledged ancestor that is nearest to the wanted commits. */
  readonly commonBase: CommitId | null
  /** Whether an acknowledged commit is, or is an ancestor of, a wanted one. More rounds are then useless. */
  readonly ready: boolean
}

/** Answers over a graph that has the acknowledged commits. */
const answerOver = Effect.fnUntraced(function* <E>(
  graph: CommitGraph<E>,
  want: ReadonlyArray<CommitId>,
  acknowledged: ReadonlyArray<CommitId>
) {
  const commonBase = (yield* nearestAncestor(graph, acknowledged, want)) ?? null
  const negotiation: Negotiation = { acknowledged, commonBase, ready: commonBase !== null }
  return negotiation
})

const negotiateByIndex = Effect.fnUntraced(function* (
  open: OpenRepository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId>
) {
  const index = yield* ObjectIndex
  const { commits } = yield* index.known(open.id, { blobs: [], snapshots: [], commits: have })
  const graph = yield* indexedGraph(open.id, commits)
  return yield* answerOver(
    graph,
    want,
    have.filter((id) => commits.has(id))
  )
})

const negotiateByStore = Effect.fnUntraced(function* (
  open: OpenRepository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId>
) {
  const graph = yield* storedGraph(open.id, yield* allHeads(open.root.value))
  return yield* answerOver(
    graph,
    want,
    have.filter((id) => graph.node(id) !== undefined)
  )
})

export type NegotiateError = HubBusy | ObjectReadError | RefsError

/** Answers one round of negotiation (docs/wire.md, section 4), from the store while the index is down. */
export const negotiate = Effect.fn("negotiate")(function* (
  open: OpenRepository,
  want: ReadonlyArray<CommitId>,
  have: ReadonlyArray<CommitId>
): Effect.fn.Return<Negotiation, NegotiateError, CommitIndex | ObjectIndex | ObjectStore | Packs | Roots> {
  return yield* admitted(
    "negotiate",
    fromIndexElse(open, negotiateByIndex(open, want, have), negotiateByStore(open, want, have))
  )
})
