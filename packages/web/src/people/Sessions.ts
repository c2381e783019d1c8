/** The sessions of the reader: every browser that acts as them, and how to sign one out. */
import type { Session } from "@musehub/domain/hub/SignIns"
import { Fragment, type VNode } from "preact"
import { accountAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { PostForm, Tag, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { Refusal } from "../page/Refusal.ts"
import type { Draft } from "../page/submission.ts"

const Item = ({ isThis, session }: { readonly session: Session; readonly isThis: boolean }): VNode => {
  const { createdAt, expiresAt, id, lastUsedOn, userAgent } = session
  return h(
    "li",
    { class: "row" },
    h(
      "div",
      { class: "grow" },
      h(Name, { text: userAgent === "" ? "a browser that gave no name" : userAgent, max: 200 }),
      isThis ? [" ", h(Tag, { kind: "accent" }, "this browser")] : null,
      h(
        "div",
        { class: "meta" },
        h("code", null, id),
        ", began ",
        h(Time, { at: createdAt }),
        `, last used on ${lastUsedOn}, ends `,
        h(Time, { at: expiresAt })
      )
    ),
    isThis
      ? null
      : h(
          PostForm,
          { to: accountAddress(), fields: { session: id }, label: `Session ${id}` },
          h("button", { name: "do", value: "end-session", "aria-label": `End ${id}` }, "End")
        )
  )
}

export const Sessions = ({
  draft,
  own,
  sessions
}: {
  readonly sessions: ReadonlyArray<Session>
  /** The id of the session in use. */
  readonly own: string
  readonly draft: Draft
}): VNode =>
  h(
    Fragment,
    null,
    h(Refusal, { problem: draft.refused }),
    h(
      "ul",
      { class: "list" },
      sessions.map((session) => h(Item, { session, isThis: session.id === own }))
    ),
    h(
      PostForm,
      { to: accountAddress(), label: "All other sessions" },
      h("button", { name: "do", value: "end-others" }, "End all others"),
      " ",
      h("span", { class: "meta" }, "A sign-in link that was not used yet ends with them.")
    )
  )
