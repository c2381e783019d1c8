/** A share of the time of the server, divided among what it is made of: smaller shares, or the fibers of requests. */
import { Turns } from "./Turns.ts"

/** What has turns. */
export interface Runnable {
  /** What it has taken so far. */
  readonly millis: number
  readonly isEmpty: boolean
  /** Runs for a short time. Returns the time after it. */
  readonly run: (began: number) => number
}

/** A part that had nothing to do for as long is as good as new. */
export const forgetMillis = 1000

export class Share implements Runnable {
  millis = 0
  readonly #parent: Share | null
  readonly #parts = new Map<string, Share>()
  readonly #turns = new Turns<Runnable>()
  /** Whether the share waits for a turn, or has it. */
  #isBusy = false
  #idleSince = 0

  constructor(parent: Share | null) {
    this.#parent = parent
  }

  get isEmpty(): boolean {
    return this.#turns.isEmpty
  }

  part(name: string): Share {
    const found = this.#parts.get(name)
    if (found !== undefined) return found
    const made = new Share(this)
    this.#parts.set(name, made)
    return made
  }

  /** Gives a turn to what was empty before. */
  add(member: Runnable): void {
    this.#turns.add(member)
    if (!this.#isBusy) this.#parent?.add(this)
    this.#isBusy = true
  }

  run(began: number): number {
    const member = this.#turns.next()
    const now = member?.run(began) ?? began
    if (member?.isEmpty === false) this.#turns.add(member)
    this.millis += now - began
    this.#isBusy = !this.isEmpty
    if (!this.#isBusy) this.#idleSince = now
    return now
  }

  /** Forgets the parts that have had nothing to do for some time. */
  forget(now: number): void {
    for (const [name, part] of this.#parts) {
      if (!part.#isBusy && now - part.#idleSince > forgetMillis) this.#parts.delete(name)
      else part.forget(now)
    }
  }
}
