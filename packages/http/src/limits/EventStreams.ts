/**
 * The streams of events that are open: answers that last until something happens. They take no work, but a connection
 * and some memory each, so their number is bounded, and they are ended before a hub that stops waits for its answers.
 */
import { callerKey } from "@musehub/domain/port/Audit"
import { HubBusy } from "@musehub/domain/usecase/admission/Admission"
import { Context, Deferred, Effect, Layer, Metric } from "effect"
import { CurrentExchange } from "../exchange/Exchange.ts"
import { TooManyRequests } from "./RateLimits.ts"

export interface StreamLimits {
  /** The most streams of a hub. */
  readonly streamsMax: number
  /** The most streams of a user, or of an address without one. */
  readonly streamsPerCallerMax: number
}

export const CurrentStreamLimits = Context.Reference<StreamLimits>("@musehub/http/limits/CurrentStreamLimits", {
  defaultValue: () => ({ streamsMax: 1024, streamsPerCallerMax: 32 })
})

/** How long a caller waits that has its share of streams: one may end at any time, and nothing is urgent. */
const retryAfterSeconds = 30

const streamsOpen = Metric.gauge("musehub_event_streams_open", {
  description: "Streams of events that browsers hold open"
})

export class EventStreams {
  readonly #limits: StreamLimits
  readonly #callers = new Map<string, number>()
  #count = 0
  readonly #stopped = Deferred.makeUnsafe<void>()

  constructor(limits: StreamLimits) {
    this.#limits = limits
  }

  /** Waits until the hub is about to stop. */
  get stopped(): Effect.Effect<void> {
    return Deferred.await(this.#stopped)
  }

  /** Ends all streams, and those that begin later. */
  get stop(): Effect.Effect<void> {
    return Effect.asVoid(Deferred.succeed(this.#stopped, undefined))
  }

  /** Begins a stream of a caller. */
  begin(caller: string): Effect.Effect<void, HubBusy | TooManyRequests> {
    return Effect.suspend((): Effect.Effect<void, HubBusy | TooManyRequests> => {
      const open = this.#callers.get(caller) ?? 0
      if (open >= this.#limits.streamsPerCallerMax) {
        return Effect.fail(
          new TooManyRequests({
            what: "you have as many pages open that wait for changes as this hub allows at a time",
            retryAfterSeconds
          })
        )
      }
      if (this.#count >= this.#limits.streamsMax) return Effect.fail(new HubBusy())
      this.#callers.set(caller, open + 1)
      this.#count += 1
      return Metric.modify(streamsOpen, 1)
    })
  }

  end(caller: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const left = (this.#callers.get(caller) ?? 1) - 1
      if (left === 0) this.#callers.delete(caller)
      else this.#callers.set(caller, left)
      this.#count -= 1
      return Metric.modify(streamsOpen, -1)
    })
  }
}

export const CurrentEventStreams = Context.Reference<EventStreams>("@musehub/http/limits/CurrentEventStreams", {
  defaultValue: () => new EventStreams({ streamsMax: Infinity, streamsPerCallerMax: Infinity })
})

/** Keeps the streams of one server. */
export const eventStreamsLayer = Layer.effect(
  CurrentEventStreams,
  Effect.map(CurrentStreamLimits, (limits) => new EventStreams(limits))
)

/** Ends the streams when its scope closes, which is that of a server that is about to stop. */
export const endingEventStreams = Layer.effectDiscard(
  Effect.flatMap(CurrentEventStreams, (streams) => Effect.addFinalizer(() => streams.stop))
)

/** Takes a place for the stream that the present request asks for, until the request's scope closes. */
export const eventStream = Effect.gen(function* () {
  const streams = yield* CurrentEventStreams
  const exchange = yield* CurrentExchange
  const caller = callerKey(exchange)
  yield* Effect.acquireRelease(streams.begin(caller), () => streams.end(caller))
  exchange.staysOpen = true
  return streams
})
