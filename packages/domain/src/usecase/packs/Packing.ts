/**
 * Merges packs in the background. A request that adds a pack asks for it and goes on. If the hub stops first, the next
 * push asks again.
 */
import type { Packs } from "../../invariant/packs/Packs.ts"
import { Context, type Duration, Effect, FiberMap, FiberSet, Layer, Metric, Semaphore } from "effect"
import { counter } from "../../base/counter.ts"
import type { Roots } from "../../invariant/Roots.ts"
import type { RepositoryId } from "../../object/Id.ts"
import type { ObjectStore } from "../../port/ObjectStore.ts"
import type { PackRef } from "../../repository/PackRef.ts"
import type { CatchUpServices } from "../recovery/catchUp.ts"
import { mergePacks } from "./mergePacks.ts"
import { strikeReplaced } from "./strike.ts"

/** Requests that the packs of a repository be merged soon. The default does nothing; `layer` does the work. */
export const Packing = Context.Reference<{ readonly request: (repository: RepositoryId) => Effect.Effect<void> }>(
  "@musehub/domain/usecase/packs/Packing",
  { defaultValue: () => ({ request: () => Effect.void }) }
)

const packsMerged = counter("musehub_packs_merged_total", "Packs that were merged into larger ones")
const mergeFailures = counter(
  "musehub_pack_merge_failures_total",
  "Times that packs of a repository could not be merged"
)

/** How long packs stay that the root names no longer: readers may be at work with an earlier root. */
const graceMinutes = 15

type Services = CatchUpServices | ObjectStore | Packs | Roots

/**
 * Merges the packs of each requested repository `delay` after its first request, so that packs which arrive in a row
 * are merged together. Merges those of one repository at a time, and deletes the old ones when no reader needs them.
 */
export const layer = (delay: Duration.Input): Layer.Layer<never, never, Services> =>
  Layer.effect(
    Packing,
    Effect.gen(function* () {
      const services = yield* Effect.context<Services>()
      const waiting = yield* FiberMap.make<RepositoryId>()
      const working = yield* FiberSet.make()
      const one = Semaphore.makeUnsafe(1)

      const deleteLater = (repository: RepositoryId, packs: ReadonlyArray<PackRef>) =>
        strikeReplaced(
          repository,
          packs.map(({ sha256 }) => sha256)
        ).pipe(
          Effect.delay(`${graceMinutes} minutes`),
          Effect.catch((error) => Effect.logWarning("packs that were merged are not deleted", error)),
          Effect.provideContext(services)
        )

      const merge = (repository: RepositoryId) =>
        mergePacks(repository).pipe(
          Effect.tap(({ merged }) => Metric.update(packsMerged, merged.length)),
          Effect.tap(({ merged }) => FiberSet.run(working, deleteLater(repository, merged))),
          Effect.onError(() => Metric.update(mergeFailures, 1)),
          Effect.catch((error) => Effect.logWarning(`the packs of repository ${repository} are not merged`, error)),
          // The fiber is not awaited, so a defect would otherwise go unreported.
          Effect.catchDefect((defect) =>
            Effect.logError(`the packs of repository ${repository} are not merged`, defect)
          ),
          Effect.provideContext(services)
        )
      // Only waiting requests are merged: a request that arrives while its repository is at work leads to another run.
      const mergeLater = (repository: RepositoryId) =>
        Effect.andThen(Effect.sleep(delay), FiberSet.run(working, one.withPermit(merge(repository))))
      return {
        request: (repository) => FiberMap.run(waiting, repository, mergeLater(repository), { onlyIfMissing: true })
      }
    })
  )
