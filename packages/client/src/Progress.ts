/** How far a transfer has come, for whoever watches it. */

export interface Progress {
  /** Commits, snapshots and blobs. */
  readonly objects: number
  /** As many as the sender has promised so far; an interrupted transfer is promised anew. */
  readonly objectsTotal: number
  /** Bytes of objects, framing not. */
  readonly bytes: number
  readonly bytesTotal: number
}

/** Called often; must be quick and must not throw. */
export type OnProgress = (progress: Progress) => void

/** Counts a transfer. */
export class Meter {
  readonly #tell: OnProgress
  #objects = 0
  #objectsTotal = 0
  #bytes = 0
  #bytesTotal = 0

  constructor(tell: OnProgress) {
    this.#tell = tell
  }

  get progress(): Progress {
    return {
      objects: this.#objects,
      objectsTotal: this.#objectsTotal,
      bytes: this.#bytes,
      bytesTotal: this.#bytesTotal
    }
  }

  /** So much more is to come, behind what has come so far. */
  promised(objects: number, bytes: number): void {
    this.#objectsTotal = this.#objects + objects
    this.#bytesTotal = this.#bytes + bytes
    this.#tell(this.progress)
  }

  passed(objects: number, bytes: number): void {
    this.#objects += objects
    this.#bytes += bytes
    this.#tell(this.progress)
  }
}
