/** The form that makes a branch or a tag: a name for a commit. */
import type { Root } from "@musehub/domain/repository/Root"
import type { VNode } from "preact"
import { repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { NameInput } from "../html/Inputs.ts"
import { PostForm } from "../html/parts.ts"
import { seenField } from "../page/once.ts"
import { Refusal } from "../page/Refusal.ts"
import type { Draft } from "../page/submission.ts"

/** What the form of one kind of ref says. */
interface Texts {
  readonly title: string
  /** The label of the commit that the ref is for. */
  readonly from: string
  readonly button: string
}

export const NewRef = ({
  draft,
  from,
  name: { field, label, lengthMax },
  page,
  root,
  texts
}: {
  readonly root: Root
  /** Where the form is sent, below `/-/`. */
  readonly page: string
  readonly texts: Texts
  readonly name: { readonly field: string; readonly label: string; readonly lengthMax: number }
  /** The ref that the address asks to begin at. */
  readonly from: string | undefined
  readonly draft: Draft
}): VNode =>
  h(
    "details",
    { open: draft.refused !== null || from !== undefined },
    h("summary", null, texts.title),
    h(
      PostForm,
      {
        to: repositoryAddress(root.repository, page),
        fields: { [seenField]: draft.fields.get(seenField) ?? String(root.sequence) },
        class: "panel form",
        label: texts.title
      },
      h(Refusal, { problem: draft.refused }),
      h(NameInput, { label, name: field, fields: draft.fields, lengthMax }),
      h(NameInput, {
        label: texts.from,
        name: "from",
        fields: draft.fields,
        present: from ?? root.repository.defaultBranch
      }),
      h("button", { class: "primary", name: "do", value: "create" }, texts.button)
    )
  )
