/** Codecs of a repository's documents. */
import { documentCodec, documentCodecOf } from "../object/DocumentCodec.ts"
import { Annotation } from "./Annotation.ts"
import { makeReleaseDecoder } from "./decodingRelease.ts"
import { Catalog, CondemnedList } from "./PackRef.ts"
import { Proposal } from "./Proposal.ts"
import { Root } from "./Root.ts"
import { type Release, Tag } from "./Tag.ts"

export const rootCodec = documentCodec("root", Root)
export const catalogCodec = documentCodec("catalog", Catalog)
export const condemnedCodec = documentCodec("condemned", CondemnedList)
export const proposalCodec = documentCodec("proposal", Proposal)
export const tagCodec = documentCodec("tag", Tag)
export const releaseCodec = documentCodecOf<Release>("release", {
  toJson: (release) => release,
  fromJson: makeReleaseDecoder({ onExcessProperty: "error" })
})
export const annotationCodec = documentCodec("annotation", Annotation)
