/**
 * Derives in the background. A request that moved a root asks for it and goes on. The list of what is left is in the
 * index, so what a hub does not do, because it stopped or lost the index, any hub of the same database does later.
 */
import { Context, type Duration, Effect, Layer, Metric, Option, Queue, Semaphore } from "effect"
import { counter } from "../../base/counter.ts"
import type { RepositoryId } from "../../object/Id.ts"
import { DerivationIndex } from "../../port/index/derived/DerivationIndex.ts"
import { RandomId } from "../../port/RandomId.ts"
import type { SnapshotReader } from "../../reading/SnapshotReader.ts"
import type { Repository } from "../../repository/Root.ts"
import { derivedTrees, deriveRounds, type DeriveServices, type WorkingDeriver } from "./deriveRounds.ts"
import { GivingWay } from "./GivingWay.ts"
import { workingDerivers } from "./workingDerivers.ts"

/** The deriving of a hub. The default does nothing; `layer` does the work. */
export const Deriving = Context.Reference<{
  /** Requests that a repository be derived from soon. */
  readonly request: (repository: Repository) => Effect.Effect<void>
  /** Handles a request that changes something, to which derivers give way. */
  readonly givingWayTo: GivingWay["to"]
}>("@musehub/domain/usecase/derive/Deriving", {
  defaultValue: () => ({ request: () => Effect.void, givingWayTo: (request) => request })
})

const commitsDerived = counter(
  "musehub_commits_derived_total",
  "Commits, or identities, from which was derived, by deriver"
)
const deriveFailures = counter("musehub_derive_failures_total", "Times that deriving stopped because of a failure")

export interface DerivingOptions {
  /** How long to wait after a request, so that pushes in a row are worked at together. */
  readonly delay: Duration.Input
  /** How often to look for work that nobody asked for here, such as that of a hub that stopped. */
  readonly pause: Duration.Input
}

const defaults: DerivingOptions = { delay: "250 millis", pause: "30 seconds" }

/** Runs a deriver: first where that was asked for, then where else work is left. Returns how to ask. */
const running = Effect.fnUntraced(function* (
  working: WorkingDeriver,
  turn: Effect.Effect<void>,
  { delay, pause }: DerivingOptions
) {
  const { deriver, isFor } = working
  const services = yield* Effect.context<DeriveServices | SnapshotReader>()
  const work = yield* DerivationIndex
  const holder = (yield* RandomId)()
  const asked = new Set<RepositoryId>()
  const wake = yield* Queue.sliding<void>(1)
  const derived = Metric.withAttributes(commitsDerived, { deriver: deriver.name })

  const derive = (repository: RepositoryId) =>
    deriveRounds(working, repository, holder, { told: (commits) => Metric.update(derived, commits), turn })

  /** Works at whatever nobody works at, from one repository to the next. */
  const sweep = Effect.gen(function* () {
    let next = yield* work.repositoryToDerive(deriver.name, undefined)
    while (Option.isSome(next)) {
      yield* deriveAsked
      yield* derive(next.value)
      next = yield* work.repositoryToDerive(deriver.name, next.value)
    }
  })

  const deriveAsked = Effect.gen(function* () {
    for (const repository of asked) {
      asked.delete(repository)
      yield* derive(repository)
    }
  })

  const once = Effect.gen(function* () {
    // A later hub of the same database decides what rows mean.
    if (!(yield* work.startDeriver(deriver))) return
    yield* deriveAsked
    yield* sweep
  }).pipe(
    Effect.onError(() => Metric.update(deriveFailures, 1)),
    Effect.catch((error) => Effect.logWarning(`${deriver.name} are not derived for now`, error)),
    // The fiber is not awaited, so a defect would otherwise go unreported.
    Effect.catchDefect((defect) => Effect.logError(`${deriver.name} are not derived for now`, defect)),
    Effect.provideContext(services)
  )

  const waitForWork = Effect.timeoutOption(Queue.take(wake), pause).pipe(
    Effect.flatMap((woken) => (Option.isSome(woken) ? Effect.sleep(delay) : Effect.void))
  )
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(once, waitForWork)))
  return (repository: Repository) =>
    Effect.suspend(() => {
      if (!isFor(repository)) return Effect.void
      asked.add(repository.id)
      return Queue.offer(wake, undefined)
    })
})

/** Returns a deriver whose rounds wait for those of others, so that what rounds hold in memory is there once. */
const oneAtATime =
  (one: Semaphore.Semaphore) =>
  ({ round, ...working }: WorkingDeriver): WorkingDeriver => ({
    ...working,
    round: (repository, goOn) => one.withPermit(round(repository, goOn))
  })

/** Runs all derivers, each at one repository at a time, a round of one after a round of another. */
export const layer = (options: DerivingOptions = defaults): Layer.Layer<never, never, DeriveServices> =>
  Layer.effect(
    Deriving,
    Effect.gen(function* () {
      const working = Array.from((yield* workingDerivers).values(), oneAtATime(Semaphore.makeUnsafe(1)))
      const way = new GivingWay()
      const requests = yield* Effect.forEach(working, (each) => running(each, way.turn, options))
      return {
        request: (repository) => Effect.forEach(requests, (request) => request(repository), { discard: true }),
        givingWayTo: way.to
      }
    })
  ).pipe(Layer.provide(derivedTrees))
