/**
 * The end of a pack, after its blocks: the directory in a skippable zstd frame, then the seek table of zstd's seekable
 * format, which is a skippable frame too (docs/pack.md, "The end of a pack"). Programs that know only zstd skip both.
 */
import { Data, Result } from "effect"
import { fromHex, hex, isSame } from "../base/Bytes.ts"
import { atOnce, joining, type Slices } from "../base/Slices.ts"
import { hashing } from "../object/Digest.ts"
import { packBlocksMax, packBytesMax, packObjectsMax } from "./limits.ts"
import { PackDirectory } from "./PackDirectory.ts"
import type { PackBlock } from "./PackedObject.ts"
import { PackRefused } from "./PackRefused.ts"

/** One of the sixteen magic numbers of skippable frames (RFC 8878, section 3.1.2). */
const directoryMagic = 0x184d2a5d
const seekTableMagic = 0x184d2a5e
/** The last four bytes of a seek table. */
const seekableMagic = 0x8f92eab1

/** Magic number and length of a skippable frame. */
const frameHeadBytes = 8
/** SHA-256 and length of the directory, after it. */
const directoryEndBytes = 32 + 4
/** Count of frames, descriptor, magic number. */
const seekTableEndBytes = 9
const seekEntryBytes = 8
/** The largest directory is one of half a million commits. */
const directoryBytesMax = 12 + packBlocksMax * 48 + packObjectsMax * 72

/** Enough of the end of most packs to hold the directory: some 900 commits. */
export const usualTailBytes = 64 * 1024

/** The given bytes do not hold the whole end of the pack, which has at least `bytes` bytes. */
export class TailTooShort extends Data.TaggedError("TailTooShort")<{ readonly bytes: number }> {}

const uint32s = (...values: ReadonlyArray<number>): Uint8Array => {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  for (const [position, value] of values.entries()) view.setUint32(4 * position, value, true)
  return bytes
}

/** Encodes the end of a pack with these blocks and their encoded directory. */
export const encodingTail = function* (
  blocks: ReadonlyArray<Pick<PackBlock, "length" | "contentLength">>,
  directory: Uint8Array
): Slices<Uint8Array> {
  const hash = fromHex(yield* hashing(directory))
  const content = directory.byteLength + directoryEndBytes
  const seekable = blocks.flatMap(({ contentLength, length }) => [length, contentLength])
  const frames = uint32s(...seekable, frameHeadBytes + content, 0, blocks.length + 1)
  return yield* joining([
    uint32s(directoryMagic, content),
    directory,
    hash,
    uint32s(directory.byteLength),
    uint32s(seekTableMagic, frames.byteLength + 1 + 4),
    frames,
    Uint8Array.of(0),
    uint32s(seekableMagic)
  ])
}

/**
 * Reads the directory of a pack of `packBytes` bytes from its last bytes, and checks all of the pack's end. Fails with
 * `TailTooShort` if more bytes are needed, at most twice.
 */
export const readingTail = function* (
  tail: Uint8Array,
  packBytes: number
): Slices<Result.Result<PackDirectory, PackRefused | TailTooShort>> {
  const refuse = (reason: string) => Result.fail(new PackRefused({ reason }))
  if (packBytes > packBytesMax) return refuse(`it has ${packBytes} bytes, more than ${packBytesMax}`)
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  /** Reads the integer that begins `before` bytes before the end. */
  const uint32 = (before: number) => view.getUint32(tail.byteLength - before, true)
  const missing = (bytes: number) =>
    bytes > packBytes
      ? refuse(`its end should have ${bytes} bytes, and all of it has ${packBytes}`)
      : Result.fail(new TailTooShort({ bytes }))

  if (tail.byteLength < seekTableEndBytes) return missing(seekTableEndBytes)
  if (uint32(4) !== seekableMagic) return refuse("it does not end with a seek table")
  const frames = uint32(seekTableEndBytes)
  if (frames > packBlocksMax + 1) return refuse(`its seek table has ${frames} frames`)
  const seekTable = frameHeadBytes + frames * seekEntryBytes + seekTableEndBytes
  if (tail.byteLength < seekTable + directoryEndBytes) return missing(seekTable + directoryEndBytes)
  const length = uint32(seekTable + 4)
  if (length > directoryBytesMax) return refuse(`its directory has ${length} bytes, more than ${directoryBytesMax}`)
  const whole = frameHeadBytes + length + directoryEndBytes + seekTable
  if (tail.byteLength < whole) return missing(whole)

  const end = tail.subarray(tail.byteLength - whole)
  const encoded = end.subarray(frameHeadBytes, frameHeadBytes + length)
  const hashAt = frameHeadBytes + length
  const hash: string = yield* hashing(encoded)
  if (hash !== hex(end.subarray(hashAt, hashAt + 32))) return refuse("its directory is damaged")
  const decoded = yield* PackDirectory.decoding(encoded)
  if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
  const directory = decoded.success
  if (!isSame(yield* encodingTail(directory.blocks, encoded), end)) {
    return refuse("its seek table is not that of its blocks")
  }
  const blocks = directory.blocks.reduce((sum, block) => sum + block.length, 0)
  return blocks + whole === packBytes
    ? Result.succeed(directory)
    : refuse(`its parts have ${blocks + whole} bytes, and it has ${packBytes}`)
}

/** Reads the directory of a pack as `readingTail` does, without a pause. */
export const readTail = (tail: Uint8Array, packBytes: number) => atOnce(readingTail(tail, packBytes))
