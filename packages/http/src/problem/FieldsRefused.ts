/** The refusal of a part of a request to the REST API, which names every wrong field at once. */
import { errorKind } from "@musehub/domain/base/ErrorKind"
import { type FieldError, fieldSentence } from "@musehub/domain/base/fieldErrors"
import { Schema } from "effect"

const FieldErrors = Schema.Array(Schema.Struct({ path: Schema.String, message: Schema.String }))

/** The part of a request that a field is in. */
export const RequestPart = Schema.Literals(["path", "query", "header", "body"])
export type RequestPart = typeof RequestPart.Type

/** The most fields that an answer names. */
const errorsMax = 50
/** Some fields of a request are wrong, or unknown. */
export class FieldsRefused extends Schema.TaggedError<FieldsRefused>()("FieldsRefused", {
  kind: errorKind("malformed"),
  in: RequestPart,
  errors: FieldErrors,
  /** The number of wrong fields, of which `errors` has the first ones. */
  total: Schema.Int
}) {
  static readonly details = ["in", "errors", "total"] as const
  override get message() {
    return `the ${this.in} is refused: ${fieldSentence(this.errors, this.total)}`
  }
}

/** Makes the refusal of a part of a request. */
export const refuseFields = (part: RequestPart, errors: ReadonlyArray<FieldError>): FieldsRefused =>
  new FieldsRefused({ in: part, errors: errors.slice(0, errorsMax), total: errors.length })
