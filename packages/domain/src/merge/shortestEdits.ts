/**
 * A longest common subsequence of two lists of numbers, by the greedy algorithm of Myers ("An O(ND) Difference
 * Algorithm and Its Variations").
 *
 * Own code: no library can pause between two comparisons and be charged for them, which hostile texts make necessary.
 */
import { signedWordAt, wordAt } from "./numberAt.ts"
import { type Counted, sliceSteps } from "../base/Slices.ts"

/** Equal elements: `count` of them from `a` in the first list and from `b` in the second. */
export interface Run {
  readonly a: number
  readonly b: number
  readonly count: number
}

/** The ends of paths through the grid of both lists: where each is, on which diagonal, and which path it extends. */
class Paths {
  #a = new Uint32Array(64)
  #diagonal = new Int32Array(64)
  #before = new Uint32Array(64)
  #size = 0

  add(a: number, diagonal: number, before: number): number {
    if (this.#size === this.#a.length) this.#grow()
    this.#a[this.#size] = a
    this.#diagonal[this.#size] = diagonal
    this.#before[this.#size] = before
    return this.#size++
  }

  /** Returns how many elements of the first list a path has passed. */
  a(path: number): number {
    return wordAt(this.#a, path)
  }

  /** Returns the runs of equal elements along a path, in order. The path 0 is the first. */
  runsOf(path: number): ReadonlyArray<Run> {
    const runs: Array<Run> = []
    for (let at = path; ; at = wordAt(this.#before, at)) {
      const before = wordAt(this.#before, at)
      const diagonal = signedWordAt(this.#diagonal, at)
      const removed = diagonal > signedWordAt(this.#diagonal, before) ? 1 : 0
      const a = at === 0 ? 0 : this.a(before) + removed
      const count = this.a(at) - a
      if (count > 0) runs.push({ a, b: a - diagonal, count })
      if (at === 0) return runs.toReversed()
    }
  }

  #grow(): void {
    const grown = <A extends Uint32Array | Int32Array>(larger: A, smaller: A): A => {
      larger.set(smaller)
      return larger
    }
    const size = this.#size * 2
    this.#a = grown(new Uint32Array(size), this.#a)
    this.#diagonal = grown(new Int32Array(size), this.#diagonal)
    this.#before = grown(new Uint32Array(size), this.#before)
  }
}

const none = -1

/** Returns the runs that both lists share, in order; undefined if that takes more than `editsMax` edits. */
export const sharedRuns = function* (
  a: Uint32Array,
  b: Uint32Array,
  editsMax: number
): Counted<ReadonlyArray<Run> | undefined> {
  const paths = new Paths()
  const reach = Math.min(editsMax, a.length + b.length) + 1
  /** The furthest path on each diagonal, counted from `-reach`. */
  const furthest = new Int32Array(2 * reach + 1).fill(none)
  let steps = 0

  /** Passes equal elements, and returns the path if it ends both lists. */
  const extend = (
    from: number,
    diagonal: number,
    before: number
  ): { readonly path: number; readonly ends: boolean } => {
    let at = from
    while (at < a.length && at - diagonal < b.length && a[at] === b[at - diagonal]) at++
    steps += at - from + 1
    const path = paths.add(at, diagonal, before)
    furthest[reach + diagonal] = path
    return { path, ends: at === a.length && at - diagonal === b.length }
  }

  const first = extend(0, 0, 0)
  if (first.ends) {
    yield steps
    return paths.runsOf(first.path)
  }
  let lowest = -reach
  let highest = reach
  for (let edits = 1; edits < reach; edits++) {
    for (let diagonal = Math.max(lowest, -edits); diagonal <= Math.min(highest, edits); diagonal += 2) {
      if (steps >= sliceSteps) {
        yield steps
        steps = 0
      }
      const removing = signedWordAt(furthest, reach + diagonal - 1)
      const adding = signedWordAt(furthest, reach + diagonal + 1)
      furthest[reach + diagonal - 1] = none
      const removed = removing !== none && paths.a(removing) < a.length ? paths.a(removing) + 1 : none
      const added = adding !== none && paths.a(adding) - diagonal <= b.length ? paths.a(adding) : none
      if (removed === none && added === none) {
        furthest[reach + diagonal] = none
        continue
      }
      const byAdding = removed === none || removed <= added
      const { ends, path } = extend(byAdding ? added : removed, diagonal, byAdding ? adding : removing)
      if (ends) {
        yield steps
        return paths.runsOf(path)
      }
      if (paths.a(path) === a.length) highest = Math.min(highest, diagonal - 1)
      if (paths.a(path) - diagonal === b.length) lowest = Math.max(lowest, diagonal + 1)
    }
  }
  yield steps
  return undefined
}
