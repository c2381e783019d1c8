/**
 * Nodes of a list of refs. A short list is one node of entries. A longer one is a tree: its leaves are chunks of
 * entries, and the nodes above name chunks by their hashes, so a change writes the chunks on one path.
 */
import { Schema } from "effect"
import { utf8Length } from "../../base/Bytes.ts"
import { type DocumentCodec, documentCodec } from "../../object/DocumentCodec.ts"
import { Sha256 } from "../../object/Id.ts"
import type { JsonValue } from "../../object/Json.ts"

/** A chunk by its hash, and what is below it. */
export const ChunkRef = Schema.Struct({
  sha256: Sha256,
  /** The least key below. */
  first: Schema.String,
  /** Count of the entries below. */
  count: Schema.Int,
  /** Bytes of the entries below. */
  bytes: Schema.Int
})
export type ChunkRef = typeof ChunkRef.Type

export type RefEntry<K extends string, V> = readonly [key: K, value: V]

/** Entries in ascending order of key. */
export interface Leaf<K extends string, V> {
  readonly entries: ReadonlyArray<RefEntry<K, V>>
}

/** Chunks in ascending order of key. */
export interface Inner {
  /** How many nodes are below this one on the way to an entry. */
  readonly height: number
  readonly chunks: ReadonlyArray<ChunkRef>
}

export type RefNode<K extends string, V> = Leaf<K, V> | Inner

/** One of the lists of a root. */
export interface RefKind<K extends string, V> {
  /** In the plural: `tags`. */
  readonly name: string
  /** A list of at most so many bytes stands in the root. So does the top of a longer one. */
  readonly inlineBytesMax: number
  readonly node: Schema.Codec<RefNode<K, V>, JsonValue>
  readonly codec: DocumentCodec<RefNode<K, V>>
}

/** Makes a kind of list. */
export const refKind = <K extends string, V>(
  name: string,
  inlineBytesMax: number,
  key: Schema.Codec<K, string>,
  value: Schema.Codec<V, JsonValue>
): RefKind<K, V> => {
  const node = Schema.Union([
    Schema.Struct({ entries: Schema.Array(Schema.Tuple([key, value])) }),
    Schema.Struct({ height: Schema.Int, chunks: Schema.Array(ChunkRef) })
  ])
  return { name, inlineBytesMax, node, codec: documentCodec("refs", node) }
}

export const isLeaf = <K extends string, V>(node: RefNode<K, V>): node is Leaf<K, V> => "entries" in node

/** Counts the bytes of an entry or of the name of a chunk, with the comma after it. */
export const bytesOf = (item: RefEntry<string, unknown> | ChunkRef): number => utf8Length(JSON.stringify(item)) + 1

/** Returns the position of the first item for which `isReached` holds, which then holds for all that follow. */
export const firstWhere = <A>(items: ReadonlyArray<A>, isReached: (item: A) => boolean): number => {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    if (item !== undefined && isReached(item)) high = middle
    else low = middle + 1
  }
  return low
}

/** Returns the position of the chunk in which a key is, if it is in any of them. */
export const chunkFor = (chunks: ReadonlyArray<ChunkRef>, key: string): number =>
  Math.max(0, firstWhere(chunks, ({ first }) => first > key) - 1)
