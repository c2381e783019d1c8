/** Renames a branch: the form, on the page of branches, and what is done with it. */
import { BranchRename } from "@musehub/http/api/contract/branches"
import type { Root } from "@musehub/domain/repository/Root"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { renameBranch } from "@musehub/domain/usecase/branches/renameBranch"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect } from "effect"
import type { VNode } from "preact"
import { repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { NameInput } from "../html/Inputs.ts"
import { PostForm } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { decodedFields, textIn } from "../page/fields.ts"
import { once, seenField } from "../page/once.ts"
import { Refusal } from "../page/Refusal.ts"
import type { Draft } from "../page/submission.ts"

export const RenameForm = ({
  branch,
  draft: { fields, refused },
  root
}: {
  readonly root: Root
  readonly branch: string
  readonly draft: Draft
}): VNode =>
  h(
    PostForm,
    {
      to: repositoryAddress(root.repository, "branches"),
      fields: { branch, [seenField]: fields.get(seenField) ?? String(root.sequence) },
      class: "panel form",
      label: `Rename ${branch}`
    },
    h("h3", null, "Rename ", h(Name, { text: branch, max: 255 })),
    h(Refusal, { problem: refused }),
    h(NameInput, { label: "New name", name: "name", fields, present: branch, lengthMax: 255 }),
    h(
      "p",
      { class: "meta" },
      "Its open proposals follow, and the default branch stays the default. Clones that have the old name must be told."
    ),
    h("button", { class: "primary", name: "do", value: "rename" }, "Rename the branch")
  )

/** Does what the form asks for. Leads to the files of the branch. */
export const renamed = Effect.fnUntraced(function* (open: OpenRepository<"write">, form: Form) {
  const { name } = yield* decodedFields(BranchRename, { name: textIn(form, "name") })
  const { repository } = open.root.value
  const made = Effect.map(renameBranch(open, textIn(form, "branch"), name), (branch) =>
    repositoryAddress(repository, "tree", { ref: branch.name })
  )
  return yield* once(open.principal, form, made)
})
