/**
 * Packs repositories in the background. A request that creates history, or finds many unpacked objects, asks for
 * packing and goes on. If the hub stops first, the next clone asks again.
 */
import { counter } from "../../base/counter.ts"
import { PackIndex } from "../../port/index/PackIndex.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { Context, type Duration, Effect, FiberMap, FiberSet, Layer, Metric, Semaphore } from "effect"
import type { RepositoryId } from "../../object/Id.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { packHistory } from "./packHistory.ts"

/** Requests that a repository be packed soon. The default does nothing; `layer` does the work. */
export const Packing = Context.Reference<{ readonly request: (repository: RepositoryId) => Effect.Effect<void> }>(
  "@musehub/domain/usecase/packs/Packing",
  { defaultValue: () => ({ request: () => Effect.void }) }
)

const packsWritten = counter("musehub_packs_written_total", "Packs that were written")
const packedObjects = counter("musehub_packed_objects_total", "Objects that were put into packs")
const packingFailures = counter("musehub_packing_failures_total", "Times that a repository could not be packed")

/** The services that packing reads from and records in. */
type PackSource = ObjectStore | ObjectIndex | CommitIndex | PackIndex

/**
 * Packs each requested repository `delay` after its first request, so that objects which arrive in a row are packed
 * together. Packs one repository at a time.
 */
export const layer = (delay: Duration.Input): Layer.Layer<never, never, PackSource> =>
  Layer.effect(
    Packing,
    Effect.gen(function* () {
      const storage = yield* Effect.context<PackSource>()
      const waiting = yield* FiberMap.make<RepositoryId>()
      const working = yield* FiberSet.make()
      const one = Semaphore.makeUnsafe(1)
      const pack = (repository: RepositoryId) =>
        packHistory(repository).pipe(
          Effect.tap(({ packs }) => Metric.update(packsWritten, packs)),
          Effect.tap(({ objects }) => Metric.update(packedObjects, objects)),
          Effect.flatMap(({ commits, objects, packs }) =>
            Effect.logDebug(`repository ${repository}: ${objects} objects of ${commits} commits in ${packs} packs`)
          ),
          Effect.onError(() => Metric.update(packingFailures, 1)),
          Effect.catch((error) => Effect.logWarning(`repository ${repository} is not packed`, error)),
          // The fiber is not awaited, so a defect would otherwise go unreported.
          Effect.catchDefect((defect) => Effect.logError(`repository ${repository} is not packed`, defect)),
          Effect.provideContext(storage)
        )
      // Only waiting requests are merged: a request that arrives while its repository is packed leads to another run.
      const packLater = (repository: RepositoryId) =>
        Effect.andThen(Effect.sleep(delay), FiberSet.run(working, one.withPermit(pack(repository))))
      return {
        request: (repository) => FiberMap.run(waiting, repository, packLater(repository), { onlyIfMissing: true })
      }
    })
  )
