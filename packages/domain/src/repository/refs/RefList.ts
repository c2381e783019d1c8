/**
 * A list of refs: a sorted map that never changes. A short list stands in the root. A longer one is in chunks, so
 * looking something up may read them, and what was changed since is remembered until the mover of the root has put it
 * into new chunks (`settleRefs.ts`).
 */
import { Effect, Schema, SchemaGetter, Stream } from "effect"
import {
  bytesOf,
  type ChunkRef,
  chunkFor,
  firstWhere,
  isLeaf,
  type Leaf,
  type RefEntry,
  type RefKind,
  type RefNode
} from "./RefNode.ts"

/** Reads a chunk of a list. */
export type ReadChunk<K extends string, V, E, R> = (chunk: ChunkRef) => Effect.Effect<RefNode<K, V>, E, R>

/** The new value of a key; undefined deletes it. */
export type RefEdit<K extends string, V> = readonly [key: K, value: V | undefined]

/** Leaves that a walk over a whole list reads together. */
const leavesAtOnce = 32

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1)

/** Applies edits to sorted entries. */
export const edited = <K extends string, V>(
  entries: ReadonlyArray<RefEntry<K, V>>,
  edits: Iterable<RefEdit<K, V>>
): ReadonlyArray<RefEntry<K, V>> => {
  const changes = new Map(edits)
  if (changes.size === 0) return entries
  const set = [...changes].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
  return [...entries.filter(([key]) => !changes.has(key)), ...set].toSorted(byKey)
}

const sumOf = (sizes: ReadonlyArray<number>): number => sizes.reduce((sum, size) => sum + size, 0)

export class RefList<K extends string, V> {
  readonly kind: RefKind<K, V>
  /** The node that stands in the root. */
  readonly top: RefNode<K, V>
  /** What changed since the chunks were written. */
  readonly edits: ReadonlyMap<K, V | undefined>
  readonly count: number
  /** Bytes of the entries. */
  readonly bytes: number

  private constructor(
    kind: RefKind<K, V>,
    top: RefNode<K, V>,
    edits: ReadonlyMap<K, V | undefined>,
    { bytes, count }: { readonly bytes: number; readonly count: number }
  ) {
    this.kind = kind
    this.top = top
    this.edits = edits
    this.count = count
    this.bytes = bytes
  }

  /** Makes the list whose top is in a root. */
  static stored<K extends string, V>(kind: RefKind<K, V>, top: RefNode<K, V>): RefList<K, V> {
    const sums = isLeaf(top)
      ? { count: top.entries.length, bytes: sumOf(top.entries.map(bytesOf)) }
      : { count: sumOf(top.chunks.map(({ count }) => count)), bytes: sumOf(top.chunks.map(({ bytes }) => bytes)) }
    return new RefList(kind, top, new Map(), sums)
  }

  /** Makes a list of entries in any order, each with a key of its own. */
  static of<K extends string, V>(kind: RefKind<K, V>, entries: ReadonlyArray<RefEntry<K, V>>): RefList<K, V> {
    const all = { count: entries.length, bytes: sumOf(entries.map(bytesOf)) }
    return all.bytes <= kind.inlineBytesMax
      ? RefList.stored(kind, { entries: entries.toSorted(byKey) })
      : new RefList(kind, { entries: [] }, new Map(entries), all)
  }

  /** Finds the value of a key. */
  find<E, R>(key: string, read: ReadChunk<K, V, E, R>): Effect.Effect<V | undefined, E, R> {
    return Effect.suspend(() =>
      this.edits.has(key as K) ? Effect.succeed(this.edits.get(key as K)) : findBelow(this.top, key, read)
    )
  }

  /** Applies edits, each of a key of its own. Reads the chunks that have these keys. */
  with<E, R>(edits: ReadonlyArray<RefEdit<K, V>>, read: ReadChunk<K, V, E, R>): Effect.Effect<RefList<K, V>, E, R> {
    return Effect.gen({ self: this }, function* () {
      let { bytes, count } = this
      for (const [key, value] of edits) {
        const present = yield* this.find(key, read)
        count += Number(value !== undefined) - Number(present !== undefined)
        bytes += value === undefined ? 0 : bytesOf([key, value])
        bytes -= present === undefined ? 0 : bytesOf([key, present])
      }
      const { edits: before, kind, top } = this
      return before.size === 0 && isLeaf(top) && bytes <= kind.inlineBytesMax
        ? RefList.stored(kind, { entries: edited(top.entries, edits) })
        : new RefList(kind, top, new Map([...before, ...edits]), { bytes, count })
    })
  }

  /** Streams the entries from a key on, in ascending order, as they are together in chunks. Some parts may be empty. */
  from<E, R>(
    key: string,
    read: ReadChunk<K, V, E, R>,
    atOnce = leavesAtOnce
  ): Stream.Stream<ReadonlyArray<RefEntry<K, V>>, E, R> {
    const leaves = entriesBelow(this.top, key, read, atOnce)
    if (this.edits.size === 0) return leaves
    const edits = [...this.edits].filter(([each]) => each >= key).toSorted(byKey)
    let taken = 0
    const upTo = (end: number) => {
      const some = edits.slice(taken, end)
      taken = end
      return some
    }
    const merged = Stream.map(leaves, (entries) => {
      const last = entries.at(-1)
      return last === undefined
        ? entries
        : edited(
            entries,
            upTo(
              Math.max(
                taken,
                firstWhere(edits, ([each]) => each > last[0])
              )
            )
          )
    })
    return Stream.concat(
      merged,
      Stream.suspend(() => Stream.succeed(edited([], upTo(edits.length))))
    )
  }

  /**
   * Returns the edits that make this list of an earlier state of it. Both are of one root and the decisions about its
   * successor, so they share what is in chunks.
   */
  editsSince(before: RefList<K, V>): ReadonlyArray<RefEdit<K, V>> {
    if (this === before) return []
    if (this.top !== before.top && isLeaf(this.top) && isLeaf(before.top)) {
      const present = new Map(this.top.entries)
      const old = new Map(before.top.entries)
      return [...new Set([...old.keys(), ...present.keys()])]
        .filter((key) => old.get(key) !== present.get(key))
        .map((key) => [key, present.get(key)])
    }
    return [...this.edits].filter(([key, value]) => !before.edits.has(key) || before.edits.get(key) !== value)
  }
}

const findBelow = <K extends string, V, E, R>(
  node: RefNode<K, V>,
  key: string,
  read: ReadChunk<K, V, E, R>
): Effect.Effect<V | undefined, E, R> => {
  if (isLeaf(node)) {
    const entry = node.entries[firstWhere(node.entries, ([each]) => each >= key)]
    return Effect.succeed(entry?.[0] === key ? entry[1] : undefined)
  }
  const chunk = node.chunks[chunkFor(node.chunks, key)]
  return chunk === undefined
    ? Effect.succeed(undefined)
    : Effect.flatMap(read(chunk), (below) => findBelow(below, key, read))
}

/** Lists the entries of a leaf from a key on. A whole leaf is the same array in each walk. */
const entriesFrom = <K extends string, V>({ entries }: Leaf<K, V>, key: string): ReadonlyArray<RefEntry<K, V>> => {
  const start = key === "" ? 0 : firstWhere(entries, ([each]) => each >= key)
  return start === 0 ? entries : entries.slice(start)
}

const entriesBelow = <K extends string, V, E, R>(
  node: RefNode<K, V>,
  key: string,
  read: ReadChunk<K, V, E, R>,
  atOnce: number
): Stream.Stream<ReadonlyArray<RefEntry<K, V>>, E, R> => {
  if (isLeaf(node)) return Stream.succeed(entriesFrom(node, key))
  const chunks = node.chunks.slice(chunkFor(node.chunks, key))
  const [first] = chunks
  // Leaves are read together, and there are few nodes above them.
  const together = node.height === 1 ? atOnce : 1
  const groups = Array.from({ length: Math.ceil(chunks.length / together) }, (_, group) =>
    chunks.slice(group * together, (group + 1) * together)
  )
  const readWithin = (chunk: ChunkRef) =>
    Effect.map(read(chunk), (below) => ({ below, from: chunk === first ? key : "" }))
  const below = Stream.fromIterable(groups).pipe(
    Stream.mapEffect((group) => Effect.forEach(group, readWithin, { concurrency: together })),
    Stream.flattenIterable
  )
  return Stream.flatMap(below, (each) => entriesBelow(each.below, each.from, read, atOnce))
}

/** The form of a list in a root. One with edits has none until they are in chunks. */
export const refListOf = <K extends string, V>(kind: RefKind<K, V>) =>
  kind.node.pipe(
    Schema.decodeTo(
      Schema.declare((value): value is RefList<K, V> => value instanceof RefList),
      {
        decode: SchemaGetter.transform((top: RefNode<K, V>) => RefList.stored(kind, top)),
        encode: SchemaGetter.transform((list: RefList<K, V>) => {
          if (list.edits.size > 0) throw new Error(`a list of ${list.kind.name} has edits that are in no chunk`)
          return list.top
        })
      }
    )
  )
