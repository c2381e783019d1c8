/**
 * A stored snapshot as msgpack, straight from its canonical bytes. Snapshots are most of every clone, a thousand
 * entries each, so going by way of objects would be the largest item of it. The id is recomputed on the way as
 * everywhere else.
 */
import { Result } from "effect"
import { sha256 } from "../object/Digest.ts"
import { unframe } from "../object/Frame.ts"
import type { SnapshotId } from "../object/Id.ts"
import { encode, mapHeader, str } from "@musehub/msgpack/Encoder"

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const backslash = 0x5c
const closingBrace = 0x7d
const nul = 0
/** Beyond ASCII the order of the JSON (UTF-16 units) may not be the order of the id (code points). */
const asciiMax = 0x7f

const idLength = 64
/** The header of a string of 64 bytes. */
const idHeader = str("0".repeat(idLength)).subarray(0, 2)

const timeFirst = '{"created_at":'
const manifestNext = ',"manifest":{'
const idKey = '},"snapshot_id":"'
const ending = '"}'

/** Shared by all calls, since each is synchronous and hands out a copy. */
let entries = Buffer.allocUnsafeSlow(256 * 1024)
let hashed = Buffer.allocUnsafeSlow(256 * 1024)

const reserve = (bytes: number): void => {
  if (entries.byteLength >= bytes) return
  entries = Buffer.allocUnsafeSlow(bytes * 2)
  hashed = Buffer.allocUnsafeSlow(bytes * 2)
}

/** Nothing is escaped. NUL would make the id ambiguous. */
const isPlain = (payload: Buffer): boolean => !payload.includes(backslash) && !payload.includes(nul)

const latin1 = (payload: Buffer, start: number, end?: number): string => payload.toString("latin1", start, end)

const textAt = (payload: Buffer, at: number, text: string): boolean => latin1(payload, at, at + text.length) === text

/**
 * The record of a snapshot as an element of an answer. Undefined when the bytes are not plainly what they should be:
 * then the way through `openSnapshot` either copes with them or says what is wrong.
 */
export const snapshotElement = (stored: Uint8Array, id: SnapshotId): Uint8Array | undefined => {
  const unframed = unframe("snapshot", stored)
  if (Result.isFailure(unframed)) return undefined
  const { buffer, byteOffset, byteLength } = unframed.success
  const payload = Buffer.from(buffer, byteOffset, byteLength)
  if (!isPlain(payload) || !textAt(payload, 0, timeFirst)) return undefined
  const timeEnd = payload.indexOf(comma, timeFirst.length)
  if (timeEnd === -1 || !textAt(payload, timeEnd, manifestNext)) return undefined
  const time = latin1(payload, timeFirst.length, timeEnd)
  const createdAt = time === "null" ? null : /^"([ -~]*)"$/.exec(time)?.[1]
  if (createdAt === undefined) return undefined
  const manifest = transcode(payload, timeEnd + manifestNext.length)
  if (manifest === undefined || manifest.id !== (id as string)) return undefined
  if (latin1(payload, manifest.end) !== idKey + id + ending) return undefined
  return Buffer.concat([
    mapHeader(createdAt === null ? 2 : 3),
    str("snapshot_id"),
    str(id),
    str("manifest"),
    mapHeader(manifest.count),
    manifest.bytes,
    ...(createdAt === null ? [] : [str("created_at"), encode(createdAt)])
  ])
}

/** Goes over `"path":"id",…` once and writes it twice: as msgpack and as the bytes that the id is made of. */
const transcode = (payload: Buffer, start: number) => {
  // An entry takes more bytes as JSON than in either of the other two forms.
  reserve(payload.byteLength)
  const size = payload.byteLength
  let from = start
  let out = 0
  let hashEnd = 0
  let count = 0
  while (payload[from] === quote) {
    const pathStart = from + 1
    const pathEnd = payload.indexOf(quote, pathStart)
    const idStart = pathEnd + 3
    const idEnd = idStart + idLength
    if (pathEnd === -1 || idEnd >= size) return undefined
    if (payload[pathEnd + 1] !== colon || payload[pathEnd + 2] !== quote || payload[idEnd] !== quote) return undefined
    if (count > 0) hashed[hashEnd++] = nul
    out = writePathHeader(out, pathEnd - pathStart)
    for (let at = pathStart; at < pathEnd; at++) {
      const byte = payload[at] as number
      if (byte > asciiMax) return undefined
      entries[out++] = byte
      hashed[hashEnd++] = byte
    }
    hashed[hashEnd++] = nul
    entries[out++] = idHeader[0] as number
    entries[out++] = idHeader[1] as number
    for (let at = idStart; at < idEnd; at++) {
      const byte = payload[at] as number
      // A quote among the 64 digits: the strings end elsewhere than they seem to.
      if (byte === quote) return undefined
      entries[out++] = byte
      hashed[hashEnd++] = byte
    }
    count += 1
    from = idEnd + 1
    if (payload[from] !== comma) break
    from += 1
  }
  if (payload[from] !== closingBrace) return undefined
  return { count, end: from, bytes: entries.subarray(0, out), id: sha256(hashed.subarray(0, hashEnd)) as string }
}

const writePathHeader = (start: number, length: number): number => {
  let at = start
  if (length <= 31) entries[at++] = 0xa0 | length
  else if (length <= 0xff) {
    entries[at++] = 0xd9
    entries[at++] = length
  } else {
    entries[at++] = 0xda
    entries[at++] = length >> 8
    entries[at++] = length & 0xff
  }
  return at
}
