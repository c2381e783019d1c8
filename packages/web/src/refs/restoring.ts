/** Restores a branch to a commit of its reflog, at the press of a button. */
import { Restoration } from "@musehub/http/api/contract/branches"
import type { CommitId } from "@musehub/domain/object/Id"
import type { BranchName } from "@musehub/domain/repository/Names"
import { protectionOf, type Root } from "@musehub/domain/repository/Root"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { restoreBranch } from "@musehub/domain/usecase/branches/restoreBranch"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect } from "effect"
import type { VNode } from "preact"
import { repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { PostForm } from "../html/parts.ts"
import { decodedFields, textIn } from "../page/fields.ts"
import { once, seenField } from "../page/once.ts"

/** A branch, where it is now (null if it is gone), and a commit at which it was. */
export interface Former {
  readonly branch: BranchName
  readonly head: CommitId | null
  readonly commit: CommitId
}

/** Says whether a branch could be restored: it is elsewhere, and no protection keeps it there. */
export const isRestorable = (root: Root, { branch, commit, head }: Former): boolean =>
  head === null || (head !== commit && protectionOf(root, branch) === undefined)

/** The button that restores a branch, on the page that takes its form. */
export const RestoreForm = ({
  former: { branch, commit, head },
  page,
  root
}: {
  readonly root: Root
  readonly page: "branches" | "reflog"
  readonly former: Former
}): VNode =>
  h(
    PostForm,
    {
      to: repositoryAddress(root.repository, page, page === "reflog" ? { branch } : {}),
      // The same restoration may be asked for again later, from another state of the repository.
      fields: { branch, commit, expect: head ?? "", [seenField]: String(root.sequence) }
    },
    h(
      "button",
      { name: "do", value: "restore", "aria-label": `Restore ${branch} to ${commit.slice(0, 10)}` },
      "Restore"
    )
  )

/** Does what the form asks for. Leads to the reflog, which begins with what was done. */
export const restored = Effect.fnUntraced(function* (open: OpenRepository<"write">, form: Form) {
  const branch = textIn(form, "branch")
  const expect = textIn(form, "expect")
  const { commitId: commit, expect: head } = yield* decodedFields(Restoration, {
    commitId: textIn(form, "commit"),
    expect: expect === "" ? null : expect
  })
  const reflog = repositoryAddress(open.root.value.repository, "reflog", { branch })
  return yield* once(open.principal, form, Effect.as(restoreBranch(open, branch, { commit, expect: head }), reflog))
})
