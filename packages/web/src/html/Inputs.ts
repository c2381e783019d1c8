/** Fields of the forms that change something. Each has what was typed, or else what there is now. */
import type { Form } from "@musehub/http/signIn/Form"
import type { ComponentChildren, VNode } from "preact"
import { h } from "./h.ts"

interface Field {
  readonly label: ComponentChildren
  readonly name: string
  /** What was typed into the form; nothing if it was not sent. */
  readonly fields: Form
  readonly present?: string | undefined
  readonly lengthMax?: number | undefined
}

/** A line of words. */
export const TextInput = ({
  fields,
  isOptional = false,
  label,
  lengthMax: maxLength,
  name,
  present = ""
}: Field & { readonly isOptional?: boolean }): VNode =>
  h("label", null, label, h("input", { name, value: fields.get(name) ?? present, maxLength, required: !isOptional }))

/** The name of something, which is typed as it is. */
export const NameInput = ({
  autocomplete,
  fields,
  isOptional = false,
  label,
  lengthMax: maxLength,
  list,
  name,
  present = ""
}: Field & {
  readonly isOptional?: boolean
  /** The id of a list of names that a browser offers. */
  readonly list?: string
  readonly autocomplete?: "off"
}): VNode =>
  h(
    "label",
    null,
    label,
    h("input", {
      name,
      value: fields.get(name) ?? present,
      maxLength,
      list,
      autocomplete,
      autocapitalize: "none",
      required: !isOptional
    })
  )

/** A text of several lines. */
export const TextArea = ({
  fields,
  label,
  lengthMax: maxLength,
  name,
  present = "",
  rows
}: Field & { readonly rows: number }): VNode =>
  h("label", null, label, h("textarea", { name, rows, maxLength }, fields.get(name) ?? present))
