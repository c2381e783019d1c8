/** Lets the caller of a request pay for its work, where the server gives callers turns. */
import { callerKey } from "@musehub/domain/port/Audit"
import { Effect, Scheduler } from "effect"
import { HttpServerRequest } from "effect/http"
import type { Exchange } from "../exchange/Exchange.ts"
import { Beginning } from "./Beginning.ts"
import type { Payer } from "./FairScheduler.ts"

const probes: ReadonlySet<string> = new Set(["/health", "/ready", "/metrics"])

export const inTurn = Effect.fnUntraced(function* <A, E, R>(exchange: Exchange, handled: Effect.Effect<A, E, R>) {
  const scheduler = yield* Scheduler.Scheduler
  if (!(scheduler instanceof Beginning)) return yield* handled
  const { url } = yield* HttpServerRequest.HttpServerRequest
  const payer = (): Payer => ({ kind: exchange.user === null ? "stranger" : "user", name: callerKey(exchange) })
  const probe: Payer = { kind: "probe", name: url }
  const paid = scheduler.fair.paidBy(probes.has(url) ? () => probe : payer)
  return yield* Effect.provideService(handled, Scheduler.Scheduler, paid)
})
