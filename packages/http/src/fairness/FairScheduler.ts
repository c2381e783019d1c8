/**
 * Gives the fibers of the server turns. All of them share what one turn of the event loop may take; what is left waits
 * for the next turn, after the loop has looked for new requests. The kinds of callers have turns one after another. Of
 * a kind, those callers go first who have taken least lately, and of a caller the requests that have taken least, so
 * that a short request does not wait for many long ones.
 *
 * Effect's own scheduler lets each fiber run for a number of steps in every turn, so many fibers make a long turn.
 */
import { type Fiber, MutableList, type Scheduler } from "effect"
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
/** How long fibers wait for connections that come one after another, before they have a turn between two of them. */
const waitMillisMax = 8
/** Steps of fibers between two looks at the clock. */
const stepsBetweenLooks = 16

const hub: Payer = { kind: "hub", name: "" }

export class FairScheduler implements Scheduler.Scheduler {
  readonly executionMode = "async"
  readonly #waiting = MutableList.make<Share>()
  readonly #kinds: { readonly [K in Payer["kind"]]: Share } = {
    hub: this.#share(),
    probe: this.#share(),
    stranger: this.#share(),
    user: this.#share()
  }
  /** When the present fiber got its turn, if one has it. */
  #runBegan: number | undefined
  /** When fibers last had a turn. */
  #ranAt = 0
  #isAwaited = false
  /** Whether a connection has come since the last turn of the event loop. */
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
   * wait for as many turns. Fibers let them go first for a short time.
   */
  connected(): void {
    this.#isConnected = true
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this.#line({ millis: 0 }, () => hub)
  }

  /**
   * A fiber that goes on in answer to an event waits for its turn, so that what it does is counted. The first step is
   * always taken: it ends a fiber that is interrupted before it began, which would begin otherwise.
   */
  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    if (fiber.currentOpCount === 1) return false
    if (this.#runBegan === undefined) return true
    this.#steps += 1
    if (this.#steps % stepsBetweenLooks === 0 && performance.now() - this.#runBegan > runMillisMax) return true
    return fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield
  }

  #line(work: Work, payer: () => Payer): Line {
    return new Line(work, (line) => {
      const { kind, name } = payer()
      this.#kinds[kind].part(name).add(line, performance.now())
    })
  }

  #share(): Share {
    return new Share((share) => {
      MutableList.append(this.#waiting, share)
      this.#awaitTurn()
    })
  }

  #awaitTurn(): void {
    if (this.#isAwaited) return
    this.#isAwaited = true
    setImmediate(this.#turn)
  }

  readonly #turn = (): void => {
    this.#isAwaited = false
    const began = performance.now()
    const isCrowded = this.#isConnected && began - this.#ranAt < waitMillisMax
    this.#isConnected = false
    if (isCrowded) return this.#awaitTurn()
    if (began - this.#forgotAt > forgetMillis) {
      for (const share of Object.values(this.#kinds)) share.forget(began)
      this.#forgotAt = began
    }
    let now = began
    while (now - began < turnMillisMax) {
      const share = MutableList.take(this.#waiting)
      if (share === MutableList.Empty) break
      this.#runBegan = now
      now = share.run(now)
      if (!share.isEmpty) MutableList.append(this.#waiting, share)
    }
    this.#runBegan = undefined
    this.#ranAt = now
    if (this.#waiting.length > 0) this.#awaitTurn()
  }
}
