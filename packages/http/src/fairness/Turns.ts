/**
 * Gives turns to members of a queue: those that have taken least so far go first, in the order in which they came. Now
 * and then the one goes on that has taken most, so that none waits for ever.
 */
import { elementAt } from "@musehub/domain/base/expected"
import { MutableList } from "effect"

interface Member {
  /** What the member has taken so far. */
  readonly millis: number
}

/** Members are of one level up to 1 ms, of the next one up to 2 ms, and so on; the last one has no end. */
const levels = 11

/** Returns the level of a member: those of lower ones go first. */
const levelOf = ({ millis }: Member) => Math.min(Math.max(Math.ceil(Math.log2(millis)), 0), levels - 1)

/** How many turns go to those who have taken least before one goes to one who has taken most. */
const turnsBeforeLast = 8

export class Turns<M extends Member> {
  readonly #least = Array.from({ length: levels }, () => MutableList.make<M>())
  readonly #most = this.#least.toReversed()
  #turns = 0

  get isEmpty(): boolean {
    return this.#least.every(({ length }) => length === 0)
  }

  add(member: M): void {
    MutableList.append(elementAt(this.#least, levelOf(member)), member)
  }

  /** Returns the member whose turn it is, which leaves the queue. */
  next(): M | undefined {
    this.#turns += 1
    const order = this.#turns % turnsBeforeLast === 0 ? this.#most : this.#least
    const level = order.find(({ length }) => length > 0)
    const member = level === undefined ? MutableList.Empty : MutableList.take(level)
    return member === MutableList.Empty ? undefined : member
  }
}
