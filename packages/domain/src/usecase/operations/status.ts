/**
 * Reports the status of the hub: the locations of its store and index, their counts, what was deleted and can be
 * brought back, the last probe of the store, the last drill, and what the last adoption left behind.
 */
import { Effect, Option } from "effect"
import type { DerivationIndex } from "../../port/index/derived/DerivationIndex.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import type { DrillReport } from "../../hub/DrillReport.ts"
import type { AdoptionReport } from "../../hub/verification/AdoptionReport.ts"
import type { IndexReport } from "../../hub/IndexReport.ts"
import type { ProbeReport } from "../../hub/ProbeReport.ts"
import type { Roots } from "../../invariant/Roots.ts"
import { lastAdoption } from "./adoptionNote.ts"
import { type Deleted, deletedRepositories } from "./deletions.ts"
import { lastDrill } from "./drill/drillHub.ts"
import { type Pending, pendingWork } from "./hubHealth.ts"
import { lastProbe } from "./probe.ts"
import { extractorInUse } from "../../reading/symbols/extractorText.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"

export interface Status {
  /** Where the objects are stored. */
  readonly objectStore: string
  /** Where the index is. */
  readonly index: string
  readonly counts: Effect.Success<RepositoryIndex["Service"]["counts"]>
  readonly pending: Pending
  /** Repositories that were deleted and can be brought back, those first that were deleted first. */
  readonly deleted: ReadonlyArray<Deleted>
  /** What extracts symbols, with its version; null: they are not extracted. */
  readonly extractor: string | null
  /** What the index can do at the moment. */
  readonly indexProbe: IndexReport
  /** Null: the store was never probed. */
  readonly probe: ProbeReport | null
  /** Null: no drill came to its end. */
  readonly drill: DrillReport | null
  /** Null: no legacy hub was taken over. */
  readonly adoption: AdoptionReport | null
}

export type StatusError = ObjectCorrupt | StoreUnavailable | IndexUnavailable

/** Needs both the store and the index; a failure names the one that is unavailable. */
export const status = Effect.fn("status")(function* (): Effect.fn.Return<
  Status,
  StatusError,
  DerivationIndex | ObjectStore | RepositoryIndex | Roots
> {
  const store = yield* ObjectStore
  const index = yield* RepositoryIndex
  const extractor = yield* extractorInUse
  const [counts, pending, indexProbe, probed, drilled, adopted, deleted] = yield* Effect.all(
    [index.counts, pendingWork(), index.probe, lastProbe(), lastDrill(), lastAdoption(), deletedRepositories()],
    { concurrency: 4 }
  )
  return {
    objectStore: store.location,
    index: index.location,
    counts,
    pending,
    deleted,
    extractor,
    indexProbe,
    probe: Option.getOrNull(probed),
    drill: Option.getOrNull(drilled),
    adoption: Option.getOrNull(adopted)
  }
})
