/** The fields of a release, as its forms show them and as they are read. */
import { Channel, type Release } from "@musehub/domain/repository/Tag"
import type { Root } from "@musehub/domain/repository/Root"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { commitAt } from "@musehub/domain/usecase/commits/readCommits"
import { fieldsOfRelease, type SeenFields } from "@musehub/domain/repository/rule/SeenFields"
import { completeRelease } from "@musehub/domain/usecase/tags/completeRelease"
import { NewRelease } from "@musehub/http/api/contract/releases"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { NameInput, TextArea, TextInput } from "../html/Inputs.ts"
import { decodedFields, textIn } from "../page/fields.ts"
import { begunIn } from "../page/begun.ts"
import type { Draft } from "../page/submission.ts"
import { discourseLengthMax } from "../proposals/words.ts"

/** The longest notes that are written on a page; the REST API takes longer ones. */
export const notesLengthMax = discourseLengthMax

export const releaseAddress = (repository: Named, tag: string): string =>
  repositoryAddress(repository, "release", { tag })

/** The texts of a draft by the names of the fields. */
export const textsOf = (release: Release) => {
  const { commitId, ...rest } = fieldsOfRelease(release)
  return { from: commitId, ...rest }
}

/** Returns what the form of a draft was made from, as the domain names it. */
export const begunOn = (form: Form): SeenFields | undefined => {
  const begun = begunIn(form)
  if (begun === undefined) return undefined
  const { from = "", ...rest } = begun
  return { commitId: from, ...rest }
}

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
    h(NameInput, {
      label: "Of (a branch, tag or commit)",
      name: "from",
      fields,
      present: present?.commit_id ?? root.repository.defaultBranch
    }),
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
    h(TextInput, { label: "Title", name: "title", fields, present: present?.title, lengthMax: 1000, isOptional: true }),
    h(TextArea, {
      label: "Notes, in Markdown",
      name: "body",
      fields,
      present: present?.body,
      lengthMax: notesLengthMax,
      rows: 8
    })
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
