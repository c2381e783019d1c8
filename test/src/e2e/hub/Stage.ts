/** One hub that the tests of a suite share, with two users; each test works in a repository of its own. */
import { layer, type Vitest } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { type Backend, describeBackends, describeInMemory, freshStorage } from "./backends.ts"
import { type Hub, startHub, tokenFor } from "./Hub.ts"
import { createRepository, type NewRepository, type Target } from "../muse/MuseClient.ts"

export class Stage extends Context.Service<
  Stage,
  {
    readonly hub: Hub
    readonly ada: string
    readonly bob: string
    /** Creates a repository of ada's. */
    readonly repository: (options?: NewRepository) => Effect.Effect<Target>
  }
>()("@musehub/test/e2e/Stage") {}

const stageOn = (backend: Backend): Layer.Layer<Stage> =>
  Layer.effect(
    Stage,
    Effect.gen(function* () {
      const hub = yield* startHub(yield* freshStorage(backend))
      const ada = yield* tokenFor(hub, "ada")
      const bob = yield* tokenFor(hub, "bob")
      let made = 0
      const repository = (options?: NewRepository) =>
        Effect.suspend(() => {
          made += 1
          return createRepository(hub.url, ada, `ada/repository-${made}`, options)
        })
      return Stage.of({ hub, ada, bob, repository })
    })
  )

type Tests = (it: Vitest.MethodsNonLive<Stage>) => void

const onStage =
  (tests: Tests) =>
  (backend: Backend): void =>
    layer(stageOn(backend), { excludeTestServices: true })(tests)

/** Registers the tests once for each backend, over one hub each. Clocks are real. */
export const describeOnStages = (name: string, tests: Tests): void => describeBackends(name, onStage(tests))

/** Registers the tests on memory alone. */
export const describeOnMemoryStage = (name: string, tests: Tests): void => describeInMemory(name, onStage(tests))
