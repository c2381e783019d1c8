/**
 * The first byte of every msgpack value, as two tables: the kind of value, and the size of its header. Scanner, decoder
 * and reader all use these tables, so they cannot disagree.
 */
import type { MsgpackType } from "./Value.ts"

/** The kinds of values, by how to skip them. */
export const Kind = {
  /** The header holds the whole value: nil, booleans, integers, floats. */
  scalar: 0,
  string: 1,
  binary: 2,
  array: 3,
  map: 4,
  /** Ext types and the byte that msgpack never uses. */
  refused: 5
} as const

/** The kind by first byte. */
export const kindOf = new Uint8Array(256)
/** The size of the header by first byte, including it. */
export const headerBytes = new Uint8Array(256).fill(1)

const set = (from: number, to: number, kind: number, bytes = 1) => {
  kindOf.fill(kind, from, to + 1)
  headerBytes.fill(bytes, from, to + 1)
}
set(0x80, 0x8f, Kind.map)
set(0x90, 0x9f, Kind.array)
set(0xa0, 0xbf, Kind.string)
set(0xc1, 0xc1, Kind.refused)
set(0xc7, 0xc9, Kind.refused)
set(0xd4, 0xd8, Kind.refused)
const sized: ReadonlyArray<readonly [byte: number, kind: number, bytes: number]> = [
  [0xc4, Kind.binary, 2],
  [0xc5, Kind.binary, 3],
  [0xc6, Kind.binary, 5],
  [0xca, Kind.scalar, 5],
  [0xcb, Kind.scalar, 9],
  [0xcc, Kind.scalar, 2],
  [0xcd, Kind.scalar, 3],
  [0xce, Kind.scalar, 5],
  [0xcf, Kind.scalar, 9],
  [0xd0, Kind.scalar, 2],
  [0xd1, Kind.scalar, 3],
  [0xd2, Kind.scalar, 5],
  [0xd3, Kind.scalar, 9],
  [0xd9, Kind.string, 2],
  [0xda, Kind.string, 3],
  [0xdb, Kind.string, 5],
  [0xdc, Kind.array, 3],
  [0xdd, Kind.array, 5],
  [0xde, Kind.map, 3],
  [0xdf, Kind.map, 5]
]
for (const [byte, kind, bytes] of sized) set(byte, byte, kind, bytes)

/**
 * Reads the number in the header of a string, binary, array or map: its bytes, elements or entries. The header must
 * have arrived in full.
 */
export const countAt = (view: DataView, at: number, first: number): number => {
  switch (headerBytes[first]) {
    case 1:
      return first < 0xa0 ? first & 0x0f : first & 0x1f
    case 2:
      return view.getUint8(at + 1)
    case 3:
      return view.getUint16(at + 1)
    default:
      return view.getUint32(at + 1)
  }
}

/** Names the type of a value by its first byte, or the reason why there is none. */
export const typeOf = (first: number): MsgpackType | "an ext type" | "the unused byte c1" => {
  switch (kindOf[first]) {
    case Kind.string:
      return "string"
    case Kind.binary:
      return "binary"
    case Kind.array:
      return "array"
    case Kind.map:
      return "map"
    case Kind.refused:
      return first === 0xc1 ? "the unused byte c1" : "an ext type"
    default:
      if (first === 0xc0) return "nil"
      if (first === 0xc2 || first === 0xc3) return "boolean"
      return first === 0xca || first === 0xcb ? "float" : "integer"
  }
}
