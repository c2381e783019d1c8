/**
 * Admits heavy work: plans, merges, previews, borrowed history, lists. A bounded number of pieces runs at once, a few
 * more wait for a short time, and the rest is refused, so that no caller stops the hub for the others. What is heavy
 * says so in its type: it needs `Admitted`, which only `admitted` provides.
 */
import { Clock, Context, Effect, Layer, Metric, Option, Schema, Scope } from "effect"
import { counter } from "../../base/counter.ts"
import { errorKind } from "../../base/ErrorKind.ts"
import { callerKey, CurrentOrigin, type Origin } from "../../port/Audit.ts"
import { type Place, type PlaceCaller, type PlaceLimits, Places } from "./Places.ts"

/** The kinds of heavy work, for the metrics. */
export const workKinds = ["plan", "negotiate", "merge", "preview", "borrow", "difference", "list"] as const

export type WorkKind = (typeof workKinds)[number]

/** The hub has as much heavy work as it takes, or the caller has its share of it. */
export class HubBusy extends Schema.TaggedError<HubBusy>()("HubBusy", { kind: errorKind("busy") }) {
  override get message() {
    return "the hub is busy with other requests of this kind; send the request again in a few seconds"
  }
}

/** Evidence that the work runs in a place for heavy work. */
export class Admitted extends Context.Service<Admitted, { readonly kind: WorkKind }>()(
  "@musehub/domain/usecase/admission/Admitted"
) {}

export interface AdmissionLimits extends PlaceLimits {
  /** The longest time that work waits for a place. */
  readonly waitMillisMax: number
}

/** Gives out places. The default has them without end, for the operator's commands; `layer` has limits. */
const Admission = Context.Reference<{
  /** Takes a place for heavy work until the scope closes. */
  readonly enter: (kind: WorkKind) => Effect.Effect<void, HubBusy, Scope.Scope>
  /** Takes a place for a large result until the scope closes. */
  readonly keep: Effect.Effect<void, HubBusy, Scope.Scope>
}>("@musehub/domain/usecase/admission/Admission", {
  defaultValue: () => ({ enter: () => Effect.void, keep: Effect.void })
})

const running = Metric.gauge("musehub_heavy_work_running", {
  description: "Pieces of heavy work that run, by kind"
})
const waiting = Metric.gauge("musehub_heavy_work_waiting", {
  description: "Pieces of heavy work that wait for a place, by kind"
})
const refused = counter("musehub_heavy_work_refused_total", "Pieces of heavy work that found no place in time, by kind")
const waited = Metric.histogram("musehub_heavy_work_waited_seconds", {
  description: "Time that admitted heavy work waited for its place, by kind",
  boundaries: [0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30]
})

const metersOf = (kind: WorkKind | "answer") => ({
  running: Metric.withAttributes(running, { kind }),
  waiting: Metric.withAttributes(waiting, { kind }),
  refused: Metric.withAttributes(refused, { kind }),
  waited: Metric.withAttributes(waited, { kind })
})

type Meter = ReturnType<typeof metersOf>

const meters = Object.fromEntries([...workKinds, "answer" as const].map((kind) => [kind, metersOf(kind)])) as {
  readonly [K in WorkKind | "answer"]: Meter
}

const callerOf = (origin: Origin): PlaceCaller => ({
  key: callerKey(origin),
  isStranger: origin.user === null && origin.token === null
})

/** Waits until a place in the queue became a place for work. */
const inLine = (place: Place, { waiting }: Meter, waitMillisMax: number) =>
  Metric.modify(waiting, 1).pipe(
    Effect.andThen(Effect.callback<void>((resume) => place.whenHeld(() => resume(Effect.void)))),
    Effect.timeoutOrElse({ duration: waitMillisMax, orElse: () => Effect.fail(new HubBusy()) }),
    Effect.ensuring(Metric.modify(waiting, -1))
  )

/** Takes a place until the scope closes. */
const enter = Effect.fnUntraced(function* (places: Places, kind: WorkKind | "answer", waitMillisMax: number) {
  const meter = meters[kind]
  const clock = yield* Clock.Clock
  const asked = clock.currentTimeMillisUnsafe()
  const place = yield* Effect.acquireRelease(
    Effect.map(CurrentOrigin, (origin) => places.take(callerOf(origin))),
    (taken) => Effect.sync(() => taken?.leave())
  )
  yield* Effect.gen(function* () {
    if (place === undefined) return yield* new HubBusy()
    if (!place.isHeld) yield* inLine(place, meter, waitMillisMax)
  }).pipe(Effect.tapError(() => Metric.update(meter.refused, 1)))
  yield* Metric.update(meter.waited, (clock.currentTimeMillisUnsafe() - asked) / 1000)
  yield* Effect.acquireRelease(Metric.modify(meter.running, 1), () => Metric.modify(meter.running, -1))
})

/** Bounds the heavy work of one hub, and as many large results. */
export const layer = ({ waitMillisMax, ...limits }: AdmissionLimits): Layer.Layer<never> =>
  Layer.sync(Admission, () => {
    const work = new Places(limits)
    const results = new Places(limits)
    return {
      enter: (kind) => enter(work, kind, waitMillisMax),
      keep: enter(results, "answer", waitMillisMax)
    }
  })

/** Takes a place for a result that takes much memory, such as the plan of a long history, until the scope closes. */
export const keepLarge: Effect.Effect<void, HubBusy, Scope.Scope> = Effect.flatMap(Admission, ({ keep }) => keep)

/**
 * Runs heavy work in a place, or fails with `HubBusy`. Work that is part of admitted work runs in the same place. The
 * place is held until the effect ends, so a body is read before, and an answer is streamed after it.
 */
export const admitted = <A, E, R>(
  kind: WorkKind,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E | HubBusy, Exclude<R, Admitted>> =>
  Effect.gen(function* () {
    const holding = yield* Effect.serviceOption(Admitted)
    if (Option.isSome(holding)) return yield* Effect.provideService(work, Admitted, holding.value)
    const admission = yield* Admission
    return yield* Effect.scopedWith((place) =>
      Effect.andThen(Scope.provide(admission.enter(kind), place), Effect.provideService(work, Admitted, { kind }))
    )
  })
