/**
 * Chooses the encodings of a request and its answer. The `muse` client sends and accepts msgpack, and ignores the
 * Content-Type of an answer. Other clients get JSON unless they ask for msgpack (docs/wire.md, sections 3 and 11).
 */
import { HttpServerResponse } from "effect/http"
import type { Headers } from "effect/http"
import { encodeAnswer } from "@musehub/domain/wire/json"
import { inSlices, sliceEntries, type Slices } from "@musehub/domain/base/Slices"
import { arrayHeader, type Encodable, encode, mapHeader, str } from "@musehub/msgpack/Encoder"
import { Effect } from "effect"

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

const encodingTexts = function* (encoding: Encoding, name: string, texts: ReadonlyArray<string>): Slices<Uint8Array> {
  const isMsgpack = encoding === "msgpack"
  const pieces = isMsgpack
    ? [mapHeader(1), str(name), arrayHeader(texts.length)]
    : [textEncoder.encode(`{${JSON.stringify(name)}:[`)]
  for (let start = 0; start < texts.length; start += sliceEntries) {
    const some = texts.slice(start, start + sliceEntries)
    if (isMsgpack) pieces.push(Buffer.concat(some.map(str)))
    else pieces.push(textEncoder.encode((start === 0 ? "" : ",") + some.map((text) => JSON.stringify(text)).join(",")))
    yield
  }
  if (!isMsgpack) pieces.push(textEncoder.encode("]}"))
  return Buffer.concat(pieces)
}

/** Returns a whole successful answer `{name: texts}`, whose list may have a million texts. */
export const textsAnswer = (encoding: Encoding, name: string, texts: ReadonlyArray<string>) =>
  Effect.map(
    inSlices(() => encodingTexts(encoding, name, texts)),
    (bytes) => answerOf(encoding, bytes)
  )
