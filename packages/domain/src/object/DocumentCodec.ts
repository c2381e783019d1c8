/**
 * Canonical bytes of documents that change: framed RFC 8785 JSON like every record, so that a hash identifies a state.
 */
import { Result, Schema } from "effect"
import { decodeJson, encodeJson } from "./CanonicalJson.ts"
import { frameText, type FrameType, NotCanonical, unframeText } from "./Frame.ts"
import type { JsonValue } from "./Json.ts"

export interface DocumentCodec<A> {
  readonly encode: (value: A) => Uint8Array<ArrayBuffer>
  /** Decodes bytes and refuses any that `encode` would not have made. */
  readonly decode: (bytes: Uint8Array) => Result.Result<A, NotCanonical>
}

/** Makes the codec of one type of document. */
export const documentCodec = <A>(type: FrameType, schema: Schema.Codec<A, JsonValue>): DocumentCodec<A> => {
  const toJson = Schema.encodeSync(schema)
  const fromJson = Schema.decodeUnknownResult(schema, { onExcessProperty: "error" })
  const refuse = (error: { readonly message: string }) => new NotCanonical({ type, reason: error.message })
  return {
    encode: (value) => frameText(type, Result.getOrThrow(encodeJson(toJson(value)))),
    decode: (bytes) =>
      Result.gen(function* () {
        const text = yield* unframeText(type, bytes)
        const json = yield* Result.mapError(decodeJson(text), refuse)
        return yield* Result.mapError(fromJson(json), refuse)
      })
  }
}
