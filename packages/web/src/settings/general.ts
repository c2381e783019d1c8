/** Name, description, default branch and visibility of a repository. */
import { RepositoryChanges } from "@musehub/http/api/contract/repositories"
import type { Repository, RootChange } from "@musehub/domain/repository/Root"
import { fieldsOfSettings } from "@musehub/domain/repository/rule/SeenFields"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { latestSettingsChange } from "@musehub/domain/usecase/live/latestChange"
import { changeSettings } from "@musehub/domain/usecase/repositories/changeSettings"
import { refuseFields } from "@musehub/http/problem/FieldsRefused"
import type { Form } from "@musehub/http/signIn/Form"
import { Effect } from "effect"
import type { VNode } from "preact"
import { h } from "../html/h.ts"
import { TextArea, TextInput } from "../html/Inputs.ts"
import { PostForm } from "../html/parts.ts"
import { decodedFields, textIn, unknownButton } from "../page/fields.ts"
import { changeOf } from "../page/changeOf.ts"
import { begunField, begunIn, begunText, overtaken, retyped } from "../page/begun.ts"
import { Meanwhile } from "../page/Meanwhile.ts"
import type { Query } from "../page/query.ts"
import { Refusal } from "../page/Refusal.ts"
import { type Draft, draftOf } from "../page/submission.ts"
import { opened } from "../repository/Frame.ts"
import { BranchInput, branchesOffered } from "./BranchInput.ts"
import { settingsAddress, settingsPage, settingsSubmission } from "./Settings.ts"

/** The longest form: a description of 10,000 characters, of which each takes up to nine bytes. */
const bytesMax = 128 * 1024

const labels = { name: "name", description: "description", defaultBranch: "default branch" }

/** The texts of the form. */
const textsOf = (repository: Repository) => {
  const { defaultBranch, description, name } = fieldsOfSettings(repository)
  return { name, description, defaultBranch }
}

const AboutForm = ({
  branches,
  change,
  draft,
  repository
}: {
  readonly repository: Repository
  readonly branches: ReadonlyArray<string>
  readonly draft: Draft
  readonly change: RootChange | undefined
}): VNode => {
  const { defaultBranch, description, name, owner, slug } = repository
  const present = textsOf(repository)
  const { fields } = retyped(draft, present)
  return h(
    PostForm,
    {
      to: settingsAddress(repository, "general"),
      fields: { [begunField]: begunText(present) },
      class: "panel form",
      label: "About the repository"
    },
    h(Meanwhile, { draft, present, labels, change }),
    h(TextInput, { label: "Name", name: "name", fields, present: name, lengthMax: 255 }),
    h(
      "p",
      { class: "meta" },
      `Its address is made from its name, and is ${owner}/${slug} now. A former address leads to the new one, until ` +
        `another repository of ${owner} gets it.`
    ),
    h(TextArea, {
      label: "Description",
      name: "description",
      fields,
      present: description,
      lengthMax: 10_000,
      rows: 3
    }),
    h(BranchInput, { label: "Default branch", name: "defaultBranch", fields, present: defaultBranch, branches }),
    h("button", { class: "primary", name: "do", value: "save" }, "Save")
  )
}

const becoming = {
  public: [
    "Make it public",
    "Everybody will be able to read and clone it without signing in: its branches, tags and proposals, and its whole " +
      "history, also what later commits removed. What was read meanwhile cannot be taken back.",
    "Yes, everybody may read it"
  ],
  private: [
    "Make it private",
    "Its owner, its collaborators and teams with a role in it will be able to read it. Others get the answer to a " +
      "name that does not exist. Clones and forks that they have stay theirs.",
    "Yes, hide it from everybody else"
  ]
} as const

const VisibilityForm = ({ draft, repository }: { readonly repository: Repository; readonly draft: Draft }): VNode => {
  const { visibility } = repository
  const next = visibility === "public" ? "private" : "public"
  const [action, meaning, consent] = becoming[next]
  return h(
    PostForm,
    {
      to: settingsAddress(repository, "general"),
      fields: { visibility: next },
      class: "panel form",
      label: "Visibility"
    },
    h("h3", null, `It is ${visibility}`),
    h(Refusal, { problem: draft.refused }),
    h("p", null, meaning),
    h(
      "label",
      { class: "check" },
      h("input", { type: "checkbox", name: "sure", value: "yes", required: true }),
      consent
    ),
    h("button", { name: "do", value: "visibility" }, action)
  )
}

const readGeneral = Effect.fnUntraced(function* (open: OpenRepository<"oversee">, _asked: Query, draft: Draft) {
  const root = open.root.value
  const { repository } = root
  const branches = yield* branchesOffered(open)
  const about = draftOf(draft, "save")
  const moved = overtaken(about, textsOf(repository))
  const change = yield* changeOf(moved, latestSettingsChange(root, moved))
  return [
    h(AboutForm, { repository, branches, draft: about, change }),
    h(VisibilityForm, { repository, draft: draftOf(draft, "visibility") })
  ]
})

const wantedIn = Effect.fnUntraced(function* (form: Form) {
  switch (form.get("do")) {
    case "save":
      return {
        name: textIn(form, "name"),
        description: textIn(form, "description"),
        defaultBranch: textIn(form, "defaultBranch")
      }
    case "visibility":
      if (form.get("sure") === "yes") return { visibility: textIn(form, "visibility") }
      return yield* refuseFields("body", [{ path: "sure", message: "must be ticked, to say that you mean it" }])
    default:
      return yield* unknownButton()
  }
})

const act = Effect.fnUntraced(function* (form: Form) {
  const wanted = yield* decodedFields(RepositoryChanges, yield* wantedIn(form))
  return settingsAddress(yield* changeSettings(yield* opened("admin"), wanted, begunIn(form)), "general")
})

export const settings = settingsPage("general", readGeneral)
export const changedSettings = settingsSubmission("general", readGeneral, act, bytesMax)
