/**
 * Decodes compressed request bodies (Content-Encoding; RFC 9110, section 8.4) as they arrive. Memory stays constant,
 * and nothing is decoded beyond what is read, so a reader that stops at its limit also stops the decoding.
 */
import * as NodeStream from "@effect/platform-node/NodeStream"
import { errorKind } from "@musehub/domain/base/ErrorKind"
import { cut } from "@musehub/domain/base/text/cut"
import { Schema, Stream } from "effect"
import type { Headers } from "effect/http"
import type { Duplex } from "node:stream"
import { constants, createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib"

/**
 * The largest window of a zstd frame, as a power of two: 8 MiB, the most that a sender may use in HTTP (RFC 9659). The
 * decoder holds a window in memory.
 */
const zstdWindowLogMax = 23

/** A gzip body may have several members. What follows the end of the others is refused. */
const whole = { rejectGarbageAfterEnd: true }

const decoders: { readonly [encoding: string]: () => Duplex } = {
  gzip: () => createGunzip(),
  deflate: () => createInflate(whole),
  br: () => createBrotliDecompress(whole),
  zstd: () => createZstdDecompress({ ...whole, params: { [constants.ZSTD_d_windowLogMax]: zstdWindowLogMax } })
}

/** The encodings that the hub decodes, as the header Accept-Encoding of a 415 lists them. */
export const supportedEncodings = Object.keys(decoders).join(", ")

/** The most characters of an unknown encoding that a message repeats. */
const shownLengthMax = 100

/** The body is encoded in a way that the hub does not decode. */
export class EncodingUnsupported extends Schema.TaggedError<EncodingUnsupported>()("EncodingUnsupported", {
  kind: errorKind("unsupported"),
  encoding: Schema.String
}) {
  override get message() {
    return (
      `the Content-Encoding ${JSON.stringify(cut(this.encoding, shownLengthMax))} is not supported; ` +
      `send the body without one, or with one of ${supportedEncodings}`
    )
  }
}

/** The body is not what its Content-Encoding says. */
export class BodyUndecodable extends Schema.TaggedError<BodyUndecodable>()("BodyUndecodable", {
  kind: errorKind("malformed"),
  encoding: Schema.String,
  cause: Schema.Defect()
}) {
  override get message() {
    return `the request body cannot be decoded as ${this.encoding}, which its Content-Encoding names`
  }
}

/** Returns the encoding of a body; undefined if it has none. */
export const contentEncoding = (headers: Headers.Headers): string | undefined => {
  const encoding = (headers["content-encoding"] ?? "").trim().toLowerCase()
  if (encoding === "" || encoding === "identity") return undefined
  return encoding === "x-gzip" ? "gzip" : encoding
}

/** The most chunks, of 16 KiB each, that are decoded ahead of their reader. */
const chunksAheadMax = 4

/** Decodes a body of the encoding. */
export const decodeBody = <E>(
  body: Stream.Stream<Uint8Array, E>,
  encoding: string
): Stream.Stream<Uint8Array, E | EncodingUnsupported | BodyUndecodable> => {
  const evaluate = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined
  if (evaluate === undefined) return Stream.fail(new EncodingUnsupported({ encoding }))
  return NodeStream.pipeThroughDuplex(body, {
    evaluate,
    chunkSize: chunksAheadMax,
    onError: (cause) => new BodyUndecodable({ encoding, cause })
  })
}
