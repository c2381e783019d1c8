/**
 * Puts the edits of a list into chunks. A chunk has at most `chunkBytesMax` bytes of entries, whatever their keys are.
 * One that becomes small is joined with the one beside it, so there are never many small ones.
 */
import { Effect, Stream } from "effect"
import { elementAt, expected } from "../../base/expected.ts"
import { sha256 } from "../../object/Digest.ts"
import type { Sha256 } from "../../object/Id.ts"
import { edited, type ReadChunk, type RefEdit, RefList } from "./RefList.ts"
import { bytesOf, type ChunkRef, chunkFor, type Inner, isLeaf, type RefEntry, type RefNode } from "./RefNode.ts"

/** The most bytes of the entries of a chunk, or of the names of the chunks below it. */
export const chunkBytesMax = 16 * 1024
/** A changed chunk that is smaller is joined with the one beside it. */
const chunkBytesMin = chunkBytesMax / 4
/** How full the chunks are that a larger one is cut into. */
const chunkBytesAim = (chunkBytesMax / 4) * 3

/** A chunk that is not stored yet. */
export interface NewChunk<K extends string, V> {
  readonly bytes: Uint8Array
  readonly node: RefNode<K, V>
}

export interface Settled<K extends string, V> {
  readonly list: RefList<K, V>
  /** The chunks to put before a root names them. */
  readonly chunks: ReadonlyMap<Sha256, NewChunk<K, V>>
}

const sizeOf = <K extends string, V>(node: RefNode<K, V>): number => {
  const items: ReadonlyArray<RefEntry<K, V> | ChunkRef> = isLeaf(node) ? node.entries : node.chunks
  return items.reduce((sum, item) => sum + bytesOf(item), 0)
}

const isEmpty = <K extends string, V>(node: RefNode<K, V>): boolean =>
  (isLeaf(node) ? node.entries : node.chunks).length === 0

/** Cuts items into runs of about the same size. */
const runsOf = <A extends RefEntry<string, unknown> | ChunkRef>(
  items: ReadonlyArray<A>
): ReadonlyArray<ReadonlyArray<A>> => {
  const sizes = items.map(bytesOf)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total <= chunkBytesMax) return [items]
  const aim = total / Math.ceil(total / chunkBytesAim)
  const runs: Array<Array<A>> = []
  let before = 0
  for (const [position, item] of items.entries()) {
    const run = Math.floor(before / aim)
    if (run >= runs.length) runs.push([])
    runs.at(-1)?.push(item)
    before += elementAt(sizes, position)
  }
  return runs
}

/** Cuts a node that is too large. */
const cutNode = <K extends string, V>(node: RefNode<K, V>): ReadonlyArray<RefNode<K, V>> =>
  isLeaf(node)
    ? runsOf(node.entries).map((entries) => ({ entries }))
    : runsOf(node.chunks).map((chunks) => ({ height: node.height, chunks }))

/** Joins two neighbours of the same height. */
const joined = <K extends string, V>(one: RefNode<K, V>, other: RefNode<K, V>): RefNode<K, V> => {
  if (isLeaf(one) && isLeaf(other)) return { entries: [...one.entries, ...other.entries] }
  if (!isLeaf(one) && !isLeaf(other)) return { height: one.height, chunks: [...one.chunks, ...other.chunks] }
  throw new Error("a leaf stands beside a node that is none")
}

/** What is below a node while it changes: a chunk that stays, or a node that has no chunk yet. */
type Child<K extends string, V> = ChunkRef | RefNode<K, V>

const isNamed = <K extends string, V>(child: Child<K, V>): child is ChunkRef => "sha256" in child

const namesIn = <K extends string, V>(node: RefNode<K, V>): ReadonlyArray<ChunkRef> => (isLeaf(node) ? [] : node.chunks)

const firstOf = <K extends string, V>(node: RefNode<K, V>): string =>
  expected(isLeaf(node) ? node.entries[0]?.[0] : node.chunks[0]?.first, "the first key of a chunk")

/**
 * Puts the edits of a list into new chunks. Reads the chunks that have their keys, and writes none. The list stands in
 * the root as a whole if it is short enough.
 */
export const settleRefs = Effect.fnUntraced(function* <K extends string, V, E, R>(
  list: RefList<K, V>,
  readStored: ReadChunk<K, V, E, R>
) {
  const { kind } = list
  const chunks = new Map<Sha256, NewChunk<K, V>>()

  const read: ReadChunk<K, V, E, R> = (chunk) => {
    const fresh = chunks.get(chunk.sha256)
    return fresh === undefined ? readStored(chunk) : Effect.succeed(fresh.node)
  }

  const nodeOf = (child: Child<K, V>) => (isNamed(child) ? read(child) : Effect.succeed(child))

  /** Encodes a node, in parts where it is too large, and returns how they are named. */
  const sealed = Effect.fnUntraced(function* (node: RefNode<K, V>) {
    const names: Array<ChunkRef> = []
    for (const part of cutNode(node)) {
      const bytes = kind.codec.encode(part)
      const hash = sha256(bytes)
      chunks.set(hash, { bytes, node: part })
      const { bytes: below, count } = RefList.stored(kind, part)
      names.push({ sha256: hash, first: firstOf(part), count, bytes: below })
      // Encoding many chunks takes a while.
      yield* Effect.yieldNow
    }
    return names
  })

  /** Joins changed children that are small with those beside them. */
  const joinSmall = Effect.fnUntraced(function* (children: Array<Child<K, V>>) {
    for (let at = 0; at < children.length && children.length > 1;) {
      const child = elementAt(children, at)
      if (isNamed(child) || sizeOf(child) >= chunkBytesMin) {
        at++
        continue
      }
      at = Math.max(0, at - 1)
      const [one, other] = [yield* nodeOf(elementAt(children, at)), yield* nodeOf(elementAt(children, at + 1))]
      children.splice(at, 2, joined(one, other))
    }
  })

  /** Applies edits below a node. What comes out may be too large for a chunk, or empty. */
  const below = (node: RefNode<K, V>, edits: ReadonlyArray<RefEdit<K, V>>): Effect.Effect<RefNode<K, V>, E, R> =>
    isLeaf(node) ? Effect.succeed({ entries: edited(node.entries, edits) }) : belowInner(node, edits)

  const belowInner = Effect.fnUntraced(function* (node: Inner, edits: ReadonlyArray<RefEdit<K, V>>) {
    const byChunk = Map.groupBy(edits, ([key]) => chunkFor(node.chunks, key))
    const children: Array<Child<K, V>> = []
    for (const [position, chunk] of node.chunks.entries()) {
      const own = byChunk.get(position)
      const child = own === undefined ? chunk : yield* below(yield* read(chunk), own)
      if (isNamed(child) || !isEmpty(child)) children.push(child)
    }
    yield* joinSmall(children)
    const names = yield* Effect.forEach(children, (child) => (isNamed(child) ? Effect.succeed([child]) : sealed(child)))
    return { height: node.height, chunks: names.flat() }
  })

  /** Names the parts of a node that is too large for the root in a node above it. */
  const raised = Effect.fnUntraced(function* (node: RefNode<K, V>) {
    let top = node
    while (sizeOf(top) > kind.inlineBytesMax) {
      top = { height: isLeaf(top) ? 1 : top.height + 1, chunks: yield* sealed(top) }
    }
    return top
  })

  if (list.edits.size === 0) return { list, chunks } satisfies Settled<K, V>
  if (list.bytes <= kind.inlineBytesMax) {
    const entries = yield* Stream.runCollect(Stream.flattenIterable(list.from("", read)))
    return { list: RefList.of(kind, entries), chunks } satisfies Settled<K, V>
  }
  let top = yield* raised(yield* below(list.top, [...list.edits]))
  for (
    let [only, ...others] = namesIn(top);
    only !== undefined && others.length === 0;
    [only, ...others] = namesIn(top)
  ) {
    const child = yield* read(only)
    if (sizeOf(child) > kind.inlineBytesMax) break
    chunks.delete(only.sha256)
    top = child
  }
  return { list: RefList.stored(kind, top), chunks } satisfies Settled<K, V>
})
