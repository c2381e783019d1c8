/**
 * A commit and all its ancestors, for readers of histories: some 50 bytes a commit, by generation and then id. So a
 * parent has a lower place than its children, and a commit is found by a binary search.
 */
import { hex, writeHex } from "../../base/Bytes.ts"
import { expected } from "../../base/expected.ts"
import { sliceEntries, sorting, type Slices } from "../../base/Slices.ts"
import type { CommitNode } from "../../history/CommitNode.ts"
import type { CommitId } from "../../object/Id.ts"
import type { TouchPlace } from "../../port/index/derived/TouchIndex.ts"

const idBytes = 32

/** A node, and its place once that is known: a second map of so many would hold the event loop when it grows. */
export interface Placed {
  readonly node: CommitNode
  place: number
}

const inOrder = ({ node: a }: Placed, { node: b }: Placed): number =>
  a.generation - b.generation || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

export class Lineage {
  /** Whether no parent is missing. */
  readonly isWhole: boolean
  readonly #ids: Uint8Array
  readonly #generations: Int32Array
  /** Where the parents of each place begin, and of one more. */
  readonly #starts: Int32Array
  readonly #parents: Int32Array

  private constructor(
    isWhole: boolean,
    ids: Uint8Array,
    generations: Int32Array,
    starts: Int32Array,
    parents: Int32Array
  ) {
    this.isWhole = isWhole
    this.#ids = ids
    this.#generations = generations
    this.#starts = starts
    this.#parents = parents
  }

  /** Makes the lineage of commits. Parents that are not among them are left out. */
  static *building(nodes: ReadonlyMap<CommitId, Placed>): Slices<Lineage> {
    const sorted = yield* sorting([...nodes.values()], inOrder)
    const ids = new Uint8Array(sorted.length * idBytes)
    const generations = new Int32Array(sorted.length)
    const starts = new Int32Array(sorted.length + 1)
    const parents: Array<number> = []
    let isWhole = true
    for (const [place, placed] of sorted.entries()) {
      const { node } = placed
      if (!writeHex(node.id, ids.subarray(place * idBytes, (place + 1) * idBytes))) {
        throw new Error(`expected the id of a commit, and got ${node.id}`)
      }
      placed.place = place
      generations[place] = node.generation
      for (const id of node.parents) {
        const parent = nodes.get(id)
        if (parent === undefined) isWhole = false
        else parents.push(parent.place)
      }
      starts[place + 1] = parents.length
      if ((place + 1) % sliceEntries === 0) yield
    }
    return new Lineage(isWhole, ids, generations, starts, Int32Array.from(parents))
  }

  get size(): number {
    return this.#generations.length
  }

  /** About how many bytes it takes in memory. */
  get weight(): number {
    return 512 + this.size * (idBytes + 8) + 4 * this.#parents.length
  }

  /** Returns the place of a commit; undefined if it is none of these. */
  placeOf({ commit, generation }: TouchPlace): number | undefined {
    let [low, high] = [0, this.size]
    while (low < high) {
      const middle = (low + high) >>> 1
      const here = this.generationAt(middle)
      if (here < generation || (here === generation && this.idAt(middle) < commit)) low = middle + 1
      else high = middle
    }
    return low < this.size && this.generationAt(low) === generation && this.idAt(low) === commit ? low : undefined
  }

  idAt(place: number): CommitId {
    return hex(this.#ids.subarray(place * idBytes, (place + 1) * idBytes)) as CommitId
  }

  generationAt(place: number): number {
    return expected(this.#generations[place], "the generation of a place")
  }

  /** Returns the places of the parents, in their order. */
  parentsAt(place: number): Int32Array {
    return this.#parents.subarray(this.#starts[place], this.#starts[place + 1])
  }
}
