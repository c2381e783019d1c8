/**
 * Reads an object whole, as a stream, or only its head. A request is retried until a byte of it has been passed on.
 * Small bodies are read at once even when streamed, so that a slow reader holds a socket for large ones only.
 */
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client
} from "@aws-sdk/client-s3"
import type { ByteRange } from "@musehub/domain/port/ObjectStore"
import { Effect, Option, type Scope, Stream } from "effect"
import { Buffer } from "node:buffer"
import { Readable } from "node:stream"
import { bodyStream, brokenBody } from "./Body.ts"
import { at } from "../Keys.ts"
import type { RequestOptions, S3Connection } from "../S3Connection.ts"
import { passing, permanent, type S3Fault } from "../S3Fault.ts"

/** The largest body that is read within its request. */
const wholeBytesMax = 256 * 1024
/** How often a large body that broke off is read again from the start. */
const rereadsMax = 2

/** An object in memory, with its ETag. */
export interface Whole {
  readonly bytes: Uint8Array
  readonly etag: string | undefined
}

/** Reads the whole object. With `unless`, fails with `notModified` if that is still its ETag. */
export const getWhole = (s3: S3Connection, path: string, unless?: string): Effect.Effect<Whole, S3Fault> =>
  Effect.scoped(
    Effect.gen(function* () {
      const answer = yield* open(s3, path, { unless })
      if (answer.content instanceof Uint8Array) return { bytes: answer.content, etag: answer.etag }
      const chunks = yield* Stream.runCollect(answer.content)
      return { bytes: Buffer.concat(chunks), etag: answer.etag }
    })
  ).pipe(Effect.retry({ times: rereadsMax, while: (fault) => fault.code === brokenBody }))

/**
 * Streams the object, or a range of it that is not empty. It fails before the first byte or ends the stream with an
 * error. A range that the object does not have fails as `outside`.
 */
export const getStream = (s3: S3Connection, path: string, range?: ByteRange): Stream.Stream<Uint8Array, S3Fault> =>
  Stream.unwrap(
    Effect.map(open(s3, path, { range }), ({ content }) => {
      if (!(content instanceof Uint8Array)) return content
      return content.byteLength === 0 ? Stream.empty : Stream.succeed(content)
    })
  )

/** Reads an object's head; none if it does not exist. */
export const headOf = (
  s3: S3Connection,
  path: string
): Effect.Effect<Option.Option<HeadObjectCommandOutput>, S3Fault> =>
  s3
    .idempotent((client, options) => client.send(new HeadObjectCommand(at(s3.config, path)), options))
    .pipe(
      Effect.map(Option.some),
      Effect.catchIf(
        (fault) => fault.kind === "missing",
        () => Effect.succeed(Option.none())
      )
    )

interface Opened {
  readonly content: Uint8Array | Stream.Stream<Uint8Array, S3Fault>
  readonly etag: string | undefined
}

/** The options of a request: only if the state differs from `unless`, only a range. */
interface Asked {
  readonly unless?: string | undefined
  readonly range?: ByteRange | undefined
}

const open = (s3: S3Connection, path: string, asked: Asked): Effect.Effect<Opened, S3Fault, Scope.Scope> =>
  Effect.gen(function* () {
    const place = yield* s3.openBody
    const { answer, bytes } = yield* Effect.acquireRelease(
      s3.idempotent(async (client, options) => {
        const answer = await ask(client, options, s3, path, asked)
        return { answer, bytes: answer.size > wholeBytesMax ? undefined : await collect(answer.body, answer.size) }
      }),
      ({ answer }) => Effect.sync(() => answer.body.destroy()),
      { interruptible: true }
    )
    if (bytes === undefined) {
      return { content: bodyStream(answer.body, answer.size, s3.config.timeoutMillis), etag: answer.etag }
    }
    yield* place.free
    return { content: bytes, etag: answer.etag }
  })

interface Answer {
  readonly body: Readable
  readonly size: number
  readonly etag: string | undefined
}

const ask = async (
  client: S3Client,
  options: RequestOptions,
  s3: S3Connection,
  path: string,
  { range, unless }: Asked
): Promise<Answer> => {
  const answer = await client.send(
    new GetObjectCommand({
      ...at(s3.config, path),
      ...(unless === undefined ? {} : { IfNoneMatch: unless }),
      ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` })
    }),
    options
  )
  if (!(answer.Body instanceof Readable) || answer.ContentLength === undefined) {
    throw passing("IncompleteAnswer", "the answer does not say how long it is")
  }
  if (range !== undefined && !isPart(range, answer)) {
    answer.Body.destroy()
    throw notThatPart(range, answer)
  }
  return { body: answer.Body, size: answer.ContentLength, etag: answer.ETag }
}

/**
 * Says whether the answer has the requested bytes. A service sends fewer if the object ends before the range does, and
 * one without range support sends the whole object.
 */
const isPart = ({ start, end }: ByteRange, { ContentLength, ContentRange }: GetObjectCommandOutput): boolean =>
  ContentLength === end - start && (ContentRange?.startsWith(`bytes ${start}-${end - 1}/`) ?? start === 0)

const notThatPart = ({ start, end }: ByteRange, { ContentRange }: GetObjectCommandOutput): S3Fault =>
  ContentRange === undefined
    ? permanent("RangeIgnored", `the service sent the whole object instead of bytes ${start} to ${end}`)
    : permanent("InvalidRange", `the service sent ${ContentRange} instead of bytes ${start} to ${end}`, "outside")

const collect = async (body: Readable, size: number): Promise<Uint8Array> => {
  const whole = new Uint8Array(size)
  let seen = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    if (seen + chunk.byteLength <= size) whole.set(chunk, seen)
    seen += chunk.byteLength
  }
  if (seen !== size) throw passing("WrongLength", `${seen} of the promised ${size} bytes arrived`)
  return whole
}
