/**
 * Previews that were computed before, and those that are computed now. A preview depends on two commits alone: their
 * merge base, their trees and the rules at the target follow from them. So what is kept never has to be forgotten, and
 * requests for one preview share it.
 */
import { Context, Deferred, Effect, Exit, Layer, type Result, Scope, Semaphore } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import { orDefault } from "../../base/expected.ts"
import type { AttributesRefused } from "../../merge/Attributes.ts"
import type { TreeTooLarge } from "../../merge/TreeTooLarge.ts"
import type { CommitId, RepositoryId, SnapshotId } from "../../object/Id.ts"
import type { NameWarning } from "../../repository/NameWarning.ts"
import { HubBusy } from "../admission/Admission.ts"
import type { Governed } from "./governance/governing.ts"
import type { Conflict } from "./mergeErrors.ts"
import type { MergedTree } from "./mergedTree.ts"
import type { MergeReadError } from "./mergeSource.ts"

/** What a preview says of the tree of a merge, without its contents. */
export interface PreviewedTree {
  readonly outcome: MergedTree["outcome"]
  readonly bases: ReadonlyArray<CommitId>
  /** The first conflicts, sorted by path. */
  readonly conflicts: ReadonlyArray<Conflict>
  readonly conflictCount: number
  readonly snapshotId: SnapshotId | null
  readonly warnings: ReadonlyArray<NameWarning>
  /** What `.musegovernance.json` asks of the merge. */
  readonly governed: Governed
}

/** Two heads of a repository. */
export interface Heads {
  readonly repository: RepositoryId
  readonly ours: CommitId
  readonly theirs: CommitId
}

/** A tree, or why there is none as long as the heads are these. */
type Previewed = Result.Result<PreviewedTree, AttributesRefused | TreeTooLarge>

type PreviewError = HubBusy | MergeReadError

/** Returns a preview, computed if need be. The default keeps none, for the operator's commands; `layer` does. */
export const Previews = Context.Reference<{
  readonly of: <R>(
    heads: Heads,
    compute: Effect.Effect<Previewed, PreviewError, R>
  ) => Effect.Effect<Previewed, PreviewError, R>
}>("@musehub/domain/usecase/merges/Previews", { defaultValue: () => ({ of: (_heads, compute) => compute }) })

/** Bytes of all previews that are kept, about. */
const keptBytesMax = 16 * 1024 * 1024

/** Previews of one repository that run or wait. */
const underWayMax = 8

/** Counts the bytes of a preview in memory, about: two for each character, and what objects take. */
const weightOf = (previewed: Previewed): number => {
  if (previewed._tag === "Failure") return 1000 + 2 * previewed.failure.reason.length
  const { bases, conflicts, governed, warnings } = previewed.success
  const ofConflicts = conflicts.reduce((sum, { path }) => sum + 700 + 2 * path.length, 0)
  const ofWarnings = warnings.reduce((sum, { message, names }) => {
    return sum + 300 + 2 * (message.length + names[0].length + names[1].length)
  }, 0)
  // Their reviewers and strategies stay in memory with the document, or with the preview alone.
  const ofRules = governed.rules.reduce((sum, { path, reviewers }) => {
    return sum + 300 + 2 * path.length + 300 * orDefault(reviewers?.length, 0)
  }, 0)
  return 1000 + 200 * bases.length + ofConflicts + ofWarnings + ofRules
}

/** The previews of one repository that are under way: one runs, the others wait. */
class UnderWay {
  readonly turn = Semaphore.makeUnsafe(1)
  readonly flights = new Map<string, Deferred.Deferred<Previewed, PreviewError>>()
}

export const layer: Layer.Layer<never> = Layer.effect(
  Previews,
  Effect.gen(function* () {
    const scope = yield* Scope.Scope
    const kept = new BoundedMap<string, Previewed>()
    const repositories = new Map<RepositoryId, UnderWay>()

    /** Joins a preview that is under way, or computes it in a fiber that goes on when the first caller leaves. */
    const join = <R>(heads: Heads, key: string, compute: Effect.Effect<Previewed, PreviewError, R>) =>
      Effect.suspend(() => {
        const underWay = repositories.get(heads.repository) ?? new UnderWay()
        const flight = underWay.flights.get(key)
        if (flight !== undefined) return Effect.succeed(flight)
        if (underWay.flights.size >= underWayMax) return new HubBusy()
        const done = Deferred.makeUnsafe<Previewed, PreviewError>()
        repositories.set(heads.repository, underWay)
        underWay.flights.set(key, done)
        const landed = (exit: Exit.Exit<Previewed, PreviewError>) => {
          if (Exit.isSuccess(exit)) kept.set(key, exit.value, weightOf(exit.value))
          kept.trim({ weightMax: keptBytesMax })
          underWay.flights.delete(key)
          if (underWay.flights.size === 0) repositories.delete(heads.repository)
          return Deferred.done(done, exit)
        }
        const run = Effect.onExit(Effect.interruptible(underWay.turn.withPermit(compute)), landed)
        return Effect.as(Effect.forkIn(run, scope), done)
      })

    return {
      of: (heads, compute) =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            const key = `${heads.repository} ${heads.ours} ${heads.theirs}`
            const known = kept.touch(key)
            if (known !== undefined) return known
            return yield* restore(Deferred.await(yield* join(heads, key, compute)))
          })
        )
    }
  })
)
