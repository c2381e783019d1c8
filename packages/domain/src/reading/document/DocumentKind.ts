/**
 * Documents that people write into a tree as JSON: who is a member, what a merge needs. They come from outside and
 * decide what others may do, so they are read strictly and within bounds: one that is not valid throughout counts as
 * absent, and is never applied in part.
 */
import { Result, Schema } from "effect"
import { reasonOf } from "../../base/fieldErrors.ts"
import { cut } from "../../base/text/cut.ts"
import { parseDistinctJson } from "../../object/CanonicalJson.ts"

/** The largest document, in bytes. */
export const documentBytesMax = 256 * 1024

/** A kind of document: where it stands in a tree, and what it says. */
export interface DocumentKind<A> {
  /** The path in a tree. */
  readonly path: string
  readonly schema: Schema.Codec<A, unknown>
  /** Says what is wrong with a value that conforms to the schema; undefined if nothing is. */
  readonly wrong: (value: A) => string | undefined
}

/** What a tree has at the path of a document: nothing, bytes that are not the document, or the document. */
export type FoundDocument<A> =
  | { readonly state: "absent" }
  | {
      readonly state: "invalid"
      /** One sentence that begins with the path. */
      readonly reason: string
    }
  | { readonly state: "valid"; readonly value: A }

export const absentDocument: FoundDocument<never> = { state: "absent" }

const reasonLengthMax = 1000

const invalid = (path: string, reason: string): FoundDocument<never> => ({
  state: "invalid",
  reason: `${path}: ${cut(reason, reasonLengthMax)}`
})

const textOf = (bytes: Uint8Array): Result.Result<string, unknown> =>
  Result.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: (cause) => cause
  })

/** Decodes the bytes of a document; undefined stands for more than `documentBytesMax`. */
export const decodeDocument = <A>(kind: DocumentKind<A>, bytes: Uint8Array | undefined): FoundDocument<A> => {
  if (bytes === undefined || bytes.byteLength > documentBytesMax) {
    return invalid(kind.path, `it is larger than ${documentBytesMax} bytes`)
  }
  const text = textOf(bytes)
  if (Result.isFailure(text)) return invalid(kind.path, "it is not valid UTF-8")
  const json = parseDistinctJson(text.success)
  if (Result.isFailure(json)) return invalid(kind.path, json.failure.reason)
  const decoded = Schema.decodeUnknownResult(kind.schema, { onExcessProperty: "error" })(json.success)
  if (Result.isFailure(decoded)) return invalid(kind.path, reasonOf(decoded.failure))
  const wrong = kind.wrong(decoded.success)
  return wrong === undefined ? { state: "valid", value: decoded.success } : invalid(kind.path, wrong)
}

/** Returns the first text that is in a list twice. */
export const repeatedIn = (texts: Iterable<string>): string | undefined => {
  const met = new Set<string>()
  for (const text of texts) {
    if (met.has(text)) return text
    met.add(text)
  }
  return undefined
}
