/**
 * How a request can be refused whose encoding is sound: a field has the wrong type, a wrong value, or too much in it.
 */
import { Schema } from "effect"

/** `field` is the path to the fault, as in `bundle.commits[3]`. `limit` means too much of something sound. */
export class RequestRefused extends Schema.TaggedError<RequestRefused>()("RequestRefused", {
  field: Schema.String,
  reason: Schema.String,
  kind: Schema.Literals(["malformed", "limit"])
}) {
  override get message() {
    return this.field === "" ? `the request ${this.reason}` : `the field ${this.field} ${this.reason}`
  }
}

/** A field that is not what it must be; `reason` completes "the field … ". */
export const refuseField = (field: string, reason: string) => new RequestRefused({ field, reason, kind: "malformed" })
