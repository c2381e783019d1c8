/**
 * The frame around canonical bytes: `<type> <size>\0<payload>`, where size is the payload's byte count in decimal.
 * Snapshots, commits and documents are stored framed; on the wire blobs are framed too.
 */
import { Result, Schema } from "effect"
import { latin1, utf8, utf8Length } from "../base/Bytes.ts"
import { joining, type Slices } from "../base/Slices.ts"
import type { ObjectType } from "./Id.ts"

export const FrameType = Schema.Literals([
  "blob",
  "snapshot",
  "commit",
  "root",
  "proposal",
  "tag",
  "release",
  "annotation",
  "catalog",
  "condemned",
  "refs",
  "user",
  "token",
  "sessions",
  "name",
  "domain",
  "request",
  "probe",
  "collection",
  "format",
  "identity",
  "secret",
  "verified",
  "verification",
  "adoption",
  "drill",
  "deletion"
])
export type FrameType = typeof FrameType.Type

/** The bytes are not the canonical form of the expected type. */
export class NotCanonical extends Schema.TaggedError<NotCanonical>()("NotCanonical", {
  type: FrameType,
  reason: Schema.String
}) {
  override get message() {
    return `not a canonical ${this.type}: ${this.reason}`
  }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** Frames a text payload. */
export const frameText = (type: FrameType, payload: string): Uint8Array<ArrayBuffer> => {
  const size = utf8Length(payload)
  const header = `${type} ${size}\0`
  const bytes = new Uint8Array(header.length + size)
  encoder.encodeInto(header, bytes)
  encoder.encodeInto(payload, bytes.subarray(header.length))
  return bytes
}

/** Frames a payload that is there in pieces, in slices. */
export const framing = function* (type: FrameType, pieces: ReadonlyArray<Uint8Array>): Slices<Uint8Array<ArrayBuffer>> {
  const size = pieces.reduce((sum, piece) => sum + piece.byteLength, 0)
  return yield* joining([utf8(`${type} ${size}\0`), ...pieces])
}

const nothing = new Uint8Array(0)

/** Returns what comes before an object's stored bytes in its canonical bytes. Only a blob is stored unframed. */
export const canonicalPrefix = (type: ObjectType, storedBytes: number): Uint8Array =>
  type === "blob" ? utf8(`blob ${storedBytes}\0`) : nothing

/** Counts an object's canonical bytes. */
export const canonicalLength = (type: ObjectType, storedBytes: number): number =>
  type === "blob" ? "blob \0".length + String(storedBytes).length + storedBytes : storedBytes

/** Longest header: the longest type, a space, and 2^53 in decimal. */
const headerBytesMax = 32

const nul = 0

/** Returns the payload of a frame and refuses every deviation: type word, leading zeros, wrong size, trailing bytes. */
export const unframe = (type: FrameType, bytes: Uint8Array): Result.Result<Uint8Array, NotCanonical> => {
  const refuse = (reason: string) => Result.fail(new NotCanonical({ type, reason }))
  const end = bytes.subarray(0, headerBytesMax).indexOf(nul)
  if (end === -1) return refuse("there is no header")
  const header = latin1(bytes.subarray(0, end))
  if (!header.startsWith(`${type} `)) return refuse(`the header is ${JSON.stringify(header)}`)
  const payload = bytes.subarray(end + 1)
  const size = header.slice(type.length + 1)
  if (size !== String(payload.byteLength)) {
    return refuse(`the header says ${JSON.stringify(size)} bytes, the payload has ${payload.byteLength}`)
  }
  return Result.succeed(payload)
}

/** The bytes of text that are decoded in one slice. */
const sliceBytes = 1024 * 1024

const decodingText = function* (bytes: Uint8Array): Slices<string> {
  if (bytes.byteLength <= sliceBytes) return decoder.decode(bytes)
  const inPieces = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
  const pieces: Array<string> = []
  for (let start = 0; start < bytes.byteLength; start += sliceBytes) {
    pieces.push(inPieces.decode(bytes.subarray(start, start + sliceBytes), { stream: true }))
    yield
  }
  pieces.push(inPieces.decode())
  return pieces.join("")
}

/** Returns the payload of a frame as text and refuses one that is not UTF-8. */
export const unframingText = function* (
  type: FrameType,
  bytes: Uint8Array
): Slices<Result.Result<string, NotCanonical>> {
  const payload = unframe(type, bytes)
  if (Result.isFailure(payload)) return Result.fail(payload.failure)
  try {
    return Result.succeed(yield* decodingText(payload.success))
  } catch (cause) {
    // What the decoder throws at an invalid byte.
    if (!(cause instanceof TypeError)) throw cause
    return Result.fail(new NotCanonical({ type, reason: "the payload is not UTF-8" }))
  }
}

/** Frames a text payload that is there in pieces, each as one slice. */
export const framingTexts = function* (
  type: FrameType,
  payload: ReadonlyArray<string>
): Slices<Uint8Array<ArrayBuffer>> {
  const pieces: Array<Uint8Array> = []
  for (const text of payload) {
    if (pieces.length > 0) yield
    pieces.push(utf8(text))
  }
  return yield* framing(type, pieces)
}
