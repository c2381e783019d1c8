/**
 * zstd (RFC 8878) and deflate (RFC 1951) for bytes in memory, off the event loop where they are many. This is the one
 * place in the domain that uses `node:zlib`: like hashing, compression depends on its argument alone.
 */
import { Effect, Schema, Semaphore } from "effect"
import {
  constants,
  deflateRaw,
  type ZlibOptions,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync
} from "node:zlib"

export { crc32 } from "node:zlib"

/** The bytes are not zstd, or decompress to more or fewer bytes than expected. */
export class NotCompressed extends Schema.TaggedError<NotCompressed>()("NotCompressed", { reason: Schema.String }) {
  override get message() {
    return `the bytes cannot be decompressed: ${this.reason}`
  }
}

/** zstd's own default: most of the possible saving, at several hundred megabytes a second. */
const level = 3

/** Node accepts no smaller output chunks. */
const chunkBytesMin = 64

/** Less takes a tenth of a millisecond at once; to hand it to another thread takes twice as much of the processor. */
const atOnceBytesMax = 16 * 1024

export const compress = (content: Uint8Array): Effect.Effect<Uint8Array> => {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
  const options = { params, pledgedSrcSize: content.byteLength }
  if (content.byteLength <= atOnceBytesMax) return Effect.sync(() => zstdCompressSync(content, options))
  return Effect.callback<Uint8Array>((resume) => {
    zstdCompress(content, options, (error, compressed) =>
      resume(error === null ? Effect.succeed(compressed) : Effect.die(error))
    )
  })
}

/** Limits concurrent decompressions: each one holds buffers as large as its content. */
const permits = Semaphore.makeUnsafe(2)

const refuse = (cause: unknown) => new NotCompressed({ reason: cause instanceof Error ? cause.message : String(cause) })

const decompressed = (compressed: Uint8Array, bytes: number): Effect.Effect<Uint8Array, NotCompressed> => {
  const room = Math.max(chunkBytesMin, bytes)
  const options = { chunkSize: room, maxOutputLength: room }
  if (Math.max(bytes, compressed.byteLength) <= atOnceBytesMax) {
    return Effect.try({ try: () => zstdDecompressSync(compressed, options), catch: refuse })
  }
  return permits.withPermit(
    Effect.callback<Uint8Array, NotCompressed>((resume) => {
      zstdDecompress(compressed, options, (error, content) =>
        resume(error === null ? Effect.succeed(content) : Effect.fail(refuse(error)))
      )
    })
  )
}

/** Decompresses to exactly `bytes` bytes. Never produces more than that. */
export const decompress = (compressed: Uint8Array, bytes: number): Effect.Effect<Uint8Array, NotCompressed> =>
  Effect.filterOrFail(
    decompressed(compressed, bytes),
    ({ byteLength }) => byteLength === bytes,
    ({ byteLength }) => new NotCompressed({ reason: `they hold ${byteLength} bytes instead of ${bytes}` })
  )

/** The smallest window of deflate, as a power of two, and what a part that does not shrink may grow by. */
const [windowBitsMin, grownBytesMax] = [9, 64]

/** A small part needs no window and no room that are larger: making those takes longer than to fill them. */
const deflateOptions = ({ byteLength }: Uint8Array): ZlibOptions =>
  byteLength > atOnceBytesMax
    ? { finishFlush: constants.Z_SYNC_FLUSH }
    : {
        finishFlush: constants.Z_SYNC_FLUSH,
        chunkSize: byteLength + grownBytesMax,
        windowBits: Math.max(windowBitsMin, Math.ceil(Math.log2(byteLength + 1)))
      }

/**
 * Deflates a part of a stream. Parts know nothing of each other and end at a byte, so that they are made side by side;
 * one after another, with `deflateEnd` as the last, they are one stream.
 */
export const deflatePart = (part: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.callback<Uint8Array>((resume) => {
    deflateRaw(part, deflateOptions(part), (error, deflated) =>
      resume(error === null ? Effect.succeed(deflated) : Effect.die(error))
    )
  })

/** The last block of a deflated stream: one without content. */
export const deflateEnd = Uint8Array.of(3, 0)
