/** What a page says of a request that failed, and where to go from there. */
import type { Problem } from "@musehub/http/problem/Problem"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { Link } from "../html/parts.ts"
import { Prose } from "../html/visible.ts"

const titles: { readonly [status: number]: string } = {
  400: "This address cannot be read",
  401: "You are not signed in",
  403: "You may not see this",
  404: "There is nothing here that you can see",
  409: "This is something else",
  429: "Too many requests",
  503: "The hub cannot show this now"
}

export const problemTitle = ({ status }: Problem): string =>
  titles[status] ?? (status >= 500 ? "The hub had an error" : "This was refused")

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

export const ProblemBody = ({ problem }: { readonly problem: Problem }): VNode => {
  const { body, status } = problem
  const requestId = textOf(body["requestId"])
  return h(
    "div",
    { class: "problem" },
    h("p", { class: "problem-status" }, String(status)),
    h("h1", null, problemTitle(problem)),
    h(Prose, { text: textOf(body["detail"]), max: 2000 }),
    requestId === ""
      ? h(Fragment, null)
      : h("p", null, "Tell the operator the id of this request: ", h("code", null, requestId)),
    status === 401 ? h("p", null, h(Link, { to: "/login", class: "button" }, "Sign in")) : null,
    h("p", null, h(Link, { to: "/", class: "button" }, "Back to the repositories"))
  )
}
