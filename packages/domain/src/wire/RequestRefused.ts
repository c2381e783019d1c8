/**
 * Errors of a request that is encoded correctly but has a field of the wrong type, a wrong value, or too much in it.
 */
import { Schema } from "effect"

/**
 * A request with a wrong field. `field` is the path to it, as in `bundle.commits[3]`. The kind `limit` means too much
 * of something valid.
 */
export class RequestRefused extends Schema.TaggedError<RequestRefused>()("RequestRefused", {
  field: Schema.String,
  reason: Schema.String,
  kind: Schema.Literals(["malformed", "limit"])
}) {
  override get message() {
    return this.field === "" ? `the request ${this.reason}` : `the field ${this.field} ${this.reason}`
  }
}

/** Makes the error of a malformed field; `reason` completes "the field … ". */
export const refuseField = (field: string, reason: string) => new RequestRefused({ field, reason, kind: "malformed" })
