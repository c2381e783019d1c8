/** Says beside a form that it was overtaken: who changed what meanwhile, and what is there now. */
import { elementAt, orDefault } from "@musehub/domain/base/expected"
import type { Fields } from "@musehub/domain/repository/rule/SeenFields"
import type { VNode } from "preact"
import { useContext } from "preact/hooks"
import { h } from "../html/h.ts"
import { Time } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import { Prose } from "../html/visible.ts"
import { overtaken, retyped } from "./begun.ts"
import { Refusal } from "./Refusal.ts"
import type { Draft } from "./submission.ts"

const listed = (names: ReadonlyArray<string>): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${elementAt(names, names.length - 1)}`

const shownLengthMax = 2000

/** Says why a form was refused. Of an overtaken one it says who changed what, and what is there now. */
export const Meanwhile = ({
  change,
  draft,
  labels,
  present
}: {
  readonly draft: Draft
  readonly present: Fields
  /** What the page calls the fields. */
  readonly labels: { readonly [field: string]: string }
  /** Who made the latest change, and when, if that is known. */
  readonly change: { readonly by: string; readonly at: string } | undefined
}): VNode => {
  const { user } = useContext(SiteContext)
  const moved = overtaken(draft, present)
  if (moved.length === 0) return h(Refusal, { problem: draft.refused })
  const typed = retyped(draft, present).fields
  const nameOf = (field: string) => `the ${orDefault(labels[field], field)}`
  const who = change === undefined ? "Somebody" : change.by === user ? "You" : change.by
  return h(
    "div",
    { class: "refusal", role: "alert" },
    h(
      "p",
      null,
      `${who} changed ${listed(moved.map(nameOf))} `,
      change === undefined ? "meanwhile" : [h(Time, { at: change.at }), ", after this form was made"],
      ". What you typed is not saved yet: if you save it, it takes the place of what is there now."
    ),
    moved
      .filter((field) => typed.has(field))
      .map((field) => [
        h("p", null, `This is ${nameOf(field)} now:`),
        h(Prose, { text: present[field] === "" ? "(nothing)" : orDefault(present[field], ""), max: shownLengthMax })
      ])
  )
}
