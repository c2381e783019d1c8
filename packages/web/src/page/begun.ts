/**
 * What a form was made from, for texts that others may change meanwhile. It is in a hidden field, and comes back with
 * what was typed.
 */
import { orDefault } from "@musehub/domain/base/expected"
import { type Fields, movedFields, type SeenFields, seenOf } from "@musehub/domain/repository/rule/SeenFields"
import { typeOf } from "@musehub/http/problem/Problem"
import type { Form } from "@musehub/http/signIn/Form"
import { textIn } from "./fields.ts"
import type { Draft } from "./submission.ts"

/** The hidden field that says what a form was made from. */
export const begunField = "begun"

/** Returns the content of that field for a form that is made of these texts. */
export const begunText = (present: Fields): string =>
  Object.entries(seenOf(present))
    .map(([field, hash]) => `${field}:${hash}`)
    .join(" ")

/** Returns what a form was made from; undefined if it does not say so. */
export const begunIn = (form: Form): SeenFields | undefined => {
  const text = form.get(begunField)
  return text === undefined
    ? undefined
    : Object.fromEntries(
        text.split(" ").map((each) => {
          const [field = "", hash = ""] = each.split(":", 2)
          return [field, hash]
        })
      )
}

/** Says whether a form was refused because what it was made from is something else by now. */
const isOvertaken = ({ refused }: Draft): boolean => refused?.body["type"] === typeOf("EditedMeanwhile")

const begunOf = ({ fields }: Draft): SeenFields => orDefault<SeenFields, SeenFields>(begunIn(fields), {})

/** Returns the fields that have another text by now than the one that an overtaken form was made from. */
export const overtaken = (draft: Draft, present: Fields): ReadonlyArray<string> =>
  isOvertaken(draft) ? movedFields(present, begunOf(draft)) : []

/** Returns a form with what was typed. A field of an overtaken one that was left as it was has what is there now. */
export const retyped = (draft: Draft, present: Fields): Draft => {
  if (!isOvertaken(draft)) return draft
  const texts = Object.fromEntries(Object.keys(present).map((field) => [field, textIn(draft.fields, field)]))
  const isTyped = new Set(movedFields(texts, begunOf(draft)))
  return { ...draft, fields: new Map([...draft.fields].filter(([field]) => !(field in present) || isTyped.has(field))) }
}
