/**
 * The graph of a legacy history, as its rows have it: they prove nothing yet. Ids are bytes and commits name each other
 * by numbers, some 100 bytes for a commit, since one repository may have a million.
 */
import { elementAt, expected, orDefault } from "../../base/expected.ts"
import { TextNumbers } from "../../base/TextNumbers.ts"

/** What the row of a commit says of its place in the history. */
export interface LegacyNode {
  readonly id: string
  /** None where they cannot be read. */
  readonly parents: ReadonlyArray<string>
  readonly snapshot: string | null
}

/** The same by numbers. */
export interface NumberedNode {
  readonly number: number
  readonly parents: ReadonlyArray<number>
}

/** In the place of the number of a row, and of a snapshot, where there is none. */
const none = -1

export class LegacyGraph {
  /** Commits, and parents that need not have a row. */
  readonly #ids = new TextNumbers()
  readonly #snapshotIds = new TextNumbers()
  /** By the number of a commit: the last row that it has. */
  readonly #rows: Array<number> = []
  /** By row: its snapshot, where its parents begin, and the row before it that has the same snapshot. */
  readonly #snapshots: Array<number> = []
  readonly #starts: Array<number> = [0]
  readonly #before: Array<number> = []
  readonly #parents: Array<number> = []
  /** By the number of a snapshot: the last row that has it. */
  readonly #lastOf: Array<number> = []

  /** Adds what a row says. A later row of the same commit takes its place. */
  add({ id, parents, snapshot }: LegacyNode): void {
    const row = this.#snapshots.length
    const number = this.#ids.add(id)
    for (const parent of parents) this.#parents.push(this.#ids.add(parent))
    this.#starts.push(this.#parents.length)
    while (this.#rows.length < this.#ids.size) this.#rows.push(none)
    this.#rows[number] = row
    const named = snapshot === null ? none : this.#snapshotIds.add(snapshot)
    this.#snapshots.push(named)
    this.#before.push(orDefault(this.#lastOf[named], none))
    if (named !== none) this.#lastOf[named] = row
  }

  /** Finds the row of a commit. */
  get(id: string): LegacyNode | undefined {
    const number = this.#ids.find(id)
    const node = number === undefined ? undefined : this.at(number)
    if (node === undefined) return undefined
    return { id, parents: node.parents.map((parent) => this.#ids.at(parent)), snapshot: this.#snapshotOf(node.number) }
  }

  has(id: string): boolean {
    const number = this.#ids.find(id)
    return number !== undefined && elementAt(this.#rows, number) !== none
  }

  /** Returns the number of a commit, or of one that is named as a parent. */
  numberOf(id: string): number | undefined {
    return this.#ids.find(id)
  }

  /** Returns what has a number. */
  idOf(number: number): string {
    return this.#ids.at(number)
  }

  /** Finds the row of the commit that has a number. */
  at(number: number): NumberedNode | undefined {
    const row = expected(this.#rows[number], `commit ${number}`)
    if (row === none) return undefined
    return { number, parents: this.#parents.slice(this.#starts[row], this.#starts[row + 1]) }
  }

  /** Lists the snapshots that the change of this one may be against: those of the first parents of its commits. */
  basesOf(snapshot: string): ReadonlyArray<string> {
    const bases = new Set<string>()
    const named = this.#snapshotIds.find(snapshot)
    let row = named === undefined ? none : elementAt(this.#lastOf, named)
    for (; row !== none; row = elementAt(this.#before, row)) {
      const [start, end] = [elementAt(this.#starts, row), elementAt(this.#starts, row + 1)]
      const base = start === end ? null : this.#snapshotOf(elementAt(this.#parents, start))
      if (base !== null && base !== snapshot) bases.add(base)
    }
    return [...bases]
  }

  #snapshotOf(number: number): string | null {
    const row = elementAt(this.#rows, number)
    const named = row === none ? none : elementAt(this.#snapshots, row)
    return named === none ? null : this.#snapshotIds.at(named)
  }
}
