/** What the rows of the objects of one type must be, in the order of their ids. */
import { AsciiWriter } from "../../../../base/text/AsciiWriter.ts"
import { utf8 } from "../../../../base/Bytes.ts"
import { elementAt, expected } from "../../../../base/expected.ts"
import { sliceEntries, type Slices } from "../../../../base/Slices.ts"
import { incrementalSha256 } from "../../../../object/Digest.ts"
import type { ObjectType, Sha256 } from "../../../../object/Id.ts"
import { hashBytes } from "../../../../pack/PackDirectory.ts"
import type { PackBlock } from "../../../../pack/PackedObject.ts"
import { rowText } from "../../../../port/index/digest/digestingRows.ts"
import type { StoredPack } from "../../../../port/Stored.ts"
import type { HeldObjects, LargeBlob } from "../packs/checkingObjects.ts"
import { marks, type ObjectTable, placeAfter } from "../packs/ObjectTable.ts"

type LargeEntry = readonly [id: string, blob: LargeBlob]

const [space, lineFeed, plus] = [0x20, 0x0a, 0x2b]

/** The locators of blocks as bytes. */
class BlockLocators {
  readonly #bytes = new Map<PackBlock, Uint8Array>()

  of(pack: StoredPack, block: number): Uint8Array {
    const key = elementAt(pack.directory.blocks, block)
    const locator = this.#bytes.get(key) ?? utf8(pack.uriOfBlock(block))
    this.#bytes.set(key, locator)
    return locator
  }
}

/** The rows of some objects whose ids follow one another. */
class ExpectedPage {
  readonly #table: ObjectTable
  readonly #locators: BlockLocators
  readonly #packed: Uint32Array
  readonly #large: ReadonlyArray<LargeEntry>

  constructor(table: ObjectTable, locators: BlockLocators, packed: Uint32Array, large: ReadonlyArray<LargeEntry>) {
    this.#table = table
    this.#locators = locators
    this.#packed = packed
    this.#large = large
  }

  get count(): number {
    return this.#packed.length + this.#large.length
  }

  /** Hashes the texts of the rows as `digestingRows` does, without making rows or texts. */
  *hashing(): Slices<Sha256> {
    const hash = incrementalSha256()
    const writer = new AsciiWriter((bytes) => hash.update(bytes))
    let [seen, largeAt] = [0, 0]
    for (const number of this.#packed) {
      if (largeAt < this.#large.length) largeAt = this.#writeLarge(writer, largeAt, this.#table.idOf(number))
      this.#writePacked(writer, number)
      if (++seen % sliceEntries === 0) yield
    }
    this.#writeLarge(writer, largeAt, undefined)
    writer.flush()
    return hash.digest()
  }

  #writePacked(writer: AsciiWriter, number: number): void {
    const { entry, pack } = this.#table.entryOf(number)
    const { block, idAt, offset, sha256At, size, view } = entry
    writer.hex(view, idAt, idAt + hashBytes)
    writer.byte(space)
    writer.decimal(size)
    writer.byte(space)
    writer.bytes(this.#locators.of(pack, block))
    writer.byte(plus)
    writer.decimal(offset)
    writer.byte(space)
    writer.hex(view, sha256At, sha256At + hashBytes)
    writer.byte(lineFeed)
  }

  /** Writes the rows of large blobs from a place on, up to an id. Returns the place that is next. */
  #writeLarge(writer: AsciiWriter, from: number, before: string | undefined): number {
    for (let at = from; at < this.#large.length; at += 1) {
      const [id, { size, storageUri }] = elementAt(this.#large, at)
      if (before !== undefined && id > before) return at
      writer.bytes(utf8(rowText({ id, size, storageUri, sha256: id as Sha256 })))
    }
    return this.#large.length
  }

  /** Notes that all of these rows are there. */
  markRecorded(): void {
    for (const number of this.#packed) this.#table.mark(number, marks.recorded)
    for (const [, blob] of this.#large) blob.hasRow = true
  }
}

export class ExpectedRows {
  readonly #table: ObjectTable
  readonly #type: ObjectType
  readonly #large: ReadonlyArray<LargeEntry>
  readonly #locators = new BlockLocators()
  #packedAt = 0
  #largeAt = 0

  constructor({ large, table }: HeldObjects, type: ObjectType) {
    this.#table = table
    this.#type = type
    this.#large = type === "blob" ? [...large].toSorted(([a], [b]) => (a < b ? -1 : 1)) : []
  }

  /** Takes the next rows, up to an id; all that are left if it is undefined. */
  takeUpTo(last: string | undefined): ExpectedPage {
    const packedEnd = this.#table.endOf(this.#type, this.#packedAt, last)
    const isAfter = (place: number) => elementAt(this.#large, place)[0] > expected(last, "the id of the last row")
    const largeEnd = last === undefined ? this.#large.length : placeAfter(this.#largeAt, this.#large.length, isAfter)
    const page = new ExpectedPage(
      this.#table,
      this.#locators,
      this.#table.inOrder(this.#type).subarray(this.#packedAt, packedEnd),
      this.#large.slice(this.#largeAt, largeEnd)
    )
    this.#packedAt = packedEnd
    this.#largeAt = largeEnd
    return page
  }
}
