/**
 * zstd (RFC 8878) for bytes in memory, off the event loop. This is the one place in the domain that uses `node:zlib`:
 * like hashing, compression depends on its argument alone.
 */
import { Effect, Schema, Semaphore } from "effect"
import { constants, zstdCompress, zstdDecompress } from "node:zlib"

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

export const compress = (content: Uint8Array): Effect.Effect<Uint8Array> =>
  Effect.callback<Uint8Array>((resume) => {
    const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
    zstdCompress(content, { params, pledgedSrcSize: content.byteLength }, (error, compressed) =>
      resume(error === null ? Effect.succeed(compressed) : Effect.die(error))
    )
  })

/** Limits concurrent decompressions: each one holds buffers as large as its content. */
const permits = Semaphore.makeUnsafe(2)

/** Decompresses to exactly `bytes` bytes. Never produces more than that. */
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
