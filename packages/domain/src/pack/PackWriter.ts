/**
 * Writes a pack in memory. The objects are sorted into blocks of one type each, so the pack depends on the order within
 * each type alone, and the same objects give the same bytes.
 */
import { Effect, Option } from "effect"
import { inSlices, joining } from "../base/Slices.ts"
import { compress } from "../base/Compression.ts"
import { canonicalLength, canonicalPrefix } from "../object/Frame.ts"
import { sha256Apart } from "../object/Digest.ts"
import type { ObjectType } from "../object/Id.ts"
import { BlockContent } from "./BlockContent.ts"
import { blockContentBytes } from "./limits.ts"
import { encodingDirectory, type WrittenBlock, type WrittenObject } from "./PackDirectory.ts"
import { type PackableObject, packedTypes } from "./PackedObject.ts"
import { PackFile } from "./PackFile.ts"
import { encodingTail } from "./packTail.ts"

export interface WrittenPack {
  readonly file: PackFile
  /** The encoded directory, as it is in the file. */
  readonly directory: Uint8Array
}

interface CompressedBlock extends WrittenBlock {
  readonly bytes: Uint8Array
}

/** The block of a type that is being filled. */
class OpenBlock {
  readonly #type: ObjectType
  #objects: Array<WrittenObject> = []
  #content = new BlockContent()

  constructor(type: ObjectType) {
    this.#type = type
  }

  hasRoomFor({ content, type }: PackableObject): boolean {
    const length = this.#content.length + canonicalLength(type, content.byteLength)
    return this.#objects.length === 0 || length <= blockContentBytes
  }

  add({ content, id, sha256, type }: PackableObject): void {
    this.#objects.push({ id, sha256, size: content.byteLength })
    this.#content.add(canonicalPrefix(type, content.byteLength))
    this.#content.add(content)
  }

  /** Takes out what was added, to be compressed; none if nothing was. */
  take(): Effect.Effect<ReadonlyArray<CompressedBlock>> {
    const block = { type: this.#type, objects: this.#objects, contentLength: this.#content.length }
    const content = this.#content
    this.#objects = []
    this.#content = new BlockContent()
    return block.objects.length === 0 ? Effect.succeed([]) : Effect.map(compressed(block, content.end()), Array.of)
  }
}

const compressed = Effect.fnUntraced(function* (
  block: Pick<WrittenBlock, "type" | "objects" | "contentLength">,
  content: ReadonlyArray<Uint8Array>
) {
  const bytes = yield* compress(yield* inSlices(() => joining(content)))
  return { ...block, length: bytes.byteLength, sha256: yield* sha256Apart(bytes), bytes }
})

export class PackWriter {
  readonly #open = { blob: new OpenBlock("blob"), snapshot: new OpenBlock("snapshot"), commit: new OpenBlock("commit") }
  readonly #blocks: Record<ObjectType, Array<CompressedBlock>> = { blob: [], snapshot: [], commit: [] }
  readonly #added: Record<ObjectType, Set<string>> = { blob: new Set(), snapshot: new Set(), commit: new Set() }
  #blocksLength = 0
  #contentBytes = 0

  /** Count of the objects so far. */
  get objects(): number {
    return packedTypes.reduce((count, type) => count + this.#added[type].size, 0)
  }

  has(type: ObjectType, id: string): boolean {
    return this.#added[type].has(id)
  }

  /** Bytes of the objects so far. */
  get contentBytes(): number {
    return this.#contentBytes
  }

  /** Bytes of the blocks that are complete. */
  get blocksLength(): number {
    return this.#blocksLength
  }

  /**
   * Adds an object, unless it was added before. Compresses the block that it does not fit into, so the next call waits
   * for this one.
   */
  add(object: PackableObject): Effect.Effect<void> {
    return Effect.suspend(() => this.addNow(object) ?? Effect.void)
  }

  /** Adds an object as `add` does, but at once, and returns what is left to do, if there is anything. */
  addNow(object: PackableObject): Effect.Effect<void> | undefined {
    const { id, type } = object
    if (this.has(type, id)) return undefined
    this.#added[type].add(id)
    this.#contentBytes += object.content.byteLength
    const open = this.#open[type]
    const full = open.hasRoomFor(object) ? undefined : open.take()
    open.add(object)
    return full === undefined ? undefined : Effect.map(full, (blocks) => this.#keep(type, blocks))
  }

  #keep(type: ObjectType, blocks: ReadonlyArray<CompressedBlock>): void {
    for (const block of blocks) {
      this.#blocks[type].push(block)
      this.#blocksLength += block.length
    }
  }

  /** Ends the pack; none if nothing was added. The writer is not used afterwards. */
  finish(): Effect.Effect<Option.Option<WrittenPack>> {
    return Effect.gen({ self: this }, function* () {
      for (const type of packedTypes) this.#keep(type, yield* this.#open[type].take())
      const blocks = packedTypes.flatMap((type) => this.#blocks[type])
      if (blocks.length === 0) return Option.none()
      const directory = yield* inSlices(() => encodingDirectory(blocks))
      const tail = yield* inSlices(() => encodingTail(blocks, directory))
      const bytes = yield* inSlices(() => joining([...blocks.map((block) => block.bytes), tail]))
      return Option.some({ file: yield* PackFile.of(bytes), directory })
    })
  }
}
