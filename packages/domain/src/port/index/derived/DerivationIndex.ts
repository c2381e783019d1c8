/**
 * The work of derivers: what is made from commits beside the requests, such as touches. Recording a commit adds it to
 * the work of each deriver of commits in the same transaction, and reflecting the root of an identity adds that to the
 * work of `marks` (`MarkIndex.ts`). What a deriver makes is a function of immutable objects and of its version, so
 * losing it costs time only.
 */
import { Context, type Effect, type Option } from "effect"
import type { CommitId, RepositoryId, SnapshotId } from "../../../object/Id.ts"
import type { IndexUnavailable } from "../IndexUnavailable.ts"

/** The derivers that have all commits as their work. */
export const commitDeriverNames = ["touches", "lines", "symbols"] as const

/** The derivers of an index. The work of `marks` is each identity whose root moved. */
export const deriverNames = [...commitDeriverNames, "marks"] as const
export type DeriverName = (typeof deriverNames)[number]

export interface Deriver {
  readonly name: DeriverName
  /** 1 or more. A greater version makes all rows anew. */
  readonly version: number
}

/** The work of a deriver in one repository. */
export interface DerivationOf {
  readonly deriver: DeriverName
  readonly repository: RepositoryId
}

/** A commit from which nothing was derived yet. */
export interface UnderivedCommit {
  readonly id: CommitId
  readonly generation: number
  readonly snapshotId: SnapshotId
  /** The snapshots of its parents, in their order; undefined if the index lacks one of the parents. */
  readonly parents: ReadonlyArray<SnapshotId> | undefined
}

/** How far a request counts commits that are left: after a rebuild they are all that there are. */
export const pendingCountedMax = 100_000

export class DerivationIndex extends Context.Service<
  DerivationIndex,
  {
    /**
     * Says that a deriver of this version is at work. Deletes what an earlier version made, and gives the deriver all
     * its work. Returns false, and changes nothing, if a later version has been at work.
     */
    readonly startDeriver: (deriver: Deriver) => Effect.Effect<boolean, IndexUnavailable>
    /** Deletes what a deriver made in a repository, and gives it all its work there. */
    readonly deriveAgain: (of: DerivationOf) => Effect.Effect<void, IndexUnavailable>
    /** Returns the next repository, in ascending order of id, with work that nobody holds. */
    readonly repositoryToDerive: (
      deriver: DeriverName,
      after: RepositoryId | undefined
    ) => Effect.Effect<Option.Option<RepositoryId>, IndexUnavailable>
    /**
     * Takes the work in a repository for some milliseconds, or longer if the holder has it already. Returns false while
     * another one holds it.
     */
    readonly holdDerivation: (
      of: DerivationOf,
      holder: string,
      millis: number
    ) => Effect.Effect<boolean, IndexUnavailable>
    /** Gives the work back, if the holder has it. */
    readonly releaseDerivation: (of: DerivationOf, holder: string) => Effect.Effect<void, IndexUnavailable>
    /** Returns commits that are left, least generation first, without those that were put off; none to `marks`. */
    readonly underived: (
      of: DerivationOf,
      limit: number
    ) => Effect.Effect<ReadonlyArray<UnderivedCommit>, IndexUnavailable>
    /** Passes over these commits until `resumeDerivation`: what they need cannot be read. They stay pending. */
    readonly putOff: (
      of: DerivationOf,
      commits: ReadonlyArray<Pick<UnderivedCommit, "generation" | "id">>
    ) => Effect.Effect<void, IndexUnavailable>
    /** Takes up again what was put off. */
    readonly resumeDerivation: (of: DerivationOf) => Effect.Effect<void, IndexUnavailable>
    /**
     * Counts the commits that are left, in one repository or in all; of `marks`, the identities. It counts no further
     * than `atMost`.
     */
    readonly pendingCommits: (
      deriver: DeriverName,
      repository?: RepositoryId,
      atMost?: number
    ) => Effect.Effect<number, IndexUnavailable>
  }
>()("@musehub/domain/port/index/derived/DerivationIndex") {}
