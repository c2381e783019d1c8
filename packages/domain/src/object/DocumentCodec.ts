/**
 * Canonical bytes of documents that change: framed RFC 8785 JSON like every record, so that a hash identifies a state.
 */
import { Result, Schema } from "effect"
import { atOnce, type Slices } from "../base/Slices.ts"
import { decodingJson, encodingJson } from "./CanonicalJson.ts"
import { framingTexts, type FrameType, NotCanonical, unframingText } from "./Frame.ts"
import type { JsonValue } from "./Json.ts"

export interface DocumentCodec<A> {
  readonly encode: (value: A) => Uint8Array<ArrayBuffer>
  /** Encodes as `encode` does, what is large in slices. */
  readonly encoding: (value: A) => Slices<Uint8Array<ArrayBuffer>>
  /** Decodes bytes and refuses any that `encode` would not have made. */
  readonly decode: (bytes: Uint8Array) => Result.Result<A, NotCanonical>
  /** Decodes as `decode` does, what is large in slices. */
  readonly decoding: (bytes: Uint8Array) => Slices<Result.Result<A, NotCanonical>>
}

/** How a type of document is JSON. */
export interface DocumentForm<A> {
  readonly toJson: (value: A) => JsonValue
  readonly fromJson: (json: JsonValue) => Slices<Result.Result<A, { readonly message: string }>>
}

/** Makes the codec of one type of document that has a form of its own. */
export const documentCodecOf = <A>(type: FrameType, { fromJson, toJson }: DocumentForm<A>): DocumentCodec<A> => {
  const refuse = (error: { readonly message: string }) => new NotCanonical({ type, reason: error.message })
  const encoding = function* (value: A) {
    return yield* framingTexts(type, Result.getOrThrow(yield* encodingJson(toJson(value))))
  }
  const decoding = function* (bytes: Uint8Array): Slices<Result.Result<A, NotCanonical>> {
    const text = yield* unframingText(type, bytes)
    if (Result.isFailure(text)) return Result.fail(text.failure)
    const json = yield* decodingJson(text.success)
    if (Result.isFailure(json)) return Result.fail(refuse(json.failure))
    return Result.mapError(yield* fromJson(json.success), refuse)
  }
  return {
    encoding,
    encode: (value) => atOnce(encoding(value)),
    decoding,
    decode: (bytes) => atOnce(decoding(bytes))
  }
}

/** Makes the codec of one type of document. */
export const documentCodec = <A>(type: FrameType, schema: Schema.Codec<A, JsonValue>): DocumentCodec<A> => {
  const decode = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
  return documentCodecOf(type, {
    toJson: Schema.encodeSync(schema),
    // Their size is limited, and a schema checks a value at once.
    *fromJson(json) {
      return decode(json)
    }
  })
}
