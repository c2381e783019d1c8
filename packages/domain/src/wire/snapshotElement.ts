/**
 * Converts a stored snapshot to msgpack directly from its canonical bytes. Snapshots make up most of a clone, with a
 * thousand entries each, so decoding them to objects would be the largest cost of a clone. The id is recomputed here as
 * everywhere else.
 */
import { Result } from "effect"
import { atOnce, joining, sliceEntries, type Slices } from "../base/Slices.ts"
import { hashing } from "../object/Digest.ts"
import { unframe } from "../object/Frame.ts"
import type { SnapshotId } from "../object/Id.ts"
import { encode, mapHeader, str } from "@musehub/msgpack/Encoder"

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const backslash = 0x5c
const closingBrace = 0x7d
const nul = 0
/** Beyond ASCII, the order of the JSON (UTF-16 units) can differ from the order of the id (code points). */
const asciiMax = 0x7f

const idLength = 64
/** The header of a string of 64 bytes. */
const idHeader = str("0".repeat(idLength)).subarray(0, 2)

const timeFirst = '{"created_at":'
const manifestNext = ',"manifest":{'
const idKey = '},"snapshot_id":"'
const ending = '"}'

const sharedBytes = 256 * 1024

/** Shared by all conversions that do not pause and return a copy. */
const shared = { entries: Buffer.allocUnsafeSlow(sharedBytes), hashed: Buffer.allocUnsafeSlow(sharedBytes) }

/** Bytes of a payload in which a conversion does not pause. */
const slicedBytes = 100 * sliceEntries

const reserved = (bytes: number): typeof shared =>
  bytes <= slicedBytes ? shared : { entries: Buffer.allocUnsafeSlow(bytes), hashed: Buffer.allocUnsafeSlow(bytes) }

/** Returns whether the payload has no escapes and no NUL, which would make the id ambiguous. */
const isPlain = (payload: Buffer): boolean => !payload.includes(backslash) && !payload.includes(nul)

const latin1 = (payload: Buffer, start: number, end?: number): string => payload.toString("latin1", start, end)

const textAt = (payload: Buffer, at: number, text: string): boolean => latin1(payload, at, at + text.length) === text

/**
 * Makes a snapshot's record as an element of an answer. Returns undefined for any bytes that are not plainly right:
 * then `openingSnapshot` either handles them or reports what is wrong.
 */
export const convertingSnapshot = function* (stored: Uint8Array, id: SnapshotId): Slices<Uint8Array | undefined> {
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
  const manifest = yield* transcoding(payload, timeEnd + manifestNext.length)
  if (manifest === undefined || manifest.id !== (id as string)) return undefined
  if (latin1(payload, manifest.end) !== idKey + id + ending) return undefined
  return yield* joining([
    mapHeader(createdAt === null ? 2 : 3),
    str("snapshot_id"),
    str(id),
    str("manifest"),
    mapHeader(manifest.count),
    manifest.bytes,
    ...(createdAt === null ? [] : [str("created_at"), encode(createdAt)])
  ])
}

/** Reads `"path":"id",…` once and writes it twice: as msgpack, and as the bytes to hash for the id. */
const transcoding = function* (payload: Buffer, start: number) {
  // An entry takes more bytes in JSON than in either other form.
  const { entries, hashed } = reserved(payload.byteLength)
  const size = payload.byteLength
  let pauseAt = start + slicedBytes
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
    out = writePathHeader(entries, out, pathEnd - pathStart)
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
      // A quote among the 64 digits means that the string ends early.
      if (byte === quote) return undefined
      entries[out++] = byte
      hashed[hashEnd++] = byte
    }
    count += 1
    from = idEnd + 1
    if (from > pauseAt) {
      pauseAt = from + slicedBytes
      yield
    }
    if (payload[from] !== comma) break
    from += 1
  }
  if (payload[from] !== closingBrace) return undefined
  const id: string = yield* hashing(hashed.subarray(0, hashEnd))
  return { count, end: from, bytes: entries.subarray(0, out), id }
}

/** Returns a snapshot's record as `convertingSnapshot` does, without a pause. */
export const snapshotElement = (stored: Uint8Array, id: SnapshotId): Uint8Array | undefined =>
  atOnce(convertingSnapshot(stored, id))

const writePathHeader = (entries: Uint8Array, start: number, length: number): number => {
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
