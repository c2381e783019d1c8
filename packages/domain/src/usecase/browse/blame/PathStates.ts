/**
 * The states of a path in a lineage: for each commit the touches that its file may be from, which are the last ones on
 * the lines that lead to it.
 */
import { orDefault } from "../../../base/expected.ts"
import { sliceEntries, type Slices } from "../../../base/Slices.ts"
import type { BlobId } from "../../../object/Id.ts"
import type { FileTouch } from "../../../port/index/derived/TouchIndex.ts"
import type { Lineage } from "../../../reading/lineage/Lineage.ts"

/** Places of touches. */
type Places = ReadonlyArray<number>

const none: Places = []

const joined = (one: Places, other: Places): Places =>
  one === other || other.length === 0 ? one : one.length === 0 ? other : [...new Set([...one, ...other])]

export class PathStates {
  /** Whether all touches of the path are here. */
  readonly isWhole: boolean
  readonly #touches: ReadonlyMap<number, FileTouch>
  readonly #first: number
  /** The last touches of each place from the first on. */
  readonly #last: ReadonlyArray<Places>

  private constructor(
    isWhole: boolean,
    touches: ReadonlyMap<number, FileTouch>,
    first: number,
    last: ReadonlyArray<Places>
  ) {
    this.isWhole = isWhole
    this.#touches = touches
    this.#first = first
    this.#last = last
  }

  /** Finds the states of a path by the touches of it that are in the lineage. */
  static *building(lineage: Lineage, found: ReadonlyArray<FileTouch>, isWhole: boolean): Slices<PathStates> {
    const touches = new Map<number, FileTouch>()
    let first = lineage.size
    for (const touch of found) {
      const place = lineage.placeOf(touch)
      if (place === undefined) continue
      touches.set(place, touch)
      first = Math.min(first, place)
    }
    const last: Array<Places> = []
    for (let place = first; place < lineage.size; place++) {
      if ((place - first + 1) % sliceEntries === 0) yield
      let places = none
      if (touches.has(place)) places = [place]
      else for (const parent of lineage.parentsAt(place)) places = joined(places, orDefault(last[parent - first], none))
      last.push(places)
    }
    return new PathStates(isWhole, touches, first, last)
  }

  touchAt(place: number): FileTouch | undefined {
    return this.#touches.get(place)
  }

  /** Returns the newest touch that gave the commit at a place this blob of the path. */
  giver(place: number, blob: BlobId): number | undefined {
    const givers = this.#lastAt(place).filter((one) => this.#touches.get(one)?.after === blob)
    return givers.length === 0 ? undefined : Math.max(...givers)
  }

  /** Returns the blobs that the path may have in the commit at a place; undefined stands for no file. */
  blobsAt(place: number): ReadonlySet<BlobId | undefined> {
    return new Set(this.#lastAt(place).map((one) => this.#touches.get(one)?.after))
  }

  #lastAt(place: number): Places {
    return orDefault(this.#last[place - this.#first], none)
  }
}
