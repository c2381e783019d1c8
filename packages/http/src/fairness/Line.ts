import { MutableList, type Scheduler } from "effect"
import type { Runnable } from "./Share.ts"

/** How long one fiber runs before the next. The step that is under way then ends first. */
export const runMillisMax = 1

/** Fibers that count together, such as those of a request. */
export interface Work {
  millis: number
}

/** The tasks of one fiber, which have one priority: to go on, and to begin the fibers that it forks. */
export class Line implements Runnable, Scheduler.SchedulerDispatcher {
  readonly #tasks = MutableList.make<() => void>()
  readonly #work: Work
  readonly #stand: (line: Line) => void
  /** Whether the line waits for a turn, or has it. */
  #isBusy = false

  constructor(work: Work, stand: (line: Line) => void) {
    this.#work = work
    this.#stand = stand
  }

  get millis(): number {
    return this.#work.millis
  }

  get isEmpty(): boolean {
    return this.#tasks.length === 0
  }

  scheduleTask(task: () => void): void {
    MutableList.append(this.#tasks, task)
    if (!this.#isBusy) this.#stand(this)
    this.#isBusy = true
  }

  /** Runs tasks until the time for one fiber is over. */
  run(began: number): number {
    let now = began
    do {
      const task = MutableList.take(this.#tasks)
      if (task === MutableList.Empty) break
      task()
      now = performance.now()
    } while (now - began < runMillisMax)
    this.#work.millis += now - began
    this.#isBusy = !this.isEmpty
    return now
  }

  flush(): void {
    for (const task of MutableList.takeAll(this.#tasks)) task()
  }
}
