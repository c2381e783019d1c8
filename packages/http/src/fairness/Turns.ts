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

/** Members that have taken less than one of these go before those that have taken more. */
const levelsMillis = [1, 5, Infinity]
/** How many turns go to those who have taken least before one goes to one who has taken most. */
const turnsBeforeLast = 8

export class Turns<M extends Member> {
  readonly #least = levelsMillis.map(() => MutableList.make<M>())
  readonly #most = this.#least.toReversed()
  #turns = 0

  get isEmpty(): boolean {
    return this.#least.every(({ length }) => length === 0)
  }

  add(member: M): void {
    const level = levelsMillis.findIndex((millis) => member.millis < millis)
    MutableList.append(elementAt(this.#least, level), member)
  }

  /** Returns the member whose turn it is, which leaves the queue. */
  next(): M | undefined {
    this.#turns += 1
    const levels = this.#turns % turnsBeforeLast === 0 ? this.#most : this.#least
    const level = levels.find(({ length }) => length > 0)
    const member = level === undefined ? MutableList.Empty : MutableList.take(level)
    return member === MutableList.Empty ? undefined : member
  }
}
