/** The tags of a repository: labels on commits, and forms that add and delete them. */
import { isCommitId } from "@musehub/domain/object/Id"
import type { Root } from "@musehub/domain/repository/Root"
import { type Tag as TagRecord, TagLabel } from "@musehub/domain/repository/Tag"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { commitAt } from "@musehub/domain/usecase/commits/readCommits"
import { listTags } from "@musehub/domain/usecase/tags/listTags"
import { deleteTag } from "@musehub/domain/usecase/tags/storeTags"
import { tagCommit } from "@musehub/domain/usecase/tags/tagCommit"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect, Schema } from "effect"
import { Fragment, type VNode } from "preact"
import { repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { ListPage } from "../html/ListPage.ts"
import { Hash, Link, PostForm, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { decodedFields, textIn, unknownButton } from "../page/fields.ts"
import { once, seenField } from "../page/once.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import { Refusal } from "../page/Refusal.ts"
import { type Draft, untouched } from "../page/submission.ts"
import { may, opened, repositoryPage, repositorySubmission } from "../repository/Frame.ts"
import { NewRef } from "./NewRef.ts"
import { Sections } from "./Sections.ts"

const listed = 50

const Item = ({
  mayWrite,
  root: { repository, sequence },
  tag: { commit_id, created_at, tag, tag_id }
}: {
  readonly root: Root
  readonly tag: TagRecord
  readonly mayWrite: boolean
}): VNode =>
  h(
    "li",
    { class: "row" },
    h(
      "span",
      { class: "grow" },
      h(
        Link,
        { to: repositoryAddress(repository, "tree", { ref: commit_id }), class: "title" },
        h(Name, { text: tag, max: 500 })
      ),
      h(
        "div",
        { class: "meta" },
        h(Link, { to: repositoryAddress(repository, `commit/${commit_id}`) }, h(Hash, { id: commit_id })),
        created_at === "" ? null : [" · ", h(Time, { at: created_at })]
      )
    ),
    h(
      Link,
      { to: repositoryAddress(repository, "compare", { head: commit_id }), class: "button" },
      "Compare",
      h("span", { class: "hidden" }, " ", h(Name, { text: tag, max: 100 }))
    ),
    mayWrite
      ? h(
          PostForm,
          {
            to: repositoryAddress(repository, "tags"),
            fields: { id: tag_id, label: tag, commit: commit_id, [seenField]: String(sequence) }
          },
          h("button", { name: "do", value: "delete", "aria-label": `Delete ${tag}` }, "Delete")
        )
      : null
  )

/** Says that a tag was deleted just now, as the address says, and lets the commit be tagged again. */
const Deleted = ({
  asked,
  mayWrite,
  root: { repository, sequence }
}: {
  readonly root: Root
  readonly asked: Query
  readonly mayWrite: boolean
}): VNode => {
  const [label, commit] = [asked("deleted"), asked("at")]
  if (label === undefined || !isCommitId(commit)) return h(Fragment, null)
  return h(
    "div",
    { class: "notice row", role: "status" },
    h("span", { class: "grow" }, "The tag ", h(Name, { text: label }), " was deleted."),
    mayWrite
      ? h(
          PostForm,
          {
            to: repositoryAddress(repository, "tags"),
            fields: { label, from: commit, [seenField]: String(sequence) }
          },
          h("button", { name: "do", value: "create" }, "Tag the commit again")
        )
      : null
  )
}

const readTags = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, draft: Draft) {
  const root = open.root.value
  const { repository } = root
  const found = yield* listTags(open, yield* listPage(asked, listed))
  const next = yield* nextCursor(found)
  const mayWrite = yield* may(open, "write")
  const isNew = draft.fields.get("do") === "create"
  return {
    title: "Tags",
    body: h(
      Fragment,
      null,
      h("h2", { class: "hidden" }, "Tags"),
      h(Sections, { root, shown: "tags" }),
      isNew ? null : h(Refusal, { problem: draft.refused }),
      h(Deleted, { root, asked, mayWrite }),
      mayWrite && root.heads.count > 0
        ? h(NewRef, {
            root,
            page: "tags",
            from: asked("from"),
            draft: isNew ? draft : untouched,
            name: { field: "label", label: "Label", lengthMax: 500 },
            texts: { title: "New tag", from: "Of (a branch, tag or commit)", button: "Tag it" }
          })
        : null,
      h(ListPage, {
        items: found.items.map((tag) => h(Item, { root, tag, mayWrite })),
        none: "There are no tags yet",
        next: next === null ? null : repositoryAddress(repository, "tags", { cursor: next })
      })
    )
  }
})

const Label = Schema.Struct({ label: TagLabel })

const created = Effect.fnUntraced(function* (open: OpenRepository<"write">, form: Form) {
  const { label } = yield* decodedFields(Label, { label: textIn(form, "label") })
  const made = Effect.gen(function* () {
    const { id } = yield* commitAt(open, textIn(form, "from"))
    yield* tagCommit(open, { label, commit: id })
    return repositoryAddress(open.root.value.repository, "tags")
  })
  return yield* once(open.principal, form, made)
})

const deleted = Effect.fnUntraced(function* (open: OpenRepository<"write">, form: Form) {
  const [id, label, at] = [textIn(form, "id"), textIn(form, "label"), textIn(form, "commit")]
  const page = repositoryAddress(open.root.value.repository, "tags", { deleted: label, at })
  return yield* once(open.principal, form, Effect.as(deleteTag(open, id), page))
})

export const tags = repositoryPage("branches", (open, asked) => readTags(open, asked, untouched))

/** The endpoint of every form on the page of tags: the button that was pressed says what to do. */
export const changedTags = repositorySubmission("branches", readTags, (form) =>
  Effect.gen(function* () {
    const open = yield* opened("write")
    switch (form.get("do")) {
      case "create":
        return yield* created(open, form)
      case "delete":
        return yield* deleted(open, form)
      default:
        return yield* unknownButton()
    }
  })
)
