/**
 * Putting immutable objects: the first bytes under a key stay. A conditional PUT costs one request for a new object;
 * a hit is answered by one HEAD more, because every object carries its own SHA-256 as metadata. A retry that meets its
 * own object, since the first answer was lost, finds identical bytes and is content.
 */
import { PutObjectCommand } from "@aws-sdk/client-s3"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import type { ContentRefused } from "@musehub/domain/object/Refused"
import { Effect, Option, Stream } from "effect"
import { Buffer } from "node:buffer"
import { checksumOf } from "./checksumOf.ts"
import type { PutDialect } from "../Dialect.ts"
import { compareExisting, type Outcome } from "./compareExisting.ts"
import { at } from "../Keys.ts"
import { putInParts } from "./Multipart.ts"
import type { S3Connection } from "../S3Connection.ts"
import { fault, type FaultKind, type S3Fault } from "../S3Fault.ts"

/** A streamed body up to this size is gathered and sent in one request. */
export const singlePutBytesMax = 8 * 1024 * 1024
/** How often a put starts over because the object that was in its way vanished. */
const roundsMax = 4
/** Races with another writer or a deletion; nothing was written, so the next try decides. */
const lostRaces: ReadonlyArray<FaultKind> = ["conflict", "missing"]

/** Puts a canonical object under `path`. */
export const putObject = Effect.fnUntraced(function* (
  s3: S3Connection,
  dialect: PutDialect,
  path: string,
  object: CanonicalObject
): Effect.fn.Return<Outcome, S3Fault | ContentRefused> {
  const content = object.content
  if (!(content instanceof Uint8Array) && object.size > singlePutBytesMax) {
    return yield* putInParts(s3, dialect, path, object, content)
  }
  const bytes = content instanceof Uint8Array ? content : yield* gather(content)
  return yield* putWhole(s3, dialect, path, object.sha256, bytes)
})

/** One request if the object is new. */
const putWhole = Effect.fnUntraced(function* (
  s3: S3Connection,
  dialect: PutDialect,
  path: string,
  sha256: string,
  bytes: Uint8Array
): Effect.fn.Return<Outcome, S3Fault> {
  const put = (conditional: boolean) =>
    s3.idempotent(
      (client, options) =>
        client.send(
          new PutObjectCommand({
            ...at(s3.config, path),
            ...(conditional ? { IfNoneMatch: "*" } : {}),
            Body: bytes,
            ContentLength: bytes.byteLength,
            ChecksumSHA256: checksumOf(sha256),
            Metadata: { sha256 }
          }),
          options
        ),
      { bytes: bytes.byteLength, also: lostRaces }
    )

  for (let round = 0; round < roundsMax; round++) {
    if (dialect.conditional) {
      const answer = yield* put(true).pipe(
        Effect.as("created" as const),
        Effect.catchIf(
          (fault) => fault.kind === "precondition" || fault.kind === "unsupported",
          (fault) => Effect.succeed(fault.kind)
        )
      )
      if (answer === "created") return answer
      if (answer === "unsupported") dialect.conditional = false
    }
    const existing = yield* compareExisting(s3, path, { sha256, size: bytes.byteLength })
    if (Option.isSome(existing)) return existing.value
    if (!dialect.conditional) {
      // Two writers may both come here; under one id they write the same bytes, or commits of which one stays.
      yield* put(false)
      return "created"
    }
  }
  return yield* fault("conflict", "Unsettled", "the object kept appearing and vanishing")
})

const gather = (content: Stream.Stream<Uint8Array, ContentRefused>): Effect.Effect<Uint8Array, ContentRefused> =>
  Effect.map(Stream.runCollect(content), (chunks) => (chunks.length === 1 && chunks[0]) || Buffer.concat(chunks))
