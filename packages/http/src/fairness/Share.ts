/** A share of the time of the server, divided among what it is made of: the callers of a kind, or the fibers of one. */
import { Turns } from "./Turns.ts"

/** What has turns. */
export interface Runnable {
  /** What it has taken lately. */
  readonly millis: number
  readonly isEmpty: boolean
  /** Runs for a short time. Returns the time after it. */
  readonly run: (began: number) => number
}

/** What a share has taken counts half after this time. */
export const halfLifeMillis = 500
/** A part that had nothing to do for as long is as good as new. */
export const forgetMillis = 10 * halfLifeMillis

export class Share implements Runnable {
  millis = 0
  #countedAt = 0
  readonly #wait: (now: number) => void
  readonly #parts = new Map<string, Share>()
  readonly #turns = new Turns<Runnable>()
  /** Whether the share waits for a turn, or has it. */
  #isBusy = false

  /** `wait` is called when the share has something to do, and had nothing before. */
  constructor(wait: (this: void, share: Share, now: number) => void) {
    this.#wait = (now) => wait(this, now)
  }

  get isEmpty(): boolean {
    return this.#turns.isEmpty
  }

  part(name: string): Share {
    const found = this.#parts.get(name)
    if (found !== undefined) return found
    const made = new Share((part, now) => this.add(part, now))
    this.#parts.set(name, made)
    return made
  }

  /** Gives a turn to what was empty before. */
  add(member: Runnable, now: number): void {
    this.#turns.add(member)
    if (this.#isBusy) return
    this.#isBusy = true
    this.#count(0, now)
    this.#wait(now)
  }

  run(began: number): number {
    const member = this.#turns.next()
    const now = member?.run(began) ?? began
    if (member?.isEmpty === false) this.#turns.add(member)
    this.#count(now - began, now)
    this.#isBusy = !this.isEmpty
    return now
  }

  /** Forgets the parts that have had nothing to do for some time. */
  forget(now: number): void {
    for (const [name, part] of this.#parts) {
      if (!part.#isBusy && now - part.#countedAt > forgetMillis) this.#parts.delete(name)
      else part.forget(now)
    }
  }

  #count(millis: number, now: number): void {
    this.millis = this.millis * 2 ** ((this.#countedAt - now) / halfLifeMillis) + millis
    this.#countedAt = now
  }
}
