/** What is hard to live with: archiving a repository, giving it away, and deleting it. Each can be undone. */
import { fullNameText, type UserName } from "@musehub/domain/repository/Names"
import type { Repository, Root } from "@musehub/domain/repository/Root"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { setArchived } from "@musehub/domain/usecase/repositories/archiveRepository"
import { deleteRepository } from "@musehub/domain/usecase/repositories/deleteRepository"
import { offerTransfer, withdrawTransfer } from "@musehub/domain/usecase/repositories/transferRepository"
import { graceDays } from "@musehub/domain/usecase/operations/deletions"
import { TransferOffer } from "@musehub/http/api/contract/repositories"
import { refuseFields } from "@musehub/http/problem/FieldsRefused"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { useContext } from "preact/hooks"
import { accountAddress, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { NameInput } from "../html/Inputs.ts"
import { Link, PostForm } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import { decodedFields, textIn, unknownButton } from "../page/fields.ts"
import { once, seenField } from "../page/once.ts"
import { signedIn } from "../page/page.ts"
import type { Query } from "../page/query.ts"
import { Refusal } from "../page/Refusal.ts"
import { type Draft, draftOf } from "../page/submission.ts"
import { opened } from "../repository/Frame.ts"
import { settingsAddress, settingsPage, settingsSubmission } from "./Settings.ts"

interface Properties {
  readonly root: Root
  readonly draft: Draft
}

const ArchiveForm = ({ draft, root: { repository } }: Properties): VNode => {
  const { archived } = repository
  return h(
    PostForm,
    { to: settingsAddress(repository, "danger"), class: "panel form", label: "Archive" },
    h("h3", null, archived ? "Unarchive" : "Archive"),
    h(Refusal, { problem: draft.refused }),
    h(
      "p",
      null,
      archived
        ? "It is archived: it can be read as before, and every change is refused."
        : "It can be read as before, and every change is refused, until it is unarchived here."
    ),
    h("button", { name: "do", value: archived ? "unarchive" : "archive" }, archived ? "Unarchive it" : "Archive it")
  )
}

const Offered = ({ repository, to }: { readonly repository: Repository; readonly to: UserName }): VNode => {
  const { base, url } = useContext(SiteContext)
  const address = repositoryAddress(repository, "transfer")
  return h(
    Fragment,
    null,
    h(
      "p",
      null,
      `It is offered to ${to}, who can read it until then, and accepts at `,
      h("a", { href: base + address }, url + address),
      "."
    ),
    h("button", { name: "do", value: "withdraw" }, "Take the offer back")
  )
}

/** Shown to everybody who oversees the repository; its owner alone may use it. */
const TransferForm = ({ draft, root: { offeredTo, repository } }: Properties): VNode => {
  const { user } = useContext(SiteContext)
  const { archived, owner, slug } = repository
  if (user !== owner) return h(Fragment, null)
  return h(
    PostForm,
    { to: settingsAddress(repository, "danger"), class: "panel form", label: "Transfer" },
    h("h3", null, "Give it to another user"),
    h(Refusal, { problem: draft.refused }),
    offeredTo !== null
      ? h(Offered, { repository, to: offeredTo })
      : h(
          "fieldset",
          { disabled: archived, class: "form" },
          h(
            "p",
            null,
            "The user can read it from now on, and gets it by accepting. You keep the role write then, and " +
              `${owner}/${slug} leads to its new address.`
          ),
          h(NameInput, { label: "User", name: "owner", fields: draft.fields, lengthMax: 64 }),
          h("button", { name: "do", value: "offer" }, "Offer it")
        )
  )
}

const DeleteForm = ({ draft, root: { repository, sequence } }: Properties): VNode => {
  const name = fullNameText(repository)
  return h(
    PostForm,
    {
      to: settingsAddress(repository, "danger"),
      fields: { [seenField]: String(sequence) },
      class: "panel form danger",
      label: "Delete"
    },
    h("h3", null, "Delete"),
    h(Refusal, { problem: draft.refused }),
    h(
      "p",
      null,
      "From then on it answers as one that does not exist, to everybody. It keeps its name and its bytes " +
        `for ${graceDays} days at least. Until then its administrators can bring it back as it was, at `,
      h(Link, { to: accountAddress("deleted") }, "your deleted repositories"),
      "."
    ),
    h(NameInput, { label: `Type ${name} to delete it`, name: "name", fields: draft.fields, autocomplete: "off" }),
    h("button", { name: "do", value: "delete" }, "Delete it")
  )
}

const readDanger = (open: OpenRepository<"oversee">, _asked: Query, draft: Draft) => {
  const root = open.root.value
  return Effect.succeed([
    h(ArchiveForm, { root, draft: draftOf(draft, "archive", "unarchive") }),
    h(TransferForm, { root, draft: draftOf(draft, "offer", "withdraw") }),
    h(DeleteForm, { root, draft: draftOf(draft, "delete") })
  ])
}

const archive = Effect.fnUntraced(function* (archived: boolean) {
  return settingsAddress(yield* setArchived(yield* opened("oversee"), archived), "danger")
})

const transfer = Effect.fnUntraced(function* (form: Form) {
  const open = yield* opened("admin")
  if (form.get("do") === "withdraw") yield* withdrawTransfer(open)
  else yield* offerTransfer(open, (yield* decodedFields(TransferOffer, { owner: textIn(form, "owner").trim() })).owner)
  return settingsAddress(open.root.value.repository, "danger")
})

/** Deletes the repository, if its name was typed. */
const deleteNamed = Effect.fnUntraced(function* (form: Form) {
  const open = yield* opened("oversee")
  const { repository } = open.root.value
  const name = fullNameText(repository)
  if (textIn(form, "name").trim() !== name) {
    return yield* refuseFields("body", [{ path: "name", message: `must be ${name}, to say that you mean it` }])
  }
  yield* deleteRepository(open)
  return repositoryAddress(repository, "deleted")
})

const act = Effect.fnUntraced(function* (form: Form) {
  switch (form.get("do")) {
    case "archive":
      return yield* archive(true)
    case "unarchive":
      return yield* archive(false)
    case "offer":
    case "withdraw":
      return yield* transfer(form)
    case "delete": {
      const { principal } = yield* signedIn
      // Once it is deleted, the same form finds no repository.
      return yield* once(principal, form, deleteNamed(form))
    }
    default:
      return yield* unknownButton()
  }
})

export const danger = settingsPage("danger", readDanger)
export const riskedSettings = settingsSubmission("danger", readDanger, act)
