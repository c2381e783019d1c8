/** A file's content. A blob is stored as its raw bytes; its id is their SHA-256 (docs/wire.md, section 1). */
import { Effect, Stream } from "effect"
import type { CanonicalObject } from "./CanonicalObject.ts"
import { incrementalSha256, sha256, sha256Apart } from "./Digest.ts"
import type { BlobId, Sha256 } from "./Id.ts"
import { seal } from "./internal/seal.ts"
import { ContentRefused } from "./Refused.ts"

const hashedBlob = (content: Uint8Array, hash: Sha256): CanonicalObject<"blob"> =>
  seal({ type: "blob", id: hash as string as BlobId, size: content.byteLength, sha256: hash, content })

/** Makes a blob from its content. */
export const blobOf = (content: Uint8Array): CanonicalObject<"blob"> => hashedBlob(content, sha256(content))

/** Makes a blob from its content, which may be large: the event loop is free while it is hashed. */
export const blobApart = (content: Uint8Array): Effect.Effect<CanonicalObject<"blob">> =>
  Effect.map(sha256Apart(content), (hash) => hashedBlob(content, hash))

/**
 * Makes a blob whose bytes arrive as a stream. The bytes are hashed as they pass. When they do not match the id and the
 * size, the stream fails at its end, before the store makes anything visible.
 */
export const blobArriving = <E>(
  id: BlobId,
  size: number,
  content: Stream.Stream<Uint8Array, E>
): CanonicalObject<"blob"> => {
  const checked = Stream.suspend(() => {
    const hash = incrementalSha256()
    let seen = 0
    const refuse = (reason: string) => new ContentRefused({ id, reason })
    return content.pipe(
      Stream.mapError((cause) => new ContentRefused({ id, reason: "its bytes could not be read to the end", cause })),
      Stream.tap((chunk) => {
        seen += chunk.byteLength
        if (seen > size) return refuse(`more than the promised ${size} bytes arrived`)
        hash.update(chunk)
        return Effect.void
      }),
      Stream.concat(
        Stream.suspend(() => {
          if (seen !== size) return Stream.fail(refuse(`${seen} of the promised ${size} bytes arrived`))
          const computed = hash.digest()
          return computed === (id as string) ? Stream.empty : Stream.fail(refuse(`the content hashes to ${computed}`))
        })
      )
    )
  })
  return seal({ type: "blob", id, size, sha256: id as string as Sha256, content: checked })
}
