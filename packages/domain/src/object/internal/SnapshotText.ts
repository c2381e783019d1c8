/**
 * The payload of a stored snapshot: canonical JSON, read and written in slices, since a manifest may have half a
 * million entries. There is one text for each snapshot, so anything else is refused while it is read.
 */
import { Result } from "effect"
import { TextReader, utf8 } from "../../base/Bytes.ts"
import { expected } from "../../base/expected.ts"
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import { filesMax, type Manifest, orderingByUnit, tooManyFiles } from "../Manifest.ts"

/** What a payload says. Neither the id nor the entries are checked. */
export interface SnapshotFields {
  readonly id: string
  readonly manifest: ReadonlyMap<string, string>
  readonly createdAt: string | null
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const [quote, backslash, space] = [0x22, 0x5c, 0x20]

export const createdAtKey = '{"created_at":'
export const manifestKey = ',"manifest":{'
export const idKey = '},"snapshot_id":'

/** Why a payload is not read. Thrown as it is: the stack of a new error would cost more than the reading. */
class Unreadable extends Error {}
const astray = new Unreadable("the payload is not the canonical JSON (RFC 8785) of a snapshot")
const crowded = new Unreadable(`the manifest ${tooManyFiles}`)

/** Reads tokens of canonical JSON. Throws `astray` at any other. */
class Tokens {
  at = 0
  readonly #bytes: Uint8Array
  readonly #texts: TextReader

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#texts = new TextReader(bytes)
  }

  get atEnd(): boolean {
    return this.at === this.#bytes.byteLength
  }

  /** Says whether the next token is this text, and reads it if it is. */
  takes(text: string): boolean {
    const end = this.at + text.length
    if (this.#texts.latin1(this.at, end) !== text) return false
    this.at = end
    return true
  }

  expect(text: string): void {
    if (!this.takes(text)) throw astray
  }

  /** Reads a string. */
  string(): string {
    const bytes = this.#bytes
    const start = this.at + 1
    if (bytes[this.at] !== quote) throw astray
    let [end, isAscii, isEscaped] = [start, true, false]
    for (let byte = bytes[end]; byte !== quote; byte = bytes[++end]) {
      // Past the last byte as well.
      if (byte === undefined || byte < space) throw astray
      if (byte > 0x7f) isAscii = false
      else if (byte === backslash) {
        isEscaped = true
        end += 1
      }
    }
    this.at = end + 1
    if (isEscaped) return this.#escaped(start - 1, end + 1)
    return isAscii ? this.#texts.latin1(start, end) : this.#utf8(start, end)
  }

  #utf8(start: number, end: number): string {
    try {
      return decoder.decode(this.#bytes.subarray(start, end))
    } catch {
      throw astray
    }
  }

  #escaped(start: number, end: number): string {
    const token = this.#utf8(start, end)
    let text: unknown
    try {
      text = JSON.parse(token)
    } catch {
      throw astray
    }
    // An escaped lone surrogate has no UTF-8.
    if (typeof text !== "string" || !text.isWellFormed() || JSON.stringify(text) !== token) throw astray
    return text
  }
}

const readingFields = function* (payload: Uint8Array): Slices<SnapshotFields> {
  const tokens = new Tokens(payload)
  tokens.expect(createdAtKey)
  const createdAt = tokens.takes("null") ? null : tokens.string()
  tokens.expect(manifestKey)
  const manifest = new Map<string, string>()
  let before: string | undefined
  while (before === undefined ? !tokens.takes(idKey) : tokens.takes(",")) {
    const path = tokens.string()
    // Texts compare by UTF-16 unit; equal ones would be a repeated key.
    if (before !== undefined && path <= before) throw astray
    tokens.expect(":")
    if (manifest.size === filesMax) throw crowded
    manifest.set(path, tokens.string())
    before = path
    if (manifest.size % sliceEntries === 0) yield
  }
  if (before !== undefined) tokens.expect(idKey)
  const id = tokens.string()
  tokens.expect("}")
  if (!tokens.atEnd) throw astray
  return { id, manifest, createdAt }
}

/** Reads a payload. Fails with the reason for anything but the canonical text of such fields. */
export const readingSnapshot = function* (payload: Uint8Array): Slices<Result.Result<SnapshotFields, string>> {
  try {
    return Result.succeed(yield* readingFields(payload))
  } catch (error) {
    if (error instanceof Unreadable) return Result.fail(error.message)
    throw error
  }
}

/** Writes a payload, in pieces. Members: created_at, manifest, snapshot_id; paths ordered by UTF-16 unit. */
export const writingSnapshot = function* (fields: {
  readonly id: string
  readonly manifest: Manifest
  readonly createdAt: string | null
}): Slices<ReadonlyArray<Uint8Array>> {
  const { createdAt, id, manifest } = fields
  const pieces: Array<Uint8Array> = []
  let texts = [`${createdAtKey}${createdAt === null ? "null" : JSON.stringify(createdAt)}${manifestKey}`]
  let separator = ""
  for (const path of yield* orderingByUnit(manifest)) {
    texts.push(`${separator}${JSON.stringify(path)}:"${expected(manifest.get(path), "the blob of a path")}"`)
    separator = ","
    if (texts.length < sliceEntries) continue
    pieces.push(utf8(texts.join("")))
    texts = []
    yield
  }
  texts.push(`${idKey}"${id}"}`)
  pieces.push(utf8(texts.join("")))
  return pieces
}
