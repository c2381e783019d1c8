/**
 * Puts immutable objects. A new one costs one conditional PUT, and an existing one a HEAD in addition, because every
 * object carries its SHA-256 as metadata. A retry after a lost answer finds its own object identical. A damaged one is
 * overwritten.
 */
import { PutObjectCommand } from "@aws-sdk/client-s3"
import type { ContentRefused } from "@musehub/domain/object/Refused"
import type { Sealed } from "@musehub/domain/port/ObjectStore"
import { Effect, Option, Stream } from "effect"
import { Buffer } from "node:buffer"
import { checksumOf } from "./checksumOf.ts"
import type { PutDialect } from "../Dialect.ts"
import { compareExisting, type Outcome } from "./compareExisting.ts"
import { at } from "../Keys.ts"
import { putInParts } from "./Multipart.ts"
import type { S3Connection } from "../S3Connection.ts"
import { type FaultKind, passing, type S3Fault } from "../S3Fault.ts"

/** The largest streamed body that is collected and sent in one request. */
export const singlePutBytesMax = 8 * 1024 * 1024
/** How often a put starts over because the object in its way vanished. */
const roundsMax = 4
/** Races with another writer or a deletion. Nothing was written, so a retry decides. */
const lostRaces: ReadonlyArray<FaultKind> = ["conflict", "missing"]

/** Puts a blob or a pack at `path`. */
export const putObject = Effect.fnUntraced(function* (
  s3: S3Connection,
  dialect: PutDialect,
  path: string,
  { content, sha256, size }: Sealed
): Effect.fn.Return<Outcome, S3Fault | ContentRefused> {
  if (!(content instanceof Uint8Array) && size > singlePutBytesMax) {
    return yield* putInParts(s3, dialect, path, { sha256, size }, content)
  }
  const bytes = content instanceof Uint8Array ? content : yield* gather(content)
  return yield* putWhole(s3, dialect, path, sha256, bytes)
})

/** Puts bytes in memory: one request if the object is new. */
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
    if (Option.contains(existing, "identical")) return "identical"
    if (Option.isSome(existing) || !dialect.conditional) {
      // Two writers may both get here; under one key they write the same bytes.
      yield* put(false)
      return Option.isSome(existing) ? "replaced" : "created"
    }
  }
  return yield* passing("Unsettled", "the object kept appearing and vanishing")
})

const gather = (content: Stream.Stream<Uint8Array, ContentRefused>): Effect.Effect<Uint8Array, ContentRefused> =>
  Effect.map(Stream.runCollect(content), (chunks) => (chunks.length === 1 && chunks[0]) || Buffer.concat(chunks))
