/** Splits a plan into parts that are read from packs and runs that are read object by object. */
import { Effect } from "effect"
import { eachInSlices, inSlices, sorting } from "../../base/Slices.ts"
import type { CommitNode } from "../../history/CommitNode.ts"
import type { CommitId } from "../../object/Id.ts"
import { orDefault } from "../../base/expected.ts"
import type { PackEntry } from "../../repository/Pack.ts"
import type { MpackEntry } from "../../wire/mpack/Format.ts"
import type { PackLocations, ReadablePack, Slot } from "./PackLocations.ts"

/** Consecutive objects of a stream that are read from one pack. */
export interface PackedPart {
  readonly pack: ReadablePack
  /** The ranges of the pack's content to send, each from the first offset to before the second. */
  readonly ranges: ReadonlyArray<readonly [start: number, end: number]>
  /** The objects in the ranges. */
  readonly entries: ReadonlyArray<PackEntry>
}

/** Consecutive objects of a stream that are read one by one. */
export interface LooseRun {
  readonly loose: ReadonlyArray<MpackEntry>
}

/**
 * The minimum share of a pack's content that must be wanted for the pack to be read; below it, reading the objects one
 * by one is faster.
 */
const usefulShare = 1 / 4

/**
 * Orders commits parents first and, within that, in the order of the packs: objects that were packed together are sent
 * together.
 */
export const inPackOrder = Effect.fnUntraced(function* (commits: ReadonlyArray<CommitNode>, located: PackLocations) {
  const sorted = yield* inSlices(() =>
    sorting(commits, (a, b) => {
      const [slotA, slotB] = [located.find("commit", a.id), located.find("commit", b.id)]
      if (slotA !== undefined && slotB !== undefined) {
        return slotA.pack.order - slotB.pack.order || slotA.start - slotB.start
      }
      if (slotA !== undefined) return -1
      if (slotB !== undefined) return 1
      return a.generation - b.generation || (a.id < b.id ? -1 : 1)
    })
  )
  return yield* parentsFirst(sorted)
})

/** Keeps the order of the commits, except that a parent after its child is moved before it. */
const parentsFirst = Effect.fnUntraced(function* (commits: ReadonlyArray<CommitNode>) {
  const waiting = new Map<CommitId, CommitNode>()
  yield* eachInSlices(commits, (node) => waiting.set(node.id, node))
  const ordered: Array<CommitNode> = []
  const stack: Array<CommitNode> = []
  yield* eachInSlices(commits, (node) => {
    stack.push(node)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const parents = waiting.has(top.id) ? top.parents.flatMap((id) => orDefault(waiting.get(id), [])) : []
      if (parents.length > 0) {
        stack.push(...parents)
        continue
      }
      stack.pop()
      if (waiting.delete(top.id)) ordered.push(top)
    }
  })
  const parentsBefore: ReadonlyArray<CommitNode> = ordered
  return parentsBefore
})

/** Returns the slots of the objects in packs that are worth reading. */
export const usefulSlots = (entries: ReadonlyArray<MpackEntry>, located: PackLocations) => {
  const slots = entries.map(({ id, type }) => located.find(type, id))
  const wanted = new Map<ReadablePack, number>()
  for (const slot of slots) {
    if (slot !== undefined) wanted.set(slot.pack, orDefault(wanted.get(slot.pack), 0) + slot.end - slot.start)
  }
  const isUseful = ({ pack }: Slot) => orDefault(wanted.get(pack), 0) >= pack.contentBytes * usefulShare
  return slots.map((slot) => (slot !== undefined && isUseful(slot) ? slot : undefined))
}

/** Returns the parts of a stream: runs of objects from one pack, and runs of at most `looseMax` others. */
export function* packedParts(
  placed: ReadonlyArray<MpackEntry & { readonly slot: Slot | undefined }>,
  looseMax: number
): Generator<PackedPart | LooseRun, void, undefined> {
  let run: Array<Slot> = []
  let loose: Array<MpackEntry> = []
  for (const { slot, ...entry } of placed) {
    if (run[0] !== undefined && slot?.pack !== run[0].pack) {
      yield partOf(run[0].pack, run)
      run = []
    }
    if (loose.length > 0 && (slot !== undefined || loose.length >= looseMax)) {
      yield { loose }
      loose = []
    }
    if (slot === undefined) loose.push(entry)
    else run.push(slot)
  }
  if (run[0] !== undefined) yield partOf(run[0].pack, run)
  if (loose.length > 0) yield { loose }
}

const partOf = (pack: ReadablePack, run: ReadonlyArray<Slot>): PackedPart => {
  const ranges: Array<[number, number]> = []
  for (const { end, start } of run) {
    const last = ranges.at(-1)
    if (last?.[1] === start) last[1] = end
    else ranges.push([start, end])
  }
  return { pack, ranges, entries: run.map(({ entry }) => entry) }
}
