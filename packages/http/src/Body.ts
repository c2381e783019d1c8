/** Reads request bodies within limits. A body over its limit is refused without being kept. */
import { errorKind } from "@musehub/domain/base/ErrorKind"
import { jsonReader } from "@musehub/domain/wire/json"
import { jsonBodyBytesMax } from "@musehub/domain/wire/Limits"
import { Reader } from "@musehub/msgpack/Reader"
import { Effect, Schema, Stream } from "effect"
import type { HttpServerRequest } from "effect/http"
import { BodyUndecodable, contentEncoding, decodeBody, EncodingUnsupported } from "./contentEncoding.ts"
import { encodingOfBody } from "./Encoding.ts"
import { CurrentConnectionLimits } from "./limits/ConnectionLimits.ts"

/** The body is larger than the endpoint allows. */
export class BodyTooLarge extends Schema.TaggedError<BodyTooLarge>()("BodyTooLarge", {
  kind: errorKind("limit"),
  limitBytes: Schema.Int
}) {
  static readonly details = ["limitBytes"] as const
  override get message() {
    return `the request body is larger than the ${this.limitBytes} bytes that are allowed here`
  }
}

/** The connection ended in the middle of the body. */
export class BodyBrokeOff extends Schema.TaggedError<BodyBrokeOff>()("BodyBrokeOff", {
  kind: errorKind("cut"),
  cause: Schema.Defect()
}) {
  override get message() {
    return "the request body broke off"
  }
}

/** Nothing more of the body came. */
export class BodyStalled extends Schema.TaggedError<BodyStalled>()("BodyStalled", {
  kind: errorKind("late"),
  seconds: Schema.Number
}) {
  override get message() {
    return `nothing of the request body came for ${this.seconds} seconds; send the request again`
  }
}

/** The most bytes of a compressed body that are held in memory, unless it is at least a hundredth of their number. */
const expandedBytesFree = 8 * 1024 * 1024
const expansionMax = 100

/** A small compressed body would take much memory. */
export class BodyExpands extends Schema.TaggedError<BodyExpands>()("BodyExpands", { kind: errorKind("limit") }) {
  override get message() {
    return `the compressed request body grows more than ${expansionMax}-fold; send it without a Content-Encoding`
  }
}

/** The errors of reading a body. */
export type BodyError = BodyBrokeOff | BodyExpands | BodyStalled | BodyTooLarge | BodyUndecodable | EncodingUnsupported

/** Says whether reading a body failed with this error. */
export const isBodyError = (error: unknown): error is BodyError =>
  [BodyBrokeOff, BodyExpands, BodyStalled, BodyTooLarge, BodyUndecodable, EncodingUnsupported].some(
    (kind) => error instanceof kind
  )

const contentLength = (request: HttpServerRequest.HttpServerRequest): number | undefined => {
  const text = request.headers["content-length"]
  return text === undefined || !/^\d{1,15}$/.test(text) ? undefined : Number(text)
}

/** Streams the body as it comes. Fails if it breaks off or stands still. */
const arriving = (request: HttpServerRequest.HttpServerRequest) =>
  Stream.unwrap(
    Effect.map(CurrentConnectionLimits, ({ bodyIdleMillisMax }) =>
      request.stream.pipe(
        Stream.mapError((cause) => new BodyBrokeOff({ cause })),
        Stream.timeoutOrElse({
          duration: bodyIdleMillisMax,
          orElse: () => Stream.fail(new BodyStalled({ seconds: bodyIdleMillisMax / 1000 }))
        })
      )
    )
  )

/**
 * Streams the decoded body. Fails as soon as it, or what arrives, is known to be over the limit, and as soon as it
 * grows to more than `expansion` times what arrived.
 */
export const boundedBody = (
  request: HttpServerRequest.HttpServerRequest,
  limitBytes: number,
  expansion = Number.POSITIVE_INFINITY
): Stream.Stream<Uint8Array, BodyError> => {
  const tooLarge = () => new BodyTooLarge({ limitBytes })
  if ((contentLength(request) ?? 0) > limitBytes) return Stream.fail(tooLarge())
  let arrived = 0
  const sent = arriving(request).pipe(
    Stream.tap((chunk) => {
      arrived += chunk.byteLength
      return arrived > limitBytes ? Effect.fail(tooLarge()) : Effect.void
    })
  )
  const encoding = contentEncoding(request.headers)
  if (encoding === undefined) return sent
  let decoded = 0
  return Stream.tap(decodeBody(sent, encoding), (chunk): Effect.Effect<void, BodyExpands | BodyTooLarge> => {
    decoded += chunk.byteLength
    if (decoded > limitBytes) return Effect.fail(tooLarge())
    return decoded > Math.max(expandedBytesFree, arrived * expansion) ? Effect.fail(new BodyExpands()) : Effect.void
  })
}

/** Returns a reader of the body, in the encoding that its Content-Type names. */
export const bodyReader = Effect.fnUntraced(function* (
  request: HttpServerRequest.HttpServerRequest,
  limitBytes: number
) {
  if (encodingOfBody(request.headers) === "msgpack") {
    const size = contentEncoding(request.headers) === undefined ? contentLength(request) : undefined
    return yield* Reader.fromStream(boundedBody(request, limitBytes), { size })
  }
  const body = yield* wholeBody(request, Math.min(limitBytes, jsonBodyBytesMax))
  return yield* jsonReader(body)
})

/** Reads a small body into memory. */
export const wholeBody = (request: HttpServerRequest.HttpServerRequest, limitBytes: number) =>
  Effect.map(Stream.runCollect(boundedBody(request, limitBytes, expansionMax)), (chunks) => Buffer.concat(chunks))
