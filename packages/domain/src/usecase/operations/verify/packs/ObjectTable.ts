/**
 * The objects of a repository by their ids, as the directories of its packs have them: some 16 bytes for each beside
 * the directories. An object that several packs have counts once, in the first one.
 */
import { elementAt } from "../../../../base/expected.ts"
import { writeHex } from "../../../../base/Bytes.ts"
import { sliceEntries, type Slices } from "../../../../base/Slices.ts"
import type { PackedPlace } from "../../../../invariant/packs/Packs.ts"
import type { ObjectType } from "../../../../object/Id.ts"
import type { PackedName } from "../../../../pack/PackDirectory.ts"
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

export class ObjectTable {
  readonly packs: ReadonlyArray<StoredPack>
  /** Counts objects through all packs: the number of the first one of each pack. */
  readonly #firsts: ReadonlyArray<number>
  /** The number of an object, and 1; 0 where a slot is free. Twice as many as objects at least. */
  readonly #slots: Uint32Array
  readonly #marks: Uint8Array

  private constructor(packs: ReadonlyArray<StoredPack>) {
    this.packs = packs
    let count = 0
    this.#firsts = packs.map(({ directory }) => (count += directory.size) - directory.size)
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 2)))
    this.#marks = new Uint8Array(count)
  }

  /** Makes the table of packs, the one that was named first at the head. */
  static *making(packs: ReadonlyArray<StoredPack>): Slices<ObjectTable> {
    const table = new ObjectTable(packs)
    let number = 0
    for (const { directory } of packs) {
      for (let position = 0; position < directory.size; position += 1) {
        const slot = table.#slotOf(directory.nameAt(position))
        number += 1
        if (table.#slots[slot] === 0) table.#slots[slot] = number
        if (number % sliceEntries === 0) yield
      }
    }
    return table
  }

  /** Returns the slot in which an object is, or the free one in which it would be. */
  #slotOf(name: PackedName): number {
    const mask = this.#slots.length - 1
    for (let slot = name.view.getUint32(name.at) & mask; ; slot = (slot + 1) & mask) {
      const entry = elementAt(this.#slots, slot)
      if (entry === 0) return slot
      const { pack, position } = this.#positionOf(entry - 1)
      if (pack.directory.isAt(position, name)) return slot
    }
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

  /** Finds the number of an object; undefined if no pack has it. */
  find(type: ObjectType, id: string): number | undefined {
    if (!writeHex(id, wanted)) return undefined
    const entry = elementAt(this.#slots, this.#slotOf({ type, view: wantedView, at: 0 }))
    return entry === 0 ? undefined : entry - 1
  }

  /** Count of the objects, each as often as packs have it. */
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

  mark(number: number, mark: Mark): void {
    this.#marks[number] = elementAt(this.#marks, number) | mark
  }

  isMarked(number: number, mark: Mark): boolean {
    return (elementAt(this.#marks, number) & mark) !== 0
  }
}
