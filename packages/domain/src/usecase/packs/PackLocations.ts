/** Locates objects in the content of packs. */
import { Effect } from "effect"
import { TextReader } from "../../base/Bytes.ts"
import { eachInSlices } from "../../base/Slices.ts"
import type { ObjectType, Sha256 } from "../../object/Id.ts"
import type { Pack, PackEntry } from "../../repository/Pack.ts"
import { frameBytes, frameIdAt } from "../../wire/mpack/Format.ts"

/** A pack to read. */
export interface ReadablePack {
  readonly sha256: Sha256
  /** Size of its content in bytes. */
  readonly contentBytes: number
  /** Its place among the packs of the repository. */
  readonly order: number
  readonly entries: Pack["entries"]
}

/** The location of an object: its frame is the content from `start` to before `end`. */
export interface Slot {
  readonly pack: ReadablePack
  readonly entry: PackEntry
  readonly start: number
  readonly end: number
}

/** Locates objects by type and id. An object in several packs is found in the first one. */
export class PackLocations {
  private constructor() {}

  private readonly slots: { readonly [T in ObjectType]: Map<string, Slot> } = {
    blob: new Map(),
    snapshot: new Map(),
    commit: new Map()
  }

  /** Takes packs in the order in which they were recorded. */
  static readonly of = Effect.fnUntraced(function* (packs: ReadonlyArray<Pack>) {
    const located = new PackLocations()
    const { slots } = located
    for (const [order, { entries, sha256 }] of packs.entries()) {
      const pack = { sha256, order, contentBytes: contentBytesOf(entries), entries }
      let start = 0
      yield* eachInSlices(entries, (entry) => {
        const end = start + frameBytes(entry.type, entry.size)
        const ofType = slots[entry.type]
        if (!ofType.has(entry.id)) ofType.set(entry.id, { pack, entry, start, end })
        start = end
      })
      yield* Effect.yieldNow
    }
    return located
  })

  find(type: ObjectType, id: string): Slot | undefined {
    return this.slots[type].get(id)
  }
}

/** Returns the size of a pack's content: the frames of its objects, one after the other. */
export const contentBytesOf = (entries: ReadonlyArray<PackEntry>): number =>
  entries.reduce((sum, { size, type }) => sum + frameBytes(type, size), 0)

/**
 * Returns whether the content has each object at its place in the directory. The content is already checked; the
 * directory comes from the index.
 */
export const isLaidOutAs = (entries: ReadonlyArray<PackEntry>, content: Uint8Array): boolean => {
  const text = new TextReader(content)
  let start = 0
  for (const { id, size, type } of entries) {
    if (frameIdAt(text, start, type) !== id) return false
    start += frameBytes(type, size)
  }
  return start === content.byteLength
}
