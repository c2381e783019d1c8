/**
 * Packing beside the requests. Whoever makes history, or sees that much of it lies loose, says so and goes on; a hub
 * that is stopped before it came to it is told again by the next clone.
 */
import { PackIndex } from "../../port/index/PackIndex.ts"
import { CommitIndex } from "../../port/index/CommitIndex.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import { Context, type Duration, Effect, FiberMap, FiberSet, Layer, Semaphore } from "effect"
import type { RepositoryId } from "../../object/Id.ts"
import { ObjectStore } from "../../port/ObjectStore.ts"
import { packHistory } from "./packHistory.ts"

/** Asks for a repository to be packed before long. Nobody does it unless `layer` is there. */
export const Packing = Context.Reference<{ readonly request: (repository: RepositoryId) => Effect.Effect<void> }>(
  "@musehub/domain/usecase/packs/Packing",
  { defaultValue: () => ({ request: () => Effect.void }) }
)

/** What a repository is packed from, and where its packs are recorded. */
type PackSource = ObjectStore | ObjectIndex | CommitIndex | PackIndex

/**
 * Packs what is asked for: each repository so long after the first request, so that what comes in a row is packed
 * together, and one repository at a time.
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
          Effect.flatMap(({ commits, objects, packs }) =>
            Effect.logDebug(`repository ${repository}: ${objects} objects of ${commits} commits in ${packs} packs`)
          ),
          Effect.catch((error) => Effect.logWarning(`repository ${repository} is not packed`, error)),
          // Nobody waits for it, so nobody else would say so.
          Effect.catchDefect((defect) => Effect.logError(`repository ${repository} is not packed`, defect)),
          Effect.provideContext(storage)
        )
      // Only those that wait count as asked for: what comes while a repository is packed is packed after that.
      const packLater = (repository: RepositoryId) =>
        Effect.andThen(Effect.sleep(delay), FiberSet.run(working, one.withPermit(pack(repository))))
      return {
        request: (repository) => FiberMap.run(waiting, repository, packLater(repository), { onlyIfMissing: true })
      }
    })
  )
