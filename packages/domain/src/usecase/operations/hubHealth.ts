/**
 * Tells operators how the hub is, within a request: from the store a few notes that commands left there, and from the
 * index what it can do and what is left to derive. Each part may fail alone.
 */
import { Effect, Option, type Result } from "effect"
import type { DrillReport } from "../../hub/DrillReport.ts"
import type { IndexReport } from "../../hub/IndexReport.ts"
import type { ProbeReport } from "../../hub/ProbeReport.ts"
import type { VerificationReport } from "../../hub/verification/VerificationReport.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { ObjectCorrupt } from "../../object/Refused.ts"
import {
  DerivationIndex,
  type DeriverName,
  deriverNames,
  pendingCountedMax
} from "../../port/index/derived/DerivationIndex.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { RepositoryIndex } from "../../port/index/RepositoryIndex.ts"
import { ObjectStore, type StoreUnavailable } from "../../port/ObjectStore.ts"
import { extractorInUse } from "../../reading/symbols/extractorText.ts"
import { requireOperator } from "../access/Operators.ts"
import type { Forbidden, Principal, Unauthenticated } from "../access/policy.ts"
import { lastDrill } from "./drill/drillHub.ts"
import { lastProbe } from "./probe.ts"
import { lastVerification } from "./verify/verifyNoted.ts"

/**
 * Count of the commits from which each deriver has not derived yet; of `marks`, of the identities. Each is counted up
 * to `pendingCountedMax`.
 */
export type Pending = { readonly [D in DeriverName]: number }

export type PartError = ObjectCorrupt | StoreUnavailable | IndexUnavailable

/** A part of what is told, or why it is not known now. */
export type Part<A> = Result.Result<A, PartError>

export interface Health {
  /** Where the objects are stored. */
  readonly objectStore: string
  /** Where the index is. */
  readonly index: string
  /** What extracts symbols, with its version; null: they are not extracted. */
  readonly extractor: string | null
  /** Null: the store was never probed. */
  readonly probe: Part<ProbeReport | null>
  readonly indexReport: Part<IndexReport>
  readonly pending: Part<Pending>
  /** Null: verify was never run to its end. */
  readonly verification: Part<VerificationReport | null>
  /** Null: no drill came to its end. */
  readonly drill: Part<DrillReport | null>
}

export type HealthError = Forbidden | Unauthenticated

/** Counts what is left to derive, in one repository or in all. */
export const pendingWork = Effect.fnUntraced(function* (repository?: RepositoryId) {
  const { pendingCommits } = yield* DerivationIndex
  const counts = yield* Effect.forEach(
    deriverNames,
    (name) => Effect.map(pendingCommits(name, repository, pendingCountedMax), (count) => [name, count] as const),
    { concurrency: deriverNames.length }
  )
  return Object.fromEntries(counts) as Pending
})

const orNull = <A, E, R>(effect: Effect.Effect<Option.Option<A>, E, R>) => Effect.map(effect, Option.getOrNull)

/** Reads how the hub is, for one of its operators. */
export const hubHealth = Effect.fn("hubHealth")(function* (
  principal: Principal | null
): Effect.fn.Return<Health, HealthError, DerivationIndex | ObjectStore | RepositoryIndex> {
  yield* requireOperator(principal)
  const store = yield* ObjectStore
  const index = yield* RepositoryIndex
  const extractor = yield* extractorInUse
  const parts = yield* Effect.all(
    {
      probe: Effect.result(orNull(lastProbe())),
      indexReport: Effect.result(index.probe),
      pending: Effect.result(pendingWork()),
      verification: Effect.result(orNull(lastVerification())),
      drill: Effect.result(orNull(lastDrill()))
    },
    { concurrency: 5 }
  )
  return {
    objectStore: store.location,
    index: index.location,
    extractor,
    ...parts
  }
})
