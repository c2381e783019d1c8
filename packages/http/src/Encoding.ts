/**
 * Chooses the encodings of a request and its answer. The `muse` client sends and accepts msgpack, and ignores the
 * Content-Type of an answer. Other clients get JSON unless they ask for msgpack (docs/wire.md, sections 3 and 11).
 */
import { HttpServerResponse } from "effect/http"
import type { Headers } from "effect/http"
import { encodeAnswer, encodingAnswer } from "@musehub/domain/wire/json"
import { inSlices, type Slices } from "@musehub/domain/base/Slices"
import { type Encodable, encode, encoding as encodingMsgpack } from "@musehub/msgpack/Encoder"
import { Effect, Stream } from "effect"

export type Encoding = "msgpack" | "json"

const isJson = (mediaType: string): boolean => /^application\/(?:[\w.-]+\+)?json$/.test(mediaType)
const isMsgpack = (mediaType: string): boolean =>
  mediaType === "application/x-msgpack" ||
  mediaType === "application/msgpack" ||
  mediaType === "application/vnd.msgpack"

/** Returns the media type of a header field, without its parameters. */
export const mediaTypeOf = (value: string): string => (value.split(";", 1)[0] ?? "").trim().toLowerCase()

/** Returns the encoding of a body: msgpack unless the Content-Type names JSON. */
export const encodingOfBody = (headers: Headers.Headers): Encoding =>
  isJson(mediaTypeOf(headers["content-type"] ?? "")) ? "json" : "msgpack"

/** Returns the encoding of a successful answer: the first of the two that Accept names, JSON if it names neither. */
export const acceptedEncoding = (headers: Headers.Headers): Encoding => {
  for (const value of (headers["accept"] ?? "").split(",")) {
    const mediaType = mediaTypeOf(value)
    if (isMsgpack(mediaType)) return "msgpack"
    if (isJson(mediaType)) return "json"
  }
  return "json"
}

/** Says whether the client is one that shows pages: browsers name HTML, and other clients do not. */
export const acceptsHtml = (headers: Headers.Headers): boolean =>
  (headers["accept"] ?? "").split(",").some((value) => mediaTypeOf(value) === "text/html")

export const contentTypeOf: { readonly [E in Encoding]: string } = {
  msgpack: "application/x-msgpack",
  json: "application/json"
}

const textEncoder = new TextEncoder()

const answerOf = (encoding: Encoding, bytes: Uint8Array): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.uint8Array(bytes, {
    contentType: contentTypeOf[encoding],
    headers: { "cache-control": "no-store" }
  })

/** Returns a whole successful answer in the given encoding. */
export const answer = (encoding: Encoding, value: Encodable): HttpServerResponse.HttpServerResponse =>
  answerOf(encoding, encoding === "msgpack" ? encode(value) : textEncoder.encode(encodeAnswer(value)))

const sentPieces = (encoding: Encoding, pieces: ReadonlyArray<Uint8Array>): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.stream(Stream.rechunk(Stream.fromIterable(pieces), 1), {
    contentType: contentTypeOf[encoding],
    contentLength: pieces.reduce((sum, piece) => sum + piece.byteLength, 0),
    headers: { "cache-control": "no-store" }
  })

const encodingLong = function* (encoding: Encoding, value: Encodable): Slices<ReadonlyArray<Uint8Array>> {
  const pieces: Array<Uint8Array> = []
  for (const piece of encoding === "msgpack" ? encodingMsgpack(value) : encodingAnswer(value)) {
    pieces.push(piece)
    yield
  }
  return pieces
}

/** Encodes a value in slices. Returns the pieces. */
export const encodedLong = (encoding: Encoding, value: Encodable) => inSlices(() => encodingLong(encoding, value))

/** Returns a whole successful answer as `answer` does, however long it is: in slices and in pieces. */
export const longAnswer = (encoding: Encoding, value: Encodable) =>
  Effect.map(encodedLong(encoding, value), (pieces) => sentPieces(encoding, pieces))
