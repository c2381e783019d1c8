/**
 * Gives the fibers of the server turns. All of them share what one turn of the event loop may take; what is left waits
 * for the next turn, after the loop has looked for new requests. Fibers that have taken little so far go first, so a
 * short request does not wait for many long ones.
 *
 * Effect's own scheduler lets each fiber run for a number of steps in every turn, so many fibers make a long turn.
 */
import type { Fiber, Scheduler } from "effect"

/** How long fibers run in a turn. The step that is under way then ends first. */
const turnMillisMax = 8
/** How long a fiber may have run to go before those that have run longer. */
const shortMillisMax = 5
/** Steps of fibers between two looks at the clock. */
const stepsBetweenLooks = 16

/** The tasks of one fiber. All have the same priority. */
class Line implements Scheduler.SchedulerDispatcher {
  #millis = 0
  #tasks: Array<() => void> = []
  readonly #stand: (line: Line) => void

  constructor(stand: (line: Line) => void) {
    this.#stand = stand
  }

  get isShort(): boolean {
    return this.#millis < shortMillisMax
  }

  scheduleTask(task: () => void): void {
    if (this.#tasks.push(task) === 1) this.#stand(this)
  }

  /** Runs the tasks that wait, and not those that they add. */
  run(): void {
    const since = performance.now()
    const tasks = this.#tasks
    this.#tasks = []
    for (const task of tasks) task()
    this.#millis += performance.now() - since
  }

  flush(): void {
    while (this.#tasks.length > 0) this.run()
  }
}

/** Lines in the order in which they came. */
class Lines {
  #lines: Array<Line> = []
  #first = 0

  get isEmpty(): boolean {
    return this.#first === this.#lines.length
  }

  add(line: Line): void {
    this.#lines.push(line)
  }

  next(): Line | undefined {
    const line = this.#lines[this.#first]
    if (line === undefined) return undefined
    this.#first += 1
    if (this.isEmpty) {
      this.#lines = []
      this.#first = 0
    }
    return line
  }
}

export class FairScheduler implements Scheduler.Scheduler {
  readonly executionMode = "async"
  readonly #short = new Lines()
  readonly #long = new Lines()
  /** When the first fiber ran in this turn, if one has. */
  #began: number | undefined
  #isAwaited = false
  #steps = 0

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    this.#steps += 1
    if (this.#steps % stepsBetweenLooks === 0 && this.#isOver()) return true
    return fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return new Line((line) => {
      const lines = line.isShort ? this.#short : this.#long
      lines.add(line)
      this.#awaitTurn()
    })
  }

  /** Fibers also run in answers to events, before the scheduler does; these begin the turn then. */
  #isOver(): boolean {
    const now = performance.now()
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
    this.#began = performance.now()
    // However many short ones there are, one of the others goes on in each turn.
    this.#long.next()?.run()
    while (!this.#isOver()) {
      const line = this.#short.next() ?? this.#long.next()
      if (line === undefined) break
      line.run()
    }
    this.#began = undefined
    if (!(this.#short.isEmpty && this.#long.isEmpty)) this.#awaitTurn()
  }
}
