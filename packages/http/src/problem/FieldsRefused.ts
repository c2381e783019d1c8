/** The refusal of a part of a request to the REST API, which names every wrong field at once. */
import { errorKind } from "@musehub/domain/base/ErrorKind"
import { Schema } from "effect"

/** What is wrong with one field. */
export const FieldError = Schema.Struct({
  /** Where the field is, as in `changes[0].path`; empty for the whole part. */
  path: Schema.String,
  /** Completes a sentence that begins with the path, as in "must be a string". */
  message: Schema.String
})
export type FieldError = typeof FieldError.Type

/** The part of a request that a field is in. */
export const RequestPart = Schema.Literals(["path", "query", "header", "body"])
export type RequestPart = typeof RequestPart.Type

/** The most fields that an answer names. */
const errorsMax = 50
/** The most fields that the sentence names. */
const errorsInSentenceMax = 5

const sentenceOf = ({ message, path }: FieldError): string => `${path === "" ? "it" : path} ${message}`

/** Some fields of a request are wrong, or unknown. */
export class FieldsRefused extends Schema.TaggedError<FieldsRefused>()("FieldsRefused", {
  kind: errorKind("malformed"),
  in: RequestPart,
  errors: Schema.Array(FieldError),
  /** The number of wrong fields, of which `errors` has the first ones. */
  total: Schema.Int
}) {
  static readonly details = ["in", "errors", "total"] as const
  override get message() {
    const named = this.errors.slice(0, errorsInSentenceMax)
    const rest = this.total - named.length
    return `the ${this.in} is refused: ${named.map(sentenceOf).join("; ")}${rest > 0 ? `; and ${rest} more` : ""}`
  }
}

/** Makes the refusal of a part of a request. */
export const refuseFields = (part: RequestPart, errors: ReadonlyArray<FieldError>): FieldsRefused =>
  new FieldsRefused({ in: part, errors: errors.slice(0, errorsMax), total: errors.length })
