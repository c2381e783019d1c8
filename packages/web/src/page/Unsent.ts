/** What was typed into a form whose sender was not signed in any more, so that it can be sent again, or copied. */
import type { Problem } from "@musehub/http/problem/Problem"
import { csrfField } from "@musehub/http/signIn/csrf"
import type { Form } from "@musehub/http/signIn/Form"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { Link, PostForm } from "../html/parts.ts"
import { Refusal } from "./Refusal.ts"

/** The fields that people write sentences into, by what their forms call them. */
const words: { readonly [name: string]: string } = {
  title: "Title",
  name: "Name",
  description: "Description",
  body: "Text",
  message: "Message"
}

const rowsMax = 12

const Words = ({ name, text }: { readonly name: string; readonly text: string }): VNode =>
  h(
    "label",
    null,
    words[name],
    h("textarea", { name, rows: Math.min(rowsMax, 1 + text.split("\n", rowsMax).length) }, text)
  )

/** Sends the same fields to the same address: whoever is signed in then is shown the form with them. */
export const Unsent = ({
  form,
  problem,
  to
}: {
  readonly form: Form
  readonly problem: Problem
  /** The address that the form was sent to. */
  readonly to: string
}): VNode => {
  const fields = [...form].filter(([name, text]) => name !== csrfField && text !== "")
  const typed = fields.filter(([name]) => Object.hasOwn(words, name))
  const others = fields.filter(([name]) => !Object.hasOwn(words, name))
  return h(
    Fragment,
    null,
    h("h1", null, "You are not signed in"),
    h(Refusal, { problem }),
    h(
      "p",
      null,
      "Nothing was done, and nothing that you typed is lost: ",
      h(Link, { to: "/login" }, "sign in"),
      " in another window of this browser, and go on here."
    ),
    h(
      PostForm,
      { to, fields: Object.fromEntries(others), class: "panel form", label: "What you typed" },
      typed.map(([name, text]) => h(Words, { name, text })),
      h("button", { class: "primary" }, "Show the form again")
    )
  )
}
