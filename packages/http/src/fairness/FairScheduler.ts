/**
 * Gives the fibers of the server turns. All of them share what one turn of the event loop may take; what is left waits
 * for the next turn, after the loop has looked for new requests. The kinds of callers have equal shares, then the
 * callers of a kind, then the requests of a caller. What has taken little so far goes first, so a short request does
 * not wait for many long ones.
 *
 * Effect's own scheduler lets each fiber run for a number of steps in every turn, so many fibers make a long turn.
 */
import type { Fiber, Scheduler } from "effect"
import { Line, runMillisMax, type Work } from "./Line.ts"
import { forgetMillis, Share } from "./Share.ts"

/** Who fibers run for. */
export interface Payer {
  /** `hub`: for no request. `probe`: for those who ask whether the hub is well. */
  readonly kind: "hub" | "probe" | "stranger" | "user"
  readonly name: string
}

/** How long fibers run in a turn of the event loop. The step that is under way then ends first. */
const turnMillisMax = 2
/** Steps of fibers between two looks at the clock. */
const stepsBetweenLooks = 16

const hub: Payer = { kind: "hub", name: "" }

export class FairScheduler implements Scheduler.Scheduler {
  readonly executionMode = "async"
  readonly #all = new Share(null)
  /** When the first fiber ran in this turn, if one has. */
  #began: number | undefined
  /** When the present fiber got its turn, if it has one. */
  #runBegan: number | undefined
  #isAwaited = false
  #isConnected = false
  #steps = 0
  #forgotAt = 0

  /** Returns a scheduler of fibers that count together. Who pays may turn out while they run. */
  paidBy(payer: () => Payer): Scheduler.Scheduler {
    const work: Work = { millis: 0 }
    return {
      executionMode: this.executionMode,
      shouldYield: (fiber) => this.shouldYield(fiber),
      makeDispatcher: () => this.#line(work, payer)
    }
  }

  /**
   * Says that a connection has come. A turn of the event loop takes one (libuv, since 1.46), so many that come at once
   * wait for as many turns, which are as short as they can be until all are there.
   */
  connected(): void {
    this.#isConnected = true
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this.#line({ millis: 0 }, () => hub)
  }

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    this.#steps += 1
    if (this.#steps % stepsBetweenLooks === 0 && this.#hadEnough()) return true
    return fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield
  }

  #line(work: Work, payer: () => Payer): Line {
    return new Line(work, (line) => {
      const { kind, name } = payer()
      this.#all.part(kind).part(name).add(line)
      this.#awaitTurn()
    })
  }

  #hadEnough(): boolean {
    const now = performance.now()
    return this.#isOver(now) || (this.#runBegan !== undefined && now - this.#runBegan > runMillisMax)
  }

  /** Fibers also run in answers to events, before the scheduler does; these begin the turn then. */
  #isOver(now: number): boolean {
    if (this.#began === undefined) {
      this.#began = now
      this.#awaitTurn()
    }
    return now - this.#began > turnMillisMax
  }

  #awaitTurn(): void {
    if (this.#isAwaited) return
    this.#isAwaited = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#isAwaited = false
    let now = performance.now()
    this.#began = now
    if (now - this.#forgotAt > forgetMillis) {
      this.#all.forget(now)
      this.#forgotAt = now
    }
    do {
      this.#runBegan = now
      now = this.#all.run(now)
    } while (!this.#all.isEmpty && !this.#isConnected && !this.#isOver(now))
    this.#isConnected = false
    this.#began = undefined
    this.#runBegan = undefined
    if (!this.#all.isEmpty) this.#awaitTurn()
  }
}
