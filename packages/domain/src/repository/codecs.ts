/**
 * Canonical bytes of the documents that change: framed RFC 8785 JSON like every record, so that a hash identifies a
 * state.
 */
import { Result, Schema } from "effect"
import { decodeJson, encodeJson } from "../object/CanonicalJson.ts"
import { frameText, type FrameType, NotCanonical, unframeText } from "../object/Frame.ts"
import type { JsonValue } from "../object/Json.ts"
import { Annotation } from "./Annotation.ts"
import { ProbeReport } from "../hub/ProbeReport.ts"
import { Proposal } from "./Proposal.ts"
import { Root } from "./Root.ts"
import { StoredAnswer } from "../hub/StoredAnswer.ts"
import { Release, Tag } from "./Tag.ts"
import { Token } from "../hub/Token.ts"
import { User } from "../hub/User.ts"

export interface DocumentCodec<A> {
  readonly encode: (value: A) => Uint8Array<ArrayBuffer>
  /** Refuses whatever `encode` would not have made. */
  readonly decode: (bytes: Uint8Array) => Result.Result<A, NotCanonical>
}

const documentCodec = <A>(type: FrameType, schema: Schema.Codec<A, JsonValue>): DocumentCodec<A> => {
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

export const rootCodec = documentCodec("root", Root)
export const proposalCodec = documentCodec("proposal", Proposal)
export const tagCodec = documentCodec("tag", Tag)
export const releaseCodec = documentCodec("release", Release)
export const annotationCodec = documentCodec("annotation", Annotation)
export const requestCodec = documentCodec("request", StoredAnswer)
export const userCodec = documentCodec("user", User)
export const tokenCodec = documentCodec("token", Token)
export const probeCodec = documentCodec("probe", ProbeReport)

/** What `hub/names/<owner>.<slug>` says: which repository has the name. */
export const NameClaim = Schema.Struct({ repository: Root.fields.repository.fields.id })
export const nameCodec = documentCodec("name", NameClaim)
