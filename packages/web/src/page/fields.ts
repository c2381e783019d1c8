/** Reads the fields of a form by the schemas of the REST API. */
import { fieldErrors } from "@musehub/domain/base/fieldErrors"
import { strictly } from "@musehub/http/api/contract/parseOptions"
import { refuseFields } from "@musehub/http/problem/FieldsRefused"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect, Schema } from "effect"

/** Returns a field's text. Browsers send line breaks as CRLF. */
export const textIn = (form: Form, name: string): string => (form.get(name) ?? "").replaceAll("\r\n", "\n")

/** Returns the fields of a form that have these names, those that are empty left out. */
export const given = (form: Form, names: ReadonlyArray<string>) =>
  Object.fromEntries(names.map((name) => [name, textIn(form, name)]).filter(([, text]) => text !== ""))

/** Decodes what a form says. Refuses every wrong field by its name. */
export const decodedFields = <A>(schema: Schema.Codec<A, unknown>, fields: { readonly [name: string]: unknown }) =>
  Effect.mapError(Schema.decodeUnknownEffect(schema)(fields, { ...strictly, errors: "all" }), ({ issue }) =>
    refuseFields("body", fieldErrors(issue, "field"))
  )

/** Refuses a form that no button of its page sends. */
export const unknownButton = () =>
  refuseFields("body", [{ path: "do", message: "must be one of the buttons of the page" }])
