/**
 * zstd over bytes in memory (RFC 8878), beside the event loop. The one place of the domain that touches `node:zlib`:
 * like hashing, compression is a function of its argument alone.
 */
import { Effect, Schema, Semaphore } from "effect"
import { constants, zstdCompress, zstdDecompress } from "node:zlib"

/** Bytes that are no zstd, or more of it than was expected. */
export class NotCompressed extends Schema.TaggedError<NotCompressed>()("NotCompressed", { reason: Schema.String }) {
  override get message() {
    return `the bytes cannot be decompressed: ${this.reason}`
  }
}

/** zstd's own default: most of what there is to save, at some hundred megabytes a second. */
const level = 3

/** Node makes its output in chunks of at least this size. */
const chunkBytesMin = 64

export const compress = (content: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.callback<Uint8Array>((resume) => {
    const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
    zstdCompress(content, { params }, (error, compressed) =>
      resume(error === null ? Effect.succeed(compressed) : Effect.die(error))
    )
  })

/** Each decompression has buffers of its own, as large as the content, so there are never many at once. */
const permits = Semaphore.makeUnsafe(2)

/** The content, which must be of exactly so many bytes; no more than these are made. */
export const decompress = (compressed: Uint8Array, bytes: number): Effect.Effect<Uint8Array, NotCompressed> =>
  permits.withPermit(
    Effect.callback<Uint8Array, NotCompressed>((resume) => {
      const room = Math.max(chunkBytesMin, bytes)
      zstdDecompress(compressed, { chunkSize: room, maxOutputLength: room }, (error, content) => {
        if (error !== null) resume(Effect.fail(new NotCompressed({ reason: error.message })))
        else if (content.byteLength === bytes) resume(Effect.succeed(content))
        else {
          resume(
            Effect.fail(new NotCompressed({ reason: `they hold ${content.byteLength} bytes instead of ${bytes}` }))
          )
        }
      })
    })
  )
