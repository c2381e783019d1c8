/** The page of a deleted repository, for those who can bring it back; to others there is nothing. */
import { fullNameText } from "@musehub/domain/repository/Names"
import type { Root } from "@musehub/domain/repository/Root"
import { keptUntil } from "@musehub/domain/usecase/operations/deletions"
import { undeleteRepository } from "@musehub/domain/usecase/repositories/deleteRepository"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Link, PostForm, Time } from "../html/parts.ts"
import { page } from "../page/page.ts"
import { Refusal } from "../page/Refusal.ts"
import { type Draft, submission, untouched } from "../page/submission.ts"
import { opened } from "../repository/Frame.ts"

const DeletedBody = ({
  draft,
  root: { deletion, repository }
}: {
  readonly root: Root
  readonly draft: Draft
}): VNode => {
  const name = fullNameText(repository)
  if (deletion === null) {
    return h(
      Fragment,
      null,
      h("h1", null, h(Link, { to: repositoryAddress(repository) }, name), " is not deleted"),
      h("p", null, "There is nothing to undo.")
    )
  }
  const { at, by } = deletion
  const until = keptUntil(deletion)
  return h(
    Fragment,
    null,
    h("h1", null, `${name} is deleted`),
    h(Refusal, { problem: draft.refused }),
    h("p", null, `${by} deleted it `, h(Time, { at }), ". To everybody else it is as if it had never been."),
    h(
      "p",
      null,
      "Its branches, tags, releases, proposals, roles and rules are kept until ",
      h("strong", null, until.slice(0, 10)),
      " at least (",
      h(Time, { at: until }),
      "). Until a collection deletes them after that, it can be brought back as it was:"
    ),
    h(
      PostForm,
      { to: repositoryAddress(repository, "deleted"), label: "Undo" },
      h("button", { class: "primary" }, `Bring ${name} back`)
    )
  )
}

const readDeleted = (draft: Draft) =>
  Effect.map(opened("undelete"), ({ root }) => ({
    title: `${fullNameText(root.value.repository)} is deleted`,
    body: h(DeletedBody, { root: root.value, draft })
  }))

export const deleted = page(readDeleted(untouched))

export const undeleted = submission(readDeleted, () =>
  Effect.map(Effect.flatMap(opened("undelete"), undeleteRepository), (repository) => repositoryAddress(repository))
)
