/**
 * Places for heavy work, and the queue for them. A free place goes to the waiting caller that holds fewest, then to the
 * one that came first. Nobody here knows what the work is; `Admission.ts` does.
 */

export interface PlaceLimits {
  /** The most pieces of work that run at once. */
  readonly placesMax: number
  /** The most that wait. */
  readonly waitingMax: number
}

export interface PlaceCaller {
  /** Names the caller: its user, or its address. */
  readonly key: string
  /** Whether the caller has no token. Many addresses cost nothing, so strangers have a share together. */
  readonly isStranger: boolean
}

/** A place, or a place in the queue. */
export interface Place {
  /** Whether the work may run. */
  readonly isHeld: boolean
  /** Calls back when the work may run, which may be at once. */
  readonly whenHeld: (then: () => void) => void
  /** Gives the place back, or leaves the queue. A second call does nothing. */
  readonly leave: () => void
}

/** The callers that share a bound. */
class Share {
  held = 0
  waiting = 0
  readonly #heldMax: number
  readonly #waitingMax: number

  constructor(heldMax: number, waitingMax: number) {
    this.#heldMax = heldMax
    this.#waitingMax = waitingMax
  }

  get mayHold(): boolean {
    return this.held < this.#heldMax
  }

  get mayWait(): boolean {
    return this.waiting < this.#waitingMax
  }

  get isIdle(): boolean {
    return this.held + this.waiting === 0
  }
}

interface Waiting {
  readonly own: Share
  readonly shares: ReadonlyArray<Share>
  readonly admit: () => void
}

export class Places {
  readonly #limits: PlaceLimits
  readonly #everyone: Share
  readonly #strangers: Share
  readonly #callers = new Map<string, Share>()
  readonly #queue = new Set<Waiting>()

  /** One caller gets half of the places and a quarter of the queue; strangers together leave some for the others. */
  constructor(limits: PlaceLimits) {
    const { placesMax, waitingMax } = limits
    this.#limits = limits
    this.#everyone = new Share(placesMax, waitingMax)
    this.#strangers = new Share(Math.max(1, placesMax - 1), Math.ceil((waitingMax * 3) / 4))
  }

  /** Takes a place, or else one in the queue. Returns undefined if the queue has no room for the caller. */
  take({ isStranger, key }: PlaceCaller): Place | undefined {
    const own = this.#callers.get(key) ?? this.#shareOfCaller()
    const shares = isStranger ? [own, this.#strangers, this.#everyone] : [own, this.#everyone]
    const isFree = shares.every(({ mayHold }) => mayHold)
    if (!isFree && !shares.every(({ mayWait }) => mayWait)) return undefined
    this.#callers.set(key, own)
    let state: "held" | "left" | "waiting" = isFree ? "held" : "waiting"
    let onHeld = () => {}
    const admit = () => {
      state = "held"
      onHeld()
    }
    const waiting: Waiting = { own, shares, admit }
    if (isFree) for (const share of shares) share.held++
    else {
      for (const share of shares) share.waiting++
      this.#queue.add(waiting)
    }
    const leave = () => {
      if (state === "left") return
      if (state === "held") for (const share of shares) share.held--
      else {
        for (const share of shares) share.waiting--
        this.#queue.delete(waiting)
      }
      state = "left"
      this.#admitNext()
      if (own.isIdle) this.#callers.delete(key)
    }
    return {
      get isHeld() {
        return state === "held"
      },
      whenHeld: (then) => {
        if (state === "held") then()
        else onHeld = then
      },
      leave
    }
  }

  #shareOfCaller(): Share {
    const { placesMax, waitingMax } = this.#limits
    return new Share(Math.ceil(placesMax / 2), Math.ceil(waitingMax / 4))
  }

  /** Admits those who may run, now that a place is free. */
  #admitNext(): void {
    while (this.#everyone.mayHold) {
      let next: Waiting | undefined
      for (const waiting of this.#queue) {
        const mayRun = waiting.shares.every(({ mayHold }) => mayHold)
        if (mayRun && (next === undefined || waiting.own.held < next.own.held)) next = waiting
      }
      if (next === undefined) return
      this.#queue.delete(next)
      for (const share of next.shares) {
        share.waiting--
        share.held++
      }
      next.admit()
    }
  }
}
