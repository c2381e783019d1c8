/**
 * The objects of a repository by their ids, as the directories of its packs have them: some 9 bytes for each beside the
 * directories. An object that several packs have counts once, in the first one.
 */
import { elementAt, expected } from "../../../../base/expected.ts"
import { writeHex } from "../../../../base/Bytes.ts"
import { sliceEntries, type Slices } from "../../../../base/Slices.ts"
import type { PackedPlace } from "../../../../invariant/packs/Packs.ts"
import { ObjectType } from "../../../../object/Id.ts"
import type { PackedEntry, PackedName } from "../../../../pack/PackDirectory.ts"
import type { StoredPack } from "../../../../port/Stored.ts"

/**
 * What is remembered of an object: that it has a row, that its bytes were read and are right, that a snapshot with a
 * row has it, and that something which is kept leads to it.
 */
export const marks = { recorded: 1, sound: 2, used: 4, reached: 8 } as const
type Mark = (typeof marks)[keyof typeof marks]

/** The id that is being looked for. */
const wanted = new Uint8Array(32)
const wantedView = new DataView(wanted.buffer)

/** The most bits of a prefix. With more ids, several share one. */
const prefixBitsMax = 24

/** The most numbers that are sorted by moving each to its place. */
const sortedInPlace = 16

/** The numbers of the objects of one type in the order of their ids. */
interface IdOrder {
  readonly numbers: Uint32Array
  /** By prefix, the first bits of an id: where the ids with it begin among the numbers; at last, where they end. */
  readonly starts: Uint32Array
  /** By how many bits the first 32 of an id are shifted to give its prefix. */
  readonly shift: number
}

const prefixOf = ({ at, view }: PackedName, { shift }: Pick<IdOrder, "shift">): number => view.getUint32(at) >>> shift

/** Returns the first place from `from` on whose item is greater than what is looked for; `end` if there is none. */
export const placeAfter = (from: number, end: number, isGreater: (place: number) => boolean): number => {
  let [low, high] = [from, end]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isGreater(middle)) high = middle
    else low = middle + 1
  }
  return low
}

export class ObjectTable {
  readonly packs: ReadonlyArray<StoredPack>
  /** Counts objects through all packs: the number of the first one of each pack. */
  readonly #firsts: ReadonlyArray<number>
  readonly #orders = new Map<ObjectType, IdOrder>()
  readonly #marks: Uint8Array

  private constructor(packs: ReadonlyArray<StoredPack>) {
    this.packs = packs
    let count = 0
    this.#firsts = packs.map(({ directory }) => (count += directory.size) - directory.size)
    this.#marks = new Uint8Array(count)
  }

  /** Makes the table of packs, the one that was named first at the head. */
  static *making(packs: ReadonlyArray<StoredPack>): Slices<ObjectTable> {
    const table = new ObjectTable(packs)
    for (const type of ObjectType.literals) table.#orders.set(type, yield* table.#ordering(type))
    return table
  }

  /** Orders the objects of a type: by prefix first, then those of each prefix. Leaves out repeated ones. */
  *#ordering(type: ObjectType): Slices<IdOrder> {
    const ranges = this.packs.map(({ directory }) => directory.positionsOf(type))
    const count = ranges.reduce((sum, { end, first }) => sum + end - first, 0)
    const bits = Math.min(prefixBitsMax, Math.max(1, Math.ceil(Math.log2(count + 1)) - 1))
    const shift = 32 - bits
    // One place further than they are at last: each start moves to where the next one is while numbers are put.
    const starts = new Uint32Array(2 ** bits + 2)
    const numbers = new Uint32Array(count)
    let seen = 0
    for (const [pack, { end, first }] of ranges.entries()) {
      const { directory } = elementAt(this.packs, pack)
      for (let position = first; position < end; position += 1) {
        const after = prefixOf(directory.nameAt(position), { shift }) + 2
        starts[after] = (starts[after] as number) + 1
        if (++seen % sliceEntries === 0) yield
      }
    }
    for (let at = 1; at < starts.length; at += 1) starts[at] = (starts[at] as number) + (starts[at - 1] as number)
    for (const [pack, { end, first }] of ranges.entries()) {
      const { directory } = elementAt(this.packs, pack)
      for (let position = first; position < end; position += 1) {
        const own = prefixOf(directory.nameAt(position), { shift }) + 1
        numbers[starts[own] as number] = elementAt(this.#firsts, pack) + position
        starts[own] = (starts[own] as number) + 1
        if (++seen % sliceEntries === 0) yield
      }
    }
    return yield* this.#sortingPrefixes({ numbers, starts, shift })
  }

  /** Sorts the numbers of each prefix by id, the first of a repeated one at the head, and drops the others. */
  *#sortingPrefixes({ numbers, shift, starts }: IdOrder): Slices<IdOrder> {
    let [from, kept] = [0, 0]
    for (let prefix = 0; prefix < starts.length - 1; prefix += 1) {
      const end = elementAt(starts, prefix + 1)
      starts[prefix] = kept
      this.#sort(numbers, from, end)
      for (; from < end; from += 1) {
        const number = elementAt(numbers, from)
        const isRepeated = kept > elementAt(starts, prefix) && this.#compare(elementAt(numbers, kept - 1), number) === 0
        if (!isRepeated) numbers[kept++] = number
        if ((from + 1) % sliceEntries === 0) yield
      }
    }
    starts[starts.length - 1] = kept
    return { numbers: numbers.subarray(0, kept), starts, shift }
  }

  /** Sorts the numbers of a prefix by id. Few are moved in place; many are only where somebody made such ids. */
  #sort(numbers: Uint32Array, from: number, end: number): void {
    if (end - from > sortedInPlace) {
      numbers.subarray(from, end).sort((a, b) => this.#compare(a, b) || a - b)
      return
    }
    for (let next = from + 1; next < end; next += 1) {
      const number = elementAt(numbers, next)
      let to = next
      for (; to > from && this.#compare(elementAt(numbers, to - 1), number) > 0; to -= 1) {
        numbers[to] = elementAt(numbers, to - 1)
      }
      numbers[to] = number
    }
  }

  /** Compares two objects of one type by their ids. */
  #compare(a: number, b: number): number {
    const { pack, position } = this.#positionOf(b)
    return this.#compareWith(a, pack.directory.nameAt(position))
  }

  #compareWith(number: number, name: PackedName): number {
    const { pack, position } = this.#positionOf(number)
    return pack.directory.compareAt(position, name)
  }

  #positionOf(number: number) {
    let [low, high] = [0, this.#firsts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (elementAt(this.#firsts, middle) <= number) low = middle
      else high = middle - 1
    }
    return { pack: elementAt(this.packs, low), position: number - elementAt(this.#firsts, low) }
  }

  #orderOf(type: ObjectType): IdOrder {
    return expected(this.#orders.get(type), `the order of each ${type}`)
  }

  /** Finds the number of an object; undefined if no pack has it. */
  find(type: ObjectType, id: string): number | undefined {
    const place = this.placeInOrder(type, id)
    return place === undefined ? undefined : this.#orderOf(type).numbers[place]
  }

  /** Finds the place of an object in the order of the ids of its type; undefined if no pack has it. */
  placeInOrder(type: ObjectType, id: string): number | undefined {
    if (!writeHex(id, wanted)) return undefined
    const name = { type, view: wantedView, at: 0 }
    const order = this.#orderOf(type)
    const prefix = prefixOf(name, order)
    let [from, to] = [elementAt(order.starts, prefix), elementAt(order.starts, prefix + 1)]
    while (from < to) {
      const middle = (from + to) >>> 1
      const difference = this.#compareWith(elementAt(order.numbers, middle), name)
      if (difference === 0) return middle
      if (difference < 0) from = middle + 1
      else to = middle
    }
    return undefined
  }

  /** Returns the numbers of the objects of a type, in the order of their ids. */
  inOrder(type: ObjectType): Uint32Array {
    return this.#orderOf(type).numbers
  }

  /** Counts the objects, each as often as packs have it. */
  get size(): number {
    return this.#marks.length
  }

  has(type: ObjectType, id: string): boolean {
    return this.find(type, id) !== undefined
  }

  /** Returns where the object of a number is. */
  placeOf(number: number): PackedPlace {
    const { pack, position } = this.#positionOf(number)
    return { pack, object: pack.directory.at(position) }
  }

  /** Returns what `placeOf` does, with the hashes as bytes. */
  entryOf(number: number): { readonly pack: StoredPack; readonly entry: PackedEntry } {
    const { pack, position } = this.#positionOf(number)
    return { pack, entry: pack.directory.entryAt(position) }
  }

  /** Returns the first place from `from` on, in the order of the ids of a type, that is after an id; else the end. */
  endOf(type: ObjectType, from: number, last: string | undefined): number {
    const numbers = this.inOrder(type)
    if (last === undefined) return numbers.length
    return placeAfter(from, numbers.length, (place) => this.idOf(elementAt(numbers, place)) > last)
  }

  idOf(number: number): string {
    return this.placeOf(number).object.id
  }

  mark(number: number, mark: Mark): void {
    this.#marks[number] = elementAt(this.#marks, number) | mark
  }

  isMarked(number: number, mark: Mark): boolean {
    return (elementAt(this.#marks, number) & mark) !== 0
  }
}
