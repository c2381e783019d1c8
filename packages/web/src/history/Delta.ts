/** What a client says that a commit did: its summary, and all of it as JSON, within a bound. */
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { jsonText } from "../html/jsonText.ts"
import { Link } from "../html/parts.ts"
import { Name, Prose } from "../html/visible.ts"

const lengthMax = 20_000

const summaryOf = (delta: unknown): string | undefined => {
  const summary = typeof delta === "object" && delta !== null && "summary" in delta ? delta.summary : undefined
  return typeof summary === "string" && summary !== "" ? summary : undefined
}

/** Shows the delta of a commit, which may be anything; `whole` is the address of all of it. */
export const Delta = ({ delta, whole }: { readonly delta: unknown; readonly whole: string }): VNode => {
  if (delta === null || delta === undefined) return h(Fragment, null)
  const text = jsonText(delta, lengthMax)
  const summary = summaryOf(delta)
  return h(
    "details",
    { class: "diff-file" },
    h(
      "summary",
      null,
      "What the client says that it did",
      summary === undefined ? null : [": ", h(Name, { text: summary, max: 200 })]
    ),
    h(Prose, { text, max: lengthMax }),
    text.length < lengthMax
      ? null
      : h("p", null, "This is its beginning. ", h(Link, { to: whole }, "All of it is in the REST API."))
  )
}
