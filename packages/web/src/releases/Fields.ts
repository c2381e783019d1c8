/** The fields of a release, as its forms show them and as they are read. */
import { Channel, type Release } from "@musehub/domain/repository/Tag"
import type { Root } from "@musehub/domain/repository/Root"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { commitAt } from "@musehub/domain/usecase/commits/readCommits"
import { completeRelease } from "@musehub/domain/usecase/tags/completeRelease"
import { NewRelease } from "@musehub/http/api/contract/releases"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { decodedFields, textIn } from "../page/fields.ts"
import type { Draft } from "../page/submission.ts"

/** The longest notes that are written on a page; the REST API takes longer ones. */
export const notesLengthMax = 65_536

export const releaseAddress = (repository: Named, tag: string): string =>
  repositoryAddress(repository, "release", { tag })

/** The fields of the notes, filled with what was typed, else with what the draft has. */
export const NotesFields = ({
  draft: { fields },
  present,
  root
}: {
  readonly root: Root
  /** Undefined for a new release. */
  readonly present: Release | undefined
  readonly draft: Draft
}): VNode => {
  const chosen = fields.get("channel") ?? present?.channel
  return h(
    Fragment,
    null,
    h(
      "label",
      null,
      "Of (a branch, tag or commit)",
      h("input", {
        name: "from",
        value: fields.get("from") ?? present?.commit_id ?? root.repository.defaultBranch,
        autocapitalize: "none",
        required: true
      })
    ),
    h(
      "label",
      null,
      "Channel",
      h(
        "select",
        { name: "channel" },
        Channel.literals.map((value) => h("option", { value, selected: value === chosen }, value))
      )
    ),
    h(
      "label",
      null,
      "Title",
      h("input", { name: "title", value: fields.get("title") ?? present?.title ?? "", maxLength: 1000 })
    ),
    h(
      "label",
      null,
      "Notes, in Markdown",
      h("textarea", { name: "body", rows: 8, maxLength: notesLengthMax }, fields.get("body") ?? present?.body ?? "")
    )
  )
}

/**
 * Returns the release that a form asks for. It has what the draft `present` has beside the fields, but for a signature,
 * which was made of other words.
 */
export const releaseIn = Effect.fnUntraced(function* (
  open: OpenRepository<"write">,
  form: Form,
  { isDraft, present }: { readonly isDraft: boolean; readonly present?: Release }
) {
  const { id } = yield* commitAt(open, textIn(form, "from"))
  const { body, channel, tag, title } = yield* decodedFields(NewRelease, {
    tag: present?.tag ?? textIn(form, "tag"),
    commitId: id,
    channel: textIn(form, "channel"),
    title: textIn(form, "title"),
    body: textIn(form, "body")
  })
  const words = { tag, channel: channel ?? "stable", title: title ?? "", body: body ?? "", is_draft: isDraft }
  if (present === undefined) return yield* completeRelease(open, id, words)
  const { agent_id, changelog, model_id, release_id } = present
  return yield* completeRelease(open, id, { agent_id, changelog, model_id, release_id, ...words })
})
