/** The users other than the owner who have a role in a repository. */
import { RoleGiven } from "@musehub/http/api/contract/collaborators"
import { pageOf } from "@musehub/domain/port/Page"
import { Role } from "@musehub/domain/repository/Root"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import {
  type Collaborator,
  listCollaborators,
  removeCollaborator,
  setCollaborator
} from "@musehub/domain/usecase/repositories/collaborators"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect } from "effect"
import type { VNode } from "preact"
import { homeAddress, type Named, personAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { ListPage } from "../html/ListPage.ts"
import { NameInput } from "../html/Inputs.ts"
import { Link, PostForm } from "../html/parts.ts"
import { decodedFields, textIn, unknownButton } from "../page/fields.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import { Refusal } from "../page/Refusal.ts"
import { type Draft, draftOf } from "../page/submission.ts"
import { opened } from "../repository/Frame.ts"
import { settingsAddress, settingsPage, settingsSubmission } from "./Settings.ts"

const listed = 50

const roleTexts: { readonly [R in Role]: string } = {
  read: "read: clone, and take part in proposals",
  write: "write: push and merge, too",
  admin: "admin: change these settings, too"
}

const Roles = ({ label, role }: { readonly role: string; readonly label?: string }): VNode =>
  h(
    "select",
    { name: "role", "aria-label": label },
    Role.literals.map((value) => h("option", { value, selected: value === role }, roleTexts[value]))
  )

const Item = ({
  collaborator: { role, user },
  repository
}: {
  readonly repository: Named
  readonly collaborator: Collaborator
}): VNode =>
  h(
    "li",
    { class: "row" },
    h("span", { class: "grow" }, h(Link, { to: personAddress(user), class: "title" }, user)),
    h(
      PostForm,
      {
        to: settingsAddress(repository, "collaborators"),
        fields: { user },
        class: "bar",
        label: `Collaborator ${user}`
      },
      h(Roles, { role, label: `Role of ${user}` }),
      h("button", { name: "do", value: "set", "aria-label": `Change ${user}` }, "Change"),
      h("button", { name: "do", value: "remove", "aria-label": `Remove ${user}` }, "Remove")
    )
  )

const AddForm = ({
  draft: { fields, refused },
  repository
}: {
  readonly repository: Named
  readonly draft: Draft
}): VNode =>
  h(
    PostForm,
    { to: settingsAddress(repository, "collaborators"), class: "panel form", label: "Give a role" },
    h(Refusal, { problem: refused }),
    h(NameInput, { label: "User", name: "user", fields, lengthMax: 64 }),
    h("label", null, "Role", h(Roles, { role: fields.get("role") ?? "read" })),
    h("button", { class: "primary", name: "do", value: "set" }, "Give the role")
  )

const readCollaborators = Effect.fnUntraced(function* (open: OpenRepository<"oversee">, asked: Query, draft: Draft) {
  const { repository } = open.root.value
  const all = yield* listCollaborators(open)
  const found = pageOf(all, ({ user }) => user, yield* listPage(asked, listed))
  const next = yield* nextCursor(found)
  return [
    h("p", null, h(Link, { to: personAddress(repository.owner) }, repository.owner), " owns it and may do everything."),
    h(ListPage, {
      items: found.items.map((collaborator) => h(Item, { repository, collaborator })),
      none: "Nobody else has a role here",
      next: next === null ? null : settingsAddress(repository, "collaborators", { cursor: next })
    }),
    h(AddForm, { repository, draft: draftOf(draft, "set", "remove") })
  ]
})

const act = Effect.fnUntraced(function* (form: Form) {
  const open = yield* opened("admin")
  const user = textIn(form, "user").trim()
  switch (form.get("do")) {
    case "set":
      yield* setCollaborator(open, user, (yield* decodedFields(RoleGiven, { role: textIn(form, "role") })).role)
      break
    case "remove":
      yield* removeCollaborator(open, user)
      break
    default:
      return yield* unknownButton()
  }
  // Who took their own role away may not see the settings any more.
  return user === open.principal.user ? homeAddress() : settingsAddress(open.root.value.repository, "collaborators")
})

export const collaborators = settingsPage("collaborators", readCollaborators)
export const changedCollaborators = settingsSubmission("collaborators", readCollaborators, act)
