/** The forms on the page of a proposal, for those who may send them. */
import { fieldsOfProposal } from "@musehub/domain/repository/rule/SeenFields"
import type { ProposalView } from "@musehub/domain/usecase/proposals/showProposal"
import { Fragment, type VNode } from "preact"
import { useContext } from "preact/hooks"
import type { Named } from "../html/address.ts"
import { h } from "../html/h.ts"
import { TextArea, TextInput } from "../html/Inputs.ts"
import { Link, PostForm } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import { Name } from "../html/visible.ts"
import { begunField, begunText, retyped } from "../page/begun.ts"
import { Meanwhile } from "../page/Meanwhile.ts"
import { seenField } from "../page/once.ts"
import { Refusal } from "../page/Refusal.ts"
import type { Draft } from "../page/submission.ts"
import { discourseLengthMax, proposalAddress, titleLengthMax } from "./words.ts"

/** What the reader may do with a proposal. */
export interface Rights {
  readonly participates: boolean
  /** Whether it may be edited, closed and reopened. */
  readonly mayChange: boolean
  readonly mayWrite: boolean
}

interface Properties {
  readonly repository: Named
  readonly proposal: ProposalView
  readonly rights: Rights
  readonly draft: Draft
}

const nothing = h(Fragment, null)

/** Says something about the proposal, with or without a verdict on its head. */
export const TalkForm = ({ draft, proposal, repository, rights }: Properties): VNode => {
  const { user } = useContext(SiteContext)
  const { fromHead, number, revision, state } = proposal
  if (user === null) return h("p", null, h(Link, { to: "/login" }, "Sign in"), " to take part.")
  if (!rights.participates) return nothing
  const verdict = (value: string, text: string) => h("button", { name: "do", value }, text)
  return h(
    PostForm,
    {
      to: proposalAddress(repository, number),
      fields: {
        [seenField]: draft.fields.get(seenField) ?? String(revision),
        ...(fromHead === null ? {} : { commit: fromHead })
      },
      class: "panel form",
      label: "Say something"
    },
    h(Refusal, { problem: draft.refused }),
    h(TextArea, { label: "Your words", name: "body", fields: draft.fields, lengthMax: discourseLengthMax, rows: 4 }),
    h(
      "div",
      { class: "bar" },
      h("button", { class: "primary", name: "do", value: "comment" }, "Comment"),
      state === "open" && fromHead !== null
        ? [verdict("approve", "Approve"), verdict("request_changes", "Request changes")]
        : null
    )
  )
}

/** Changes the title and the description. */
export const EditForm = ({ draft, proposal, repository, rights }: Properties): VNode => {
  const { body, edited, number, revision, title } = proposal
  if (!rights.mayChange) return nothing
  const present = fieldsOfProposal(proposal)
  const { fields } = retyped(draft, present)
  return h(
    "details",
    { open: draft.refused !== null },
    h("summary", null, "Edit title and description"),
    h(
      PostForm,
      {
        to: proposalAddress(repository, number),
        fields: { [seenField]: String(revision), [begunField]: begunText(present) },
        class: "panel form",
        label: "Edit the proposal"
      },
      h(Meanwhile, { draft, present, labels: { title: "title", body: "description" }, change: edited }),
      h(TextInput, { label: "Title", name: "title", fields, present: title, lengthMax: titleLengthMax }),
      h(TextArea, {
        label: "Description",
        name: "body",
        fields,
        present: body,
        lengthMax: discourseLengthMax,
        rows: 6
      }),
      h("button", { name: "do", value: "edit" }, "Save")
    )
  )
}

/** Closes and reopens the proposal, and deletes and restores its branch when it is over. */
export const EndForms = ({ draft, proposal, repository, rights }: Properties): VNode => {
  const { from, fromHead, merged, number, revision, state } = proposal
  const button = (value: string, text: string) => h("button", { name: "do", value }, text)
  const isOver = state !== "open"
  const offered = [
    rights.mayChange && state === "open" ? button("close", "Close without merging") : null,
    rights.mayChange && state === "closed" ? button("reopen", "Reopen") : null,
    rights.mayWrite && isOver && fromHead !== null ? button("delete-branch", "Delete its branch") : null,
    rights.mayWrite && merged !== null && fromHead === null ? button("restore-branch", "Restore its branch") : null
  ].filter((each) => each !== null)
  return h(
    Fragment,
    null,
    h(Refusal, { problem: draft.refused }),
    isOver && fromHead === null
      ? h("p", null, "The branch ", h(Name, { text: from, max: 200 }), " was deleted.")
      : null,
    offered.length === 0
      ? null
      : h(
          PostForm,
          {
            to: proposalAddress(repository, number),
            fields: { [seenField]: String(revision), ...(fromHead === null ? {} : { expect: fromHead }) },
            class: "bar",
            label: "What becomes of the proposal"
          },
          offered
        )
  )
}
