/** The branches of a repository: what each leads to, and forms that create, rename, delete and restore them. */
import { CommitId, isCommitId } from "@musehub/domain/object/Id"
import { branchName } from "@musehub/domain/repository/Names"
import type { Root } from "@musehub/domain/repository/Root"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { createBranch } from "@musehub/domain/usecase/branches/createBranch"
import { deleteBranch } from "@musehub/domain/usecase/branches/deleteBranch"
import { type BranchView, listBranches, showHeads } from "@musehub/domain/usecase/branches/listBranches"
import { commitsSaid, type SaidCommit } from "@musehub/domain/usecase/browse/commitsSaid"
import { commitAt } from "@musehub/domain/usecase/commits/readCommits"
import { NewBranch } from "@musehub/http/api/contract/branches"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect, Result, Schema } from "effect"
import { Fragment, type VNode } from "preact"
import { repositoryAddress } from "../html/address.ts"
import { firstLine } from "../html/firstLine.ts"
import { h } from "../html/h.ts"
import { ListPage } from "../html/ListPage.ts"
import { Link, PostForm, Tag, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { decodedFields, textIn, unknownButton } from "../page/fields.ts"
import { once, seenField } from "../page/once.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import { attempted, Refusal } from "../page/Refusal.ts"
import { type Draft, draftOf, untouched } from "../page/submission.ts"
import { may, opened, repositoryPage, repositorySubmission } from "../repository/Frame.ts"
import { NewRef } from "./NewRef.ts"
import { renamed, RenameForm } from "./renaming.ts"
import { type Former, restored, RestoreForm } from "./restoring.ts"
import { Sections } from "./Sections.ts"

const listed = 50
/** Warnings that are shown of one branch, each about a name that looks like its own. */
const warningsShown = 3

const Said = ({ root: { repository }, said }: { readonly root: Root; readonly said: SaidCommit }): VNode =>
  h(
    "div",
    { class: "meta" },
    h(
      Link,
      { to: repositoryAddress(repository, `commit/${said.commitId}`) },
      h(Name, { text: firstLine(said.message), max: 120 })
    ),
    said.author === "" ? null : [" · ", h(Name, { text: said.author, max: 100 })],
    " · ",
    h(Time, { at: said.at })
  )

const Item = ({
  branch: { head, isDefault, name, protection, warnings },
  mayWrite,
  root,
  said
}: {
  readonly root: Root
  readonly branch: BranchView
  /** Undefined where the heads cannot be read now. */
  readonly said: SaidCommit | undefined
  readonly mayWrite: boolean
}): VNode => {
  const { repository } = root
  const link = (text: string, page: string, parameters: { readonly [name: string]: string }) =>
    h(
      Link,
      { to: repositoryAddress(repository, page, parameters), class: "button" },
      text,
      h("span", { class: "hidden" }, " ", h(Name, { text: name, max: 100 }))
    )
  return h(
    "li",
    { class: "row" },
    h(
      "span",
      { class: "grow" },
      h(
        Link,
        { to: repositoryAddress(repository, "tree", { ref: name }), class: "title" },
        h(Name, { text: name, max: 255 })
      ),
      isDefault ? [" ", h(Tag, { kind: "accent" }, "default")] : null,
      protection === null ? null : [" ", h(Tag, null, "protected")],
      warnings
        .slice(0, warningsShown)
        .map(({ message }) => h("div", { class: "meta warm" }, h(Name, { text: message, max: 700 }))),
      said === undefined ? null : h(Said, { root, said })
    ),
    link("Reflog", "reflog", { branch: name }),
    isDefault ? null : link("Compare", "compare", { base: repository.defaultBranch, head: name }),
    mayWrite && protection === null ? link("Rename", "branches", { rename: name }) : null,
    mayWrite && !isDefault && protection === null
      ? h(
          PostForm,
          {
            to: repositoryAddress(repository, "branches"),
            fields: { branch: name, expect: head, [seenField]: String(root.sequence) }
          },
          h("button", { name: "do", value: "delete", "aria-label": `Delete ${name}` }, "Delete")
        )
      : null
  )
}

/** Returns the branch that was deleted just now, as the address says, so that it can be restored at once. */
const deletedLately = Effect.fnUntraced(function* (open: OpenRepository, asked: Query) {
  const [name, commit] = [branchName(asked("deleted") ?? ""), asked("at")]
  if (Result.isFailure(name) || !isCommitId(commit)) return undefined
  const branch = name.success
  if ((yield* showHeads(open, [branch])).has(branch)) return undefined
  return { branch, commit, head: null } satisfies Former
})

const readHeads = (open: OpenRepository, branches: ReadonlyArray<BranchView>) =>
  attempted(
    commitsSaid(
      open,
      branches.map(({ head }) => head)
    )
  )

const readBranches = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, draft: Draft) {
  const root = open.root.value
  const { repository } = root
  const found = yield* listBranches(open, yield* listPage(asked, listed))
  const next = yield* nextCursor(found)
  const heads = yield* readHeads(open, found.items)
  const mayWrite = yield* may(open, "write")
  const deleted = yield* deletedLately(open, asked)
  const forms = { create: draftOf(draft, "create"), rename: draftOf(draft, "rename") }
  const isElsewhere = forms.create === untouched && forms.rename === untouched
  const renaming = forms.rename.fields.get("branch") ?? asked("rename")
  return {
    title: "Branches",
    body: h(
      Fragment,
      null,
      h("h2", { class: "hidden" }, "Branches"),
      h(Sections, { root, shown: "branches" }),
      isElsewhere ? h(Refusal, { problem: draft.refused }) : null,
      deleted === undefined
        ? null
        : h(
            "div",
            { class: "notice row", role: "status" },
            h("span", { class: "grow" }, "The branch ", h(Name, { text: deleted.branch }), " was deleted."),
            mayWrite ? h(RestoreForm, { root, page: "branches", former: deleted }) : null
          ),
      mayWrite && root.heads.count > 0
        ? h(NewRef, {
            root,
            page: "branches",
            from: asked("from"),
            draft: forms.create,
            name: { field: "name", label: "Name", lengthMax: 255 },
            texts: { title: "New branch", from: "Begins at (a branch, tag or commit)", button: "Create the branch" }
          })
        : null,
      mayWrite && renaming !== undefined ? h(RenameForm, { root, branch: renaming, draft: forms.rename }) : null,
      Result.isFailure(heads) ? h(Refusal, { problem: heads.failure }) : null,
      h(ListPage, {
        items: found.items.map((branch, place) =>
          h(Item, { root, branch, mayWrite, said: Result.isSuccess(heads) ? heads.success(place) : undefined })
        ),
        none: "There are no branches yet",
        next: next === null ? null : repositoryAddress(repository, "branches", { cursor: next })
      })
    )
  }
})

const created = Effect.fnUntraced(function* (open: OpenRepository<"write">, form: Form) {
  const { from, name } = yield* decodedFields(NewBranch, { name: textIn(form, "name"), from: textIn(form, "from") })
  const made = Effect.gen(function* () {
    const { id } = yield* commitAt(open, from)
    const branch = yield* createBranch(open, { name, from: id })
    return repositoryAddress(open.root.value.repository, "tree", { ref: branch.name })
  })
  return yield* once(open.principal, form, made)
})

const Deletion = Schema.Struct({ branch: Schema.String, expect: CommitId })

const deleted = Effect.fnUntraced(function* (open: OpenRepository<"write">, form: Form) {
  const { branch, expect } = yield* decodedFields(Deletion, {
    branch: textIn(form, "branch"),
    expect: textIn(form, "expect")
  })
  const page = repositoryAddress(open.root.value.repository, "branches", { deleted: branch, at: expect })
  return yield* once(open.principal, form, Effect.as(deleteBranch(open, branch, { expect }), page))
})

export const branches = repositoryPage("branches", (open, asked) => readBranches(open, asked, untouched))

/** The endpoint of every form on the page of branches: the button that was pressed says what to do. */
export const changedBranches = repositorySubmission("branches", readBranches, (form) =>
  Effect.gen(function* () {
    const open = yield* opened("write")
    switch (form.get("do")) {
      case "create":
        return yield* created(open, form)
      case "rename":
        return yield* renamed(open, form)
      case "delete":
        return yield* deleted(open, form)
      case "restore":
        return yield* restored(open, form)
      default:
        return yield* unknownButton()
    }
  })
)
