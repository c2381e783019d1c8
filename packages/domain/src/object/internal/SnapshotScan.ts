/**
 * Checks stored snapshots one after another without making their manifests. Most entries of a snapshot are those of the
 * one before it in history: what is the same was checked there, and is only hashed.
 */
import { Result } from "effect"
import { latin1 } from "../../base/Bytes.ts"
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { sha256 } from "../Digest.ts"
import { unframe } from "../Frame.ts"
import type { BlobId, SnapshotId } from "../Id.ts"
import { createdAtKey, idKey, manifestKey } from "./SnapshotText.ts"
import { filesMax, findingClash } from "../Manifest.ts"

/** Larger ones are left to `decodingSnapshot`: two texts of this size are in memory. */
const scannedBytesMax = 16 * 1024 * 1024

const nul = 0
const space = 0x20
const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const backslash = 0x5c
const delete_ = 0x7f
const blobDigits = 64

/** Whether a byte is a lower-case hex digit, by byte. */
const isDigit = new Uint8Array(256)
for (const digit of "0123456789abcdef") isDigit[digit.charCodeAt(0)] = 1

/** Compares two paths that end with NUL, each given by a text and where it begins there. */
const comparePaths = (a: Uint8Array, aAt: number, b: Uint8Array, bAt: number): number => {
  for (let at = 0; ; at++) {
    const inA = a[aAt + at] as number
    const difference = inA - (b[bAt + at] as number)
    if (difference !== 0 || inA === nul) return difference
  }
}

/** What is known of the paths of the snapshots that are checked together: a part of `SnapshotChecker`. */
interface PathChecker {
  readonly forgotten: number
  readonly mayClash: boolean
  readonly admits: (path: string) => boolean
}

/** A snapshot that is right in itself. */
export interface ScannedSnapshot {
  readonly id: SnapshotId
  /** The entries that the snapshot before did not have. */
  readonly fresh: ReadonlyArray<readonly [path: string, blob: BlobId]>
}

interface ScannedEntries extends Pick<ScannedSnapshot, "fresh"> {
  /** Where they end in the payload. */
  readonly end: number
  /** Whether the snapshot before lacks the path of one. */
  readonly hasNewPath: boolean
}

/** Entries that were read so far. */
interface ReadEntries {
  /** Where the payload goes on. */
  at: number
  /** Where the text goes on, and where the last path in it begins. */
  to: number
  last: number
  /** The entry of the text before that has the last path, or the first one that comes after it. */
  old: number
  seen: number
  hasNewPath: boolean
  readonly fresh: Array<readonly [path: string, blob: BlobId]>
}

export class SnapshotScan {
  readonly #checker: PathChecker
  /** The text whose hash is the id, `path NUL blob NUL` for each entry: of the snapshot before, and of this one. */
  #before = Uint8Array.of(nul)
  #beforeBytes = 0
  #text = new Uint8Array(0)
  #textBytes = 0
  /** How often the checker had forgotten all paths when the snapshot before was scanned. */
  #forgotten = 0

  /** The checker must read by `storedPathRefusal`. */
  constructor(checker: PathChecker) {
    this.#checker = checker
  }

  /** Forgets the snapshot before, so that all entries of the next one are fresh. */
  forget(): void {
    this.#beforeBytes = 0
  }

  /**
   * Checks stored bytes as `decodingSnapshot` does. Returns undefined where that one has to decide: the bytes are
   * wrong, or have a path with an escape or beyond ASCII, or are very many.
   */
  *scanning(bytes: Uint8Array): Slices<ScannedSnapshot | undefined> {
    if (bytes.byteLength > scannedBytesMax) return undefined
    const framed = unframe("snapshot", bytes)
    if (Result.isFailure(framed)) return undefined
    const payload = framed.success
    if (this.#text.byteLength < payload.byteLength) {
      this.#text = new Uint8Array(Math.min(2 * payload.byteLength, scannedBytesMax))
    }
    if (this.#forgotten !== this.#checker.forgotten) this.forget()
    const manifestAt = afterCreatedAt(payload)
    const scanned = manifestAt === undefined ? undefined : yield* this.#entries(payload, manifestAt)
    if (scanned === undefined) return undefined
    const { end, fresh, hasNewPath } = scanned
    const id = sha256(this.#text.subarray(0, Math.max(0, this.#textBytes - 1))) as string as SnapshotId
    if (latin1(payload.subarray(end)) !== `${idKey}"${id}"}`) return undefined
    // Beside the paths before, new ones may make a clash.
    if (hasNewPath && this.#checker.mayClash && (yield* findingClash(this.#manifest())) !== undefined) {
      return undefined
    }
    ;[this.#before, this.#text] = [this.#text, this.#before]
    this.#beforeBytes = this.#textBytes
    this.#forgotten = this.#checker.forgotten
    return { id, fresh }
  }

  /** Reads the entries of a manifest, which begin at `from`, into the text. */
  *#entries(payload: Uint8Array, from: number): Slices<ScannedEntries | undefined> {
    const entries: ReadEntries = { at: from, to: 0, old: 0, last: -1, seen: 0, hasNewPath: false, fresh: [] }
    for (;;) {
      const isThereMore = this.#some(payload, entries)
      if (isThereMore === undefined) return undefined
      if (!isThereMore) break
      yield
    }
    this.#textBytes = entries.to
    return { end: entries.at, fresh: entries.fresh, hasNewPath: entries.hasNewPath }
  }

  /** Reads some more entries. Returns whether more may follow; undefined if one is not plain. */
  #some(payload: Uint8Array, entries: ReadEntries): boolean | undefined {
    const [before, beforeBytes, text] = [this.#before, this.#beforeBytes, this.#text]
    const { fresh } = entries
    let { at, hasNewPath, last, old, seen, to } = entries
    const pauseAt = seen + sliceEntries
    while (payload[at] === (seen === 0 ? quote : comma) && seen < pauseAt) {
      if (seen > 0 && payload[++at] !== quote) return undefined
      if (++seen > filesMax) return undefined
      const start = to
      at += 1
      // Most paths are the next ones of the text before.
      let byte = before[old] as number
      while (byte === payload[at] && byte !== nul) {
        text[to++] = byte
        at += 1
        byte = before[old + (to - start)] as number
      }
      let isKnown = old < beforeBytes && byte === nul && payload[at] === quote
      if (!isKnown) {
        for (; payload[at] !== quote; at++) {
          const other = payload[at]
          if (other === undefined || other < space || other > delete_ || other === backslash) return undefined
          text[to++] = other
        }
        text[to] = nul
        let order = 1
        while (old < beforeBytes && (order = comparePaths(before, old, text, start)) < 0) {
          old = before.indexOf(nul, old) + blobDigits + 2
        }
        isKnown = old < beforeBytes && order === 0
      }
      text[to++] = nul
      if (last !== -1 && comparePaths(text, last, text, start) >= 0) return undefined
      last = start
      if (!isKnown && !this.#checker.admits(latin1(text.subarray(start, to - 1)))) return undefined
      hasNewPath ||= !isKnown
      if (payload[at + 1] !== colon || payload[at + 2] !== quote) return undefined
      at += 3
      const blobAt = to
      if (isKnown) {
        old += to - start
        const oldEnd = old + blobDigits
        for (let digit = before[old]; old < oldEnd && digit === payload[at]; digit = before[++old]) {
          text[to++] = digit as number
          at += 1
        }
        old = oldEnd + 1
      }
      const isSame = to === blobAt + blobDigits
      for (; to < blobAt + blobDigits; at++) {
        const digit = payload[at]
        if (digit === undefined || isDigit[digit] !== 1) return undefined
        text[to++] = digit
      }
      if (!isSame) fresh.push([latin1(text.subarray(start, blobAt - 1)), latin1(text.subarray(blobAt, to)) as BlobId])
      text[to++] = nul
      if (payload[at++] !== quote) return undefined
    }
    Object.assign(entries, { at, hasNewPath, last, old, seen, to })
    return seen === pauseAt
  }

  /** The manifest of the text. */
  #manifest(): ReadonlyMap<string, BlobId> {
    const manifest = new Map<string, BlobId>()
    for (let at = 0; at < this.#textBytes;) {
      const end = this.#text.indexOf(nul, at)
      const next = end + blobDigits + 2
      manifest.set(
        latin1(this.#text.subarray(at, end)),
        latin1(this.#text.subarray(end + 1, next - 1)) as string as BlobId
      )
      at = next
    }
    return manifest
  }
}

/** Returns where the entries of a payload begin; undefined if what comes before them is not plain. */
const afterCreatedAt = (payload: Uint8Array): number | undefined => {
  const takes = (text: string, at: number) => latin1(payload.subarray(at, at + text.length)) === text
  if (!takes(createdAtKey, 0)) return undefined
  let at = createdAtKey.length
  if (payload[at] === quote) {
    for (let byte = payload[++at]; byte !== quote; byte = payload[++at]) {
      if (byte === undefined || byte < space || byte > delete_ || byte === backslash) return undefined
    }
    at += 1
  } else {
    if (!takes("null", at)) return undefined
    at += "null".length
  }
  return takes(manifestKey, at) ? at + manifestKey.length : undefined
}
