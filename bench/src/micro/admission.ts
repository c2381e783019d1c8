/** What it costs to admit a piece of heavy work that finds a place at once. Run: `node bench/src/micro/admission.ts` */
import { CurrentOrigin } from "@musehub/domain/port/Audit"
import { admitted, layer } from "@musehub/domain/usecase/admission/Admission"
import { Effect, Layer } from "effect"
import { bench, run, summary } from "mitata"

const times = 1000

const repeated = <A, E>(work: Effect.Effect<A, E>): Effect.Effect<void, E> =>
  Effect.forEach(Array.from({ length: times }).keys(), () => work, { discard: true })

const origin = { requestId: null, address: "203.0.113.1", token: null, user: null }

const admission = Layer.fresh(layer({ placesMax: 4, waitingMax: 64, waitMillisMax: 1000 }))

summary(() => {
  bench(`${times} times nothing`, () => Effect.runPromise(repeated(Effect.void)))
  bench(`${times} times nothing, admitted`, () =>
    Effect.runPromise(
      repeated(admitted("list", Effect.void)).pipe(
        Effect.provideService(CurrentOrigin, origin),
        Effect.provide(admission)
      )
    ))
})

await run()
