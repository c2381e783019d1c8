/** The progress of a transfer. */

export interface Progress {
  /** Commits, snapshots and blobs. */
  readonly objects: number
  /** The number announced so far; an interrupted transfer announces the rest again. */
  readonly objectsTotal: number
  /** The bytes of objects, without framing. */
  readonly bytes: number
  readonly bytesTotal: number
}

/** Receives progress. Called often: it must be quick and must not throw. */
export type OnProgress = (progress: Progress) => void

/** Counts the objects and bytes of a transfer. */
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

  /** Adds the announced objects and bytes to those that have passed. */
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
