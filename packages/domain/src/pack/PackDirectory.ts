/**
 * The directory of a pack: its blocks and objects in the order of the content, and the order of the ids (docs/pack.md,
 * "The directory"). Where a block or an object begins follows from the lengths before it, so a directory cannot
 * describe gaps or overlaps.
 */
import { Result } from "effect"
import { TextReader, writeHex } from "../base/Bytes.ts"
import { elementAt } from "../base/expected.ts"
import { atOnce, sliceEntries, type Slices, sorting } from "../base/Slices.ts"
import { canonicalLength } from "../object/Frame.ts"
import type { ObjectType, Sha256 } from "../object/Id.ts"
import { blockContentBytesMax, packBlocksMax, packBytesMax, packObjectsMax } from "./limits.ts"
import { type PackBlock, type PackedObject, packedTypes } from "./PackedObject.ts"
import { PackRefused } from "./PackRefused.ts"

export const hashBytes = 32
/** Version, count of blocks, count of objects. */
const headBytes = 12
/** Type, count of objects, length in the pack, length of the content, SHA-256. */
const blockBytes = 16 + hashBytes
/** A position. */
const orderBytes = 4
const version = 1

/** Size and id; a blob's id is the hash of its stored bytes, the others have that hash beside their id. */
const entryBytes = (type: ObjectType): number => 4 + (type === "blob" ? hashBytes : 2 * hashBytes)

/** A block and its objects, as a writer made them. */
export interface WrittenBlock {
  readonly type: ObjectType
  readonly length: number
  readonly contentLength: number
  readonly sha256: Sha256
  readonly objects: ReadonlyArray<WrittenObject>
}

export interface WrittenObject {
  readonly id: string
  readonly sha256: Sha256
  /** Count of the stored bytes. */
  readonly size: number
}

const viewOf = ({ buffer, byteLength, byteOffset }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength)

/** Encodes the directory of blocks whose types are in the order of `packedTypes`. */
export const encodingDirectory = function* (blocks: ReadonlyArray<WrittenBlock>): Slices<Uint8Array> {
  const count = blocks.reduce((sum, { objects }) => sum + objects.length, 0)
  const entries = blocks.reduce((sum, { objects, type }) => sum + objects.length * entryBytes(type), 0)
  const bytes = new Uint8Array(headBytes + blocks.length * blockBytes + entries + count * orderBytes)
  const view = viewOf(bytes)
  let at = 0
  const uint32 = (value: number) => {
    view.setUint32(at, value, true)
    at += 4
  }
  const hash = (digits: string) => {
    writeHex(digits, bytes.subarray(at, at + hashBytes))
    at += hashBytes
  }
  for (const value of [version, blocks.length, count]) uint32(value)
  for (const block of blocks) {
    for (const value of [codeOf(block.type), block.objects.length, block.length, block.contentLength]) uint32(value)
    hash(block.sha256)
  }
  const ids: Array<Identified> = []
  for (const { objects, type } of blocks) {
    const code = codeOf(type)
    for (const { id, sha256, size } of objects) {
      uint32(size)
      ids.push({ code, at, position: ids.length })
      hash(id)
      if (type !== "blob") hash(sha256)
      if (ids.length % sliceEntries === 0) yield
    }
  }
  const ordered = yield* sorting(ids, (a, b) => a.code - b.code || compareHashes(view, a.at, view, b.at))
  for (const { position } of ordered) uint32(position)
  return bytes
}

/** The type of an object by its code, where its id begins in the directory, and its position. */
interface Identified {
  readonly code: number
  readonly at: number
  readonly position: number
}

/** Orders two hashes, each given by a view and where it begins there. */
const compareHashes = (a: DataView, aAt: number, b: DataView, bAt: number): number => {
  for (let at = 0; at < hashBytes; at += 4) {
    const difference = a.getUint32(aAt + at) - b.getUint32(bAt + at)
    if (difference !== 0) return difference
  }
  return 0
}

/** The id that is being looked for. */
const wanted = new Uint8Array(hashBytes)
const wantedView = viewOf(wanted)

const codeOf = (type: ObjectType): number => packedTypes.indexOf(type)

/** The name of an object: its type, and its id, whose 32 bytes begin at `at` in a view. */
export interface PackedName {
  readonly type: ObjectType
  readonly view: DataView
  readonly at: number
}

/** An object in a pack, whose id and SHA-256 are 32 bytes each of a view. */
export interface PackedEntry extends Pick<PackedObject, "type" | "size" | "block" | "offset"> {
  readonly view: DataView
  readonly idAt: number
  readonly sha256At: number
}

/** Where the objects of a type are. */
interface TypeRange {
  readonly type: ObjectType
  /** The position of the first one, and the one after the last. */
  readonly first: number
  readonly end: number
  /** Where the entry of the first one begins in the directory, and the bytes of each entry. */
  readonly entryAt: number
  readonly entryBytes: number
}

/** Returns where the entry of an object begins in the directory. */
const entryIn = ({ entryAt, entryBytes, first }: TypeRange, position: number): number =>
  entryAt + (position - first) * entryBytes

/** Returns where the id of an object begins in the directory. */
const idIn = (range: TypeRange, position: number): number => entryIn(range, position) + 4

/** Returns where the objects of each type are, in the order of the types. */
const rangesOf = (blocks: ReadonlyArray<PackBlock>): ReadonlyArray<TypeRange> => {
  let [first, entryAt] = [0, headBytes + blocks.length * blockBytes]
  return packedTypes.map((type) => {
    const objects = blocks.reduce((sum, block) => (block.type === type ? sum + block.objects : sum), 0)
    const range = { type, first, end: first + objects, entryAt, entryBytes: entryBytes(type) }
    first = range.end
    entryAt += objects * range.entryBytes
    return range
  })
}

export class PackDirectory {
  readonly blocks: ReadonlyArray<PackBlock>
  /** Count of the objects. */
  readonly size: number
  /** The encoded directory. */
  readonly bytes: Uint8Array
  readonly #text: TextReader
  readonly #view: DataView
  readonly #ranges: ReadonlyArray<TypeRange>
  /** By position: where the object begins in the content of its block. */
  readonly #offset: Uint32Array

  private constructor(bytes: Uint8Array, blocks: ReadonlyArray<PackBlock>, objects: number) {
    this.bytes = bytes
    this.blocks = blocks
    this.size = objects
    this.#text = new TextReader(bytes)
    this.#view = viewOf(bytes)
    this.#ranges = rangesOf(blocks)
    this.#offset = new Uint32Array(objects)
  }

  /** Decodes a directory and refuses every one that `encodingDirectory` could not have made. Keeps `bytes`. */
  static decode(bytes: Uint8Array): Result.Result<PackDirectory, PackRefused> {
    return atOnce(PackDirectory.decoding(bytes))
  }

  /** Decodes a directory as `decode` does, in slices. */
  static *decoding(bytes: Uint8Array): Slices<Result.Result<PackDirectory, PackRefused>> {
    const counted = blocksOf(bytes)
    if (Result.isFailure(counted)) return Result.fail(counted.failure)
    const { blocks, objects } = counted.success
    const directory = new PackDirectory(bytes, blocks, objects)
    const refusal = (yield* directory.#placingObjects()) ?? (yield* directory.#checkingOrder())
    return refusal === undefined ? Result.succeed(directory) : refuse(refusal)
  }

  /** Finds where each object begins. Returns why the directory is refused, if it is. */
  *#placingObjects(): Slices<string | undefined> {
    for (const [block, { contentLength, first, objects, type }] of this.blocks.entries()) {
      let offset = 0
      for (let position = first; position < first + objects; position++) {
        this.#offset[position] = offset
        offset += canonicalLength(type, this.#view.getUint32(entryIn(this.#rangeAt(position), position), true))
        if ((position + 1) % sliceEntries === 0) yield
      }
      if (offset !== contentLength) {
        return `the objects of block ${block} have ${offset} bytes, and its content has ${contentLength}`
      }
    }
    return undefined
  }

  /** Ascending without repeats, the order has each position once, and no object comes twice. */
  *#checkingOrder(): Slices<string | undefined> {
    for (let place = 0; place < this.size; place++) {
      if ((place + 1) % sliceEntries === 0) yield
      const position = this.#ordered(place)
      if (position >= this.size) return `its order names object ${position} of ${this.size}`
      const name = this.nameAt(position)
      const isAscending = place === 0 || this.compareAt(this.#ordered(place - 1), name) < 0
      if (!isAscending) return `its order is wrong at ${name.type} ${this.at(position).id}`
    }
    return undefined
  }

  /** Returns the position of the object that has this place in the order of types and ids. */
  #ordered(place: number): number {
    return this.#view.getUint32(this.bytes.byteLength - (this.size - place) * orderBytes, true)
  }

  #rangeAt(position: number): TypeRange {
    for (const range of this.#ranges) if (position < range.end) return range
    throw new Error(`expected an object at ${position} of ${this.size}, which is absent`)
  }

  /** Returns the number of the block that has the object at a position. */
  #blockAt(position: number): number {
    let [low, high] = [0, this.blocks.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (elementAt(this.blocks, middle).first <= position) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Returns the object at a position from 0 to before `size`. */
  at(position: number): PackedObject {
    const { block, idAt, offset, sha256At, size, type } = this.entryAt(position)
    const id = this.#text.hex(idAt, idAt + hashBytes)
    const sha256 = sha256At === idAt ? id : this.#text.hex(sha256At, sha256At + hashBytes)
    return { type, id, size, sha256, block, offset } as PackedObject
  }

  /** Returns what `at` does, with places of the hashes in a view instead of their texts. */
  entryAt(position: number): PackedEntry {
    const range = this.#rangeAt(position)
    const { type } = range
    const idAt = idIn(range, position)
    return {
      type,
      view: this.#view,
      idAt,
      sha256At: type === "blob" ? idAt : idAt + hashBytes,
      size: this.#view.getUint32(entryIn(range, position), true),
      block: this.#blockAt(position),
      offset: elementAt(this.#offset, position)
    }
  }

  /** Returns the type of the object at a position, and where its id is: 32 bytes of a view. */
  nameAt(position: number): PackedName {
    const range = this.#rangeAt(position)
    return { type: range.type, view: this.#view, at: idIn(range, position) }
  }

  /** Orders the object at a position and a name, by type and id: less than 0 if the object comes first. */
  compareAt(position: number, { at, type, view }: PackedName): number {
    const range = this.#rangeAt(position)
    return range.type === type
      ? compareHashes(this.#view, idIn(range, position), view, at)
      : codeOf(range.type) - codeOf(type)
  }

  /** Returns the positions of the objects of a type: from `first` to before `end`. */
  positionsOf(type: ObjectType): { readonly first: number; readonly end: number } {
    return elementAt(this.#ranges, codeOf(type))
  }

  /** Finds an object. */
  find(type: ObjectType, id: string): PackedObject | undefined {
    if (!writeHex(id, wanted)) return undefined
    const name = { type, view: wantedView, at: 0 }
    let [from, to] = [0, this.size]
    while (from < to) {
      const middle = (from + to) >>> 1
      const position = this.#ordered(middle)
      const order = this.compareAt(position, name)
      if (order === 0) return this.at(position)
      if (order < 0) from = middle + 1
      else to = middle
    }
    return undefined
  }

  /** Yields the objects in the order of the content. */
  *[Symbol.iterator](): Generator<PackedObject> {
    for (let position = 0; position < this.size; position++) yield this.at(position)
  }
}

const refuse = (reason: string) => Result.fail(new PackRefused({ reason: `its directory is wrong: ${reason}` }))

/** Reads the counts and the blocks, and checks that the rest has the length that they ask for. */
const blocksOf = (bytes: Uint8Array) => {
  if (bytes.byteLength < headBytes) return refuse("it is too short")
  const view = viewOf(bytes)
  const text = new TextReader(bytes)
  const uint32 = (at: number) => view.getUint32(at, true)
  const [found, count, objects] = [uint32(0), uint32(4), uint32(8)]
  if (found !== version) return refuse(`its version is ${found}, and this hub knows ${version}`)
  if (count > packBlocksMax) return refuse(`${count} blocks are more than ${packBlocksMax}`)
  if (objects > packObjectsMax) return refuse(`${objects} objects are more than ${packObjectsMax}`)
  const entriesAt = headBytes + count * blockBytes
  if (bytes.byteLength < entriesAt) return refuse("it ends within its blocks")

  const blocks: Array<PackBlock> = []
  let [start, first, code, length] = [0, 0, 0, entriesAt + objects * orderBytes]
  for (let at = headBytes; at < entriesAt; at += blockBytes) {
    const number = blocks.length
    const type = packedTypes[uint32(at)]
    if (type === undefined || uint32(at) < code) return refuse(`block ${number} has the type ${uint32(at)}`)
    code = uint32(at)
    const block = {
      type,
      start,
      length: uint32(at + 8),
      sha256: text.hex(at + 16, at + 16 + hashBytes) as Sha256,
      contentLength: uint32(at + 12),
      first,
      objects: uint32(at + 4)
    }
    if (block.objects === 0) return refuse(`block ${number} is empty`)
    if (block.contentLength > blockContentBytesMax) {
      return refuse(`block ${number} has ${block.contentLength} bytes, more than ${blockContentBytesMax}`)
    }
    start += block.length
    first += block.objects
    length += block.objects * entryBytes(type)
    blocks.push(block)
  }
  if (first !== objects) return refuse(`its blocks have ${first} objects, and it says ${objects}`)
  if (start > packBytesMax) return refuse(`its blocks have ${start} bytes, more than ${packBytesMax}`)
  if (length !== bytes.byteLength) return refuse(`it has ${bytes.byteLength} bytes instead of ${length}`)
  return Result.succeed({ blocks, objects })
}
