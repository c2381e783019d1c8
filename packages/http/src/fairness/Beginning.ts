/**
 * Runs the beginning of a request, which is short, without a pause: until it is known who pays for the rest, a request
 * for `/health` would wait behind all others that have just come.
 */
import type { Scheduler } from "effect"
import type { FairScheduler } from "./FairScheduler.ts"

export class Beginning implements Scheduler.Scheduler {
  readonly executionMode = "async"
  readonly fair: FairScheduler

  constructor(fair: FairScheduler) {
    this.fair = fair
  }

  shouldYield(): boolean {
    return false
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this.fair.makeDispatcher()
  }
}
