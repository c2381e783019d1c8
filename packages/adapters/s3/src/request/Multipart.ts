/**
 * Uploads large streamed bodies in parts, bounded in number and memory. Whether the bytes match the id is known at the
 * end of the stream. So the upload is completed after that and aborted on any failure: no half object is visible, and
 * no part stays to be paid for.
 *
 * Own code: `@aws-sdk/lib-storage` does not find out what became of a completion whose answer was lost, and does not
 * complete differently if a service does not know the condition.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { sha256 } from "@musehub/domain/object/Digest"
import type { ContentRefused } from "@musehub/domain/object/Refused"
import { Effect, Exit, Option, Stream } from "effect"
import { checksumOf } from "./checksumOf.ts"
import type { PutDialect } from "../Dialect.ts"
import { compareExisting, type Outcome, type Wanted } from "./compareExisting.ts"
import { headOf } from "./Get.ts"
import { at } from "../Keys.ts"
import type { S3Connection } from "../S3Connection.ts"
import { passing, type S3Fault } from "../S3Fault.ts"

const mebibyte = 1024 * 1024
const partBytesMin = 8 * mebibyte
/** S3 allows 10,000. */
const partsMax = 9_000
/** The most parts of one object in flight; each holds its bytes in memory. */
const partsInFlight = 4

/** Returns the size of every part except the last. */
export const partBytesFor = (size: number): number =>
  Math.max(partBytesMin, Math.ceil(size / partsMax / mebibyte) * mebibyte)

type Landed = "created" | "landedBefore" | "raced"

/** Puts a streamed object of known size that is too large for one request. */
export const putInParts = Effect.fnUntraced(function* (
  s3: S3Connection,
  dialect: PutDialect,
  path: string,
  wanted: Wanted,
  content: Stream.Stream<Uint8Array, ContentRefused>
): Effect.fn.Return<Outcome, S3Fault | ContentRefused> {
  const settled = Effect.flatMap(compareExisting(s3, path, wanted), (existing) =>
    Option.contains(existing, "identical")
      ? Effect.succeed("identical" as const)
      : Effect.fail(passing("Unsettled", "the object changed while it was being put"))
  )
  const before = yield* compareExisting(s3, path, wanted)
  // An existing object need not be sent. The stream is still read: only its end shows whether the caller's bytes match
  // the id.
  if (Option.contains(before, "identical")) return yield* Effect.andThen(Stream.runDrain(content), settled)
  const isDamaged = Option.isSome(before)

  const landed = yield* Effect.acquireUseRelease(
    begin(s3, path, wanted),
    Effect.fnUntraced(function* (uploadId): Effect.fn.Return<Landed, S3Fault | ContentRefused> {
      const parts = yield* content.pipe(
        inPartsOf(partBytesFor(wanted.size)),
        Stream.mapEffect(([number, bytes]) => uploadPart(s3, path, uploadId, number, bytes), {
          concurrency: partsInFlight
        }),
        Stream.runCollect
      )
      return yield* complete(s3, isDamaged ? replacing : dialect, path, uploadId, parts, wanted.size)
    }),
    (uploadId, exit) => (Exit.isSuccess(exit) && exit.value !== "raced" ? Effect.void : giveUp(s3, path, uploadId))
  )
  const outcome = landed === "created" ? landed : yield* settled
  return isDamaged ? "replaced" : outcome
})

/** A damaged object is overwritten. */
const replacing: PutDialect = { conditional: false }

const begin = (s3: S3Connection, path: string, wanted: Wanted): Effect.Effect<string, S3Fault> =>
  Effect.flatMap(
    s3.idempotent((client, options) =>
      client.send(
        new CreateMultipartUploadCommand({
          ...at(s3.config, path),
          ChecksumAlgorithm: "SHA256",
          Metadata: { sha256: wanted.sha256 }
        }),
        options
      )
    ),
    ({ UploadId }) =>
      UploadId === undefined
        ? Effect.fail(passing("IncompleteAnswer", "the upload was given no id"))
        : Effect.succeed(UploadId)
  )

const uploadPart = (
  s3: S3Connection,
  path: string,
  uploadId: string,
  number: number,
  bytes: Uint8Array
): Effect.Effect<CompletedPart, S3Fault> =>
  Effect.suspend(() => {
    const checksum = checksumOf(sha256(bytes))
    return Effect.flatMap(
      s3.idempotent(
        (client, options) =>
          client.send(
            new UploadPartCommand({
              ...at(s3.config, path),
              UploadId: uploadId,
              PartNumber: number,
              Body: bytes,
              ContentLength: bytes.byteLength,
              ChecksumSHA256: checksum
            }),
            options
          ),
        { bytes: bytes.byteLength }
      ),
      ({ ETag, ChecksumSHA256 }) =>
        ETag === undefined
          ? Effect.fail(passing("IncompleteAnswer", "the part was given no ETag"))
          : Effect.succeed({
              PartNumber: number,
              ETag,
              // Services that keep no checksums would refuse it.
              ...(ChecksumSHA256 === undefined ? {} : { ChecksumSHA256 })
            })
    )
  })

const complete = (
  s3: S3Connection,
  dialect: PutDialect,
  path: string,
  uploadId: string,
  parts: ReadonlyArray<CompletedPart>,
  size: number
): Effect.Effect<Landed, S3Fault> => {
  const send = (conditional: boolean): Effect.Effect<Landed, S3Fault> =>
    s3
      .idempotent(
        (client, options) =>
          client.send(
            new CompleteMultipartUploadCommand({
              ...at(s3.config, path),
              UploadId: uploadId,
              MultipartUpload: { Parts: [...parts] },
              ...(conditional ? { IfNoneMatch: "*" } : {})
            }),
            options
          ),
        { bytes: size }
      )
      .pipe(Effect.as("created"))
  const unlessThere = <A>(otherwise: Effect.Effect<A, S3Fault>, there: A) =>
    Effect.flatMap(headOf(s3, path), (head) => (Option.isSome(head) ? Effect.succeed(there) : otherwise))

  return send(dialect.conditional).pipe(
    Effect.catch((found): Effect.Effect<Landed, S3Fault> => {
      switch (found.kind) {
        case "precondition":
          return Effect.succeed("raced")
        case "conflict":
          return unlessThere(Effect.fail(found), "raced")
        case "missing":
          // The upload is gone because an attempt whose answer was lost completed it.
          return unlessThere(Effect.fail(found), "landedBefore")
        case "unsupported":
          dialect.conditional = false
          return unlessThere(send(false), "raced")
        default:
          return Effect.fail(found)
      }
    })
  )
}

/** Aborts the upload. A failure to do so is only logged, because the caller needs the first failure. */
const giveUp = (s3: S3Connection, path: string, uploadId: string): Effect.Effect<void> =>
  s3
    .idempotent((client, options) =>
      client.send(new AbortMultipartUploadCommand({ ...at(s3.config, path), UploadId: uploadId }), options)
    )
    .pipe(
      Effect.catch((found) =>
        found.kind === "missing"
          ? Effect.void
          : Effect.logWarning(
              `the unfinished upload of ${path} stays in the bucket until its lifecycle rule removes it: ` +
                `${found.message}`
            )
      ),
      Effect.asVoid
    )

/**
 * Cuts a stream into numbered parts of exactly `partBytes`, the last one shorter. Copies, so the source may reuse its
 * buffers.
 */
const inPartsOf =
  (partBytes: number) =>
  <E>(content: Stream.Stream<Uint8Array, E>): Stream.Stream<readonly [number: number, bytes: Uint8Array], E> =>
    content.pipe(
      Stream.mapAccum(
        (): Filling => ({ number: 1, bytes: undefined, filled: 0 }),
        (filling, chunk: Uint8Array) => {
          const full: Array<readonly [number, Uint8Array]> = []
          let { number, bytes, filled } = filling
          for (let taken = 0; taken < chunk.byteLength;) {
            bytes ??= new Uint8Array(partBytes)
            const piece = chunk.subarray(taken, taken + partBytes - filled)
            bytes.set(piece, filled)
            taken += piece.byteLength
            filled += piece.byteLength
            if (filled === partBytes) {
              full.push([number, bytes])
              number++
              bytes = undefined
              filled = 0
            }
          }
          return [{ number, bytes, filled }, full]
        },
        {
          onHalt: ({ number, bytes, filled }) =>
            bytes === undefined ? [] : [[number, bytes.subarray(0, filled)] as const]
        }
      )
    )

interface Filling {
  readonly number: number
  readonly bytes: Uint8Array | undefined
  readonly filled: number
}
