/** The protected branches of a repository, and what each asks for. */
import { NewProtection } from "@musehub/http/api/contract/branches"
import { pageOf } from "@musehub/domain/port/Page"
import type { Protection } from "@musehub/domain/repository/Root"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { protectBranch, unprotectBranch } from "@musehub/domain/usecase/branches/protectBranch"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect } from "effect"
import type { VNode } from "preact"
import type { Named } from "../html/address.ts"
import { h } from "../html/h.ts"
import { ListPage } from "../html/ListPage.ts"
import { PostForm } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { decodedFields, textIn, unknownButton } from "../page/fields.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import { Refusal } from "../page/Refusal.ts"
import { type Draft, draftOf } from "../page/submission.ts"
import { opened } from "../repository/Frame.ts"
import { BranchInput, branchesOffered } from "./BranchInput.ts"
import { settingsAddress, settingsPage, settingsSubmission } from "./Settings.ts"

const listed = 50

const Rule = ({
  approvals,
  selfApproval
}: {
  readonly approvals: string
  readonly selfApproval: boolean
}): ReadonlyArray<VNode> => [
  h(
    "label",
    null,
    "Approvals",
    h("input", { type: "number", name: "approvals", min: 0, max: 10, value: approvals, required: true })
  ),
  h(
    "label",
    { class: "check" },
    h("input", { type: "checkbox", name: "selfApproval", value: "yes", checked: selfApproval }),
    "authors may approve"
  )
]

const Item = ({
  branch,
  repository,
  rule: { approvals, selfApproval }
}: {
  readonly repository: Named
  readonly branch: string
  readonly rule: Protection
}): VNode =>
  h(
    "li",
    { class: "row" },
    h("span", { class: "grow" }, h(Name, { text: branch })),
    h(
      PostForm,
      { to: settingsAddress(repository, "branches"), fields: { branch }, class: "bar", label: `Rule of ${branch}` },
      h(Rule, { approvals: String(approvals), selfApproval }),
      h("button", { name: "do", value: "protect", "aria-label": `Save the rule of ${branch}` }, "Save"),
      h("button", { name: "do", value: "unprotect", "aria-label": `Remove the rule of ${branch}` }, "Remove")
    )
  )

const AddForm = ({
  branches,
  draft: { fields, refused },
  repository
}: {
  readonly repository: Named
  readonly branches: ReadonlyArray<string>
  readonly draft: Draft
}): VNode =>
  h(
    PostForm,
    { to: settingsAddress(repository, "branches"), class: "panel form", label: "Protect a branch" },
    h(Refusal, { problem: refused }),
    h(BranchInput, { label: "Branch, which need not exist yet", name: "branch", fields, branches }),
    h(Rule, { approvals: fields.get("approvals") ?? "1", selfApproval: fields.has("selfApproval") }),
    h("button", { class: "primary", name: "do", value: "protect" }, "Protect it")
  )

const readProtection = Effect.fnUntraced(function* (open: OpenRepository<"oversee">, asked: Query, draft: Draft) {
  const { protection, repository } = open.root.value
  const found = pageOf(protection, ([branch]) => branch, yield* listPage(asked, listed))
  const next = yield* nextCursor(found)
  const branches = yield* branchesOffered(open)
  return [
    h(
      "p",
      null,
      "A protected branch is not forced, restored or deleted. One that asks for approvals takes no " +
        "pushes: it changes by proposals that were approved."
    ),
    h(ListPage, {
      items: found.items.map(([branch, rule]) => h(Item, { repository, branch, rule })),
      none: "No branch is protected",
      next: next === null ? null : settingsAddress(repository, "branches", { cursor: next })
    }),
    h(AddForm, {
      repository,
      branches,
      draft: draftOf(draft, "protect", "unprotect")
    })
  ]
})

const act = Effect.fnUntraced(function* (form: Form) {
  const open = yield* opened("admin")
  const branch = textIn(form, "branch")
  switch (form.get("do")) {
    case "protect": {
      const approvals = textIn(form, "approvals")
      const rule = yield* decodedFields(NewProtection, {
        approvals: /^\d{1,4}$/.test(approvals) ? Number(approvals) : approvals,
        selfApproval: form.has("selfApproval")
      })
      yield* protectBranch(open, branch, rule)
      break
    }
    case "unprotect":
      yield* unprotectBranch(open, branch)
      break
    default:
      return yield* unknownButton()
  }
  return settingsAddress(open.root.value.repository, "branches")
})

export const protection = settingsPage("branches", readProtection)
export const changedProtection = settingsSubmission("branches", readProtection, act)
