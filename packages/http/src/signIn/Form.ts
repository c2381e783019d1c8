/** Reads the fields of an HTML form. */
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { wholeBody } from "../Body.ts"
import { refuseFields } from "../problem/FieldsRefused.ts"

/** The maximum size of a form's body, in bytes, unless its page says more. */
const formBytesMax = 64 * 1024
const fieldsMax = 100

const mediaType = "application/x-www-form-urlencoded"

/** The fields of a form by name. */
export type Form = ReadonlyMap<string, string>

/**
 * Reads the fields of a form that was sent as `application/x-www-form-urlencoded`. Refuses more than `bytesMax` bytes
 * or 100 fields, and a name that is there twice, since readers do not agree on which of them counts.
 */
export const readForm = Effect.fnUntraced(function* (bytesMax = formBytesMax) {
  const request = yield* HttpServerRequest.HttpServerRequest
  const [type = ""] = (request.headers["content-type"] ?? "").split(";", 1)
  if (type.trim().toLowerCase() !== mediaType) {
    return yield* refuseFields("header", [{ path: "Content-Type", message: `must be ${mediaType}` }])
  }
  const body = yield* wholeBody(request, bytesMax)
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(new TextDecoder().decode(body))) {
    if (form.has(name)) return yield* refuseFields("body", [{ path: name, message: "is there twice" }])
    if (form.size === fieldsMax) {
      return yield* refuseFields("body", [{ path: "", message: `must have at most ${fieldsMax} fields` }])
    }
    form.set(name, value)
  }
  const fields: Form = form
  return fields
})
