/**
 * Faults of an object store, named per operation: a call that never arrives, a call that lands and loses its answer, a
 * slow one, calls that overtake each other. Rules are written by hand for one scenario, or drawn from a seed for many.
 */
import { StoreUnavailable } from "@musehub/domain/port/ObjectStore"
import * as Reason from "@musehub/domain/port/UnavailableReason"
import { Effect } from "effect"
import type { Interpose, StoreCall, StoreOperation } from "./interposedStore.ts"
import type { Seeded } from "./seeded.ts"

export interface Fault {
  /** Milliseconds before the call reaches the store. */
  readonly delayMillis?: number
  /** Turns of other fibers before the call reaches the store, so that it may be overtaken. */
  readonly turnsBefore?: number
  /** Turns between the store's work and its answer. */
  readonly turnsAfter?: number
  /** The call never arrives. */
  readonly failBefore?: boolean
  /** The service refuses the call, and will refuse it again. */
  readonly refuse?: boolean
  /** The call lands and its answer is lost. */
  readonly failAfter?: boolean
  /** What other writers do before the call arrives. */
  readonly meanwhile?: Effect.Effect<void>
  /** What other writers do between the store's work and its answer. */
  readonly afterwards?: Effect.Effect<void>
}

/** Chooses the fault of each call; called once per call, in order. */
export type Faults = (call: StoreCall) => Fault | undefined

const unavailable = ({ operation, path }: StoreCall, reason: Reason.UnavailableReason) =>
  new StoreUnavailable({ operation, key: path, reason })

const passing = (sentence: string) => new Reason.Fault({ cause: new Error(`injected: ${sentence}`) })
const lasting = () => new Reason.Refused({ cause: new Error("injected: the service refuses") })

const turns = (count = 0) => Effect.repeat(Effect.yieldNow, { times: count })

export const injecting =
  (faults: Faults): Interpose =>
  (call, effect) =>
    Effect.gen(function* () {
      const fault = faults(call)
      if (fault === undefined) return yield* effect
      if (fault.delayMillis !== undefined) yield* Effect.sleep(fault.delayMillis)
      if (fault.turnsBefore !== undefined) yield* turns(fault.turnsBefore)
      if (fault.meanwhile !== undefined) yield* fault.meanwhile
      if (fault.refuse === true) return yield* unavailable(call, lasting())
      if (fault.failBefore === true) return yield* unavailable(call, passing("the call did not arrive"))
      const answer = yield* effect
      if (fault.afterwards !== undefined) yield* fault.afterwards
      if (fault.turnsAfter !== undefined) yield* turns(fault.turnsAfter)
      if (fault.failAfter === true) return yield* unavailable(call, passing("the answer was lost"))
      return answer
    })

export interface Rule {
  readonly operation: StoreOperation
  readonly path?: RegExp
  /** Which of the matching calls, from 1; all of them unless given. */
  readonly nth?: number
  readonly fault: Fault
}

/** Faults by hand. The first rule that matches a call applies. */
export const scripted = (rules: ReadonlyArray<Rule>): Faults => {
  const seen = new Map<Rule, number>()
  return (call) => {
    const fitting = rules.filter(
      (rule) => rule.operation === call.operation && (rule.path === undefined || rule.path.test(call.path))
    )
    for (const rule of fitting) seen.set(rule, (seen.get(rule) ?? 0) + 1)
    return fitting.find((rule) => rule.nth === undefined || rule.nth === seen.get(rule))?.fault
  }
}

/** The probability of each fault for calls of one operation. */
export interface Rates {
  readonly failBefore?: number
  readonly failAfter?: number
  /** Calls get up to this many turns of delay on either side. */
  readonly turnsMax?: number
  readonly delayMillisMax?: number
}

/** Faults at random, from a seed. */
export const random =
  (seed: Seeded, rates: { readonly [O in StoreOperation]?: Rates } & { readonly other?: Rates }): Faults =>
  (call) => {
    const { failBefore, failAfter, turnsMax, delayMillisMax } = rates[call.operation] ?? rates.other ?? {}
    return {
      failBefore: seed.chance(failBefore ?? 0),
      failAfter: seed.chance(failAfter ?? 0),
      ...(turnsMax === undefined
        ? {}
        : { turnsBefore: seed.below(turnsMax + 1), turnsAfter: seed.below(turnsMax + 1) }),
      ...(delayMillisMax === undefined ? {} : { delayMillis: seed.below(delayMillisMax + 1) })
    }
  }
