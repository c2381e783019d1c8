/** The releases of a repository, the last published first, and the form that publishes one or begins a draft. */
import { cut } from "@musehub/domain/base/text/cut"
import type { Root } from "@musehub/domain/repository/Root"
import type { Release } from "@musehub/domain/repository/Tag"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { pageOfReleases } from "@musehub/domain/usecase/tags/listReleases"
import { publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { ListPage } from "../html/ListPage.ts"
import { NameInput } from "../html/Inputs.ts"
import { Hash, Link, PostForm, Tag, Time } from "../html/parts.ts"
import { Name, Prose } from "../html/visible.ts"
import { unknownButton } from "../page/fields.ts"
import { once, seenField } from "../page/once.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import { Refusal } from "../page/Refusal.ts"
import { type Draft, untouched } from "../page/submission.ts"
import { discourseBytesMax } from "../proposals/words.ts"
import { Sections } from "../refs/Sections.ts"
import { may, opened, repositoryPage, repositorySubmission } from "../repository/Frame.ts"
import { NotesFields, releaseAddress, releaseIn } from "./Fields.ts"

const listed = 20
/** Characters of the notes that the list shows. */
const notesShown = 600

/** What a release is called, and what kind it is. */
export const Kinds = ({ release: { channel, is_draft } }: { readonly release: Release }): VNode =>
  h(
    Fragment,
    null,
    h(Tag, channel === "stable" ? { kind: "accent" } : null, channel),
    is_draft ? [" ", h(Tag, { kind: "warm" }, "draft")] : null
  )

const Item = ({ release, repository }: { readonly repository: Named; readonly release: Release }): VNode => {
  const { body, commit_id, created_at, tag, title } = release
  return h(
    "li",
    null,
    h(Link, { to: releaseAddress(repository, tag), class: "title" }, h(Name, { text: title === "" ? tag : title })),
    " ",
    h(Kinds, { release }),
    h(
      "div",
      { class: "meta" },
      h(Name, { text: tag, max: 100 }),
      " · ",
      h(Link, { to: repositoryAddress(repository, `commit/${commit_id}`) }, h(Hash, { id: commit_id })),
      created_at === "" ? null : [" · ", h(Time, { at: created_at })]
    ),
    body === "" ? null : h(Prose, { text: body.length > notesShown ? `${cut(body, notesShown)} …` : body })
  )
}

const NewForm = ({ draft, root }: { readonly root: Root; readonly draft: Draft }): VNode =>
  h(
    "details",
    { open: draft.refused !== null },
    h("summary", null, "New release"),
    h(
      PostForm,
      {
        to: repositoryAddress(root.repository, "releases"),
        fields: { [seenField]: draft.fields.get(seenField) ?? String(root.sequence) },
        class: "panel form",
        label: "New release"
      },
      h(Refusal, { problem: draft.refused }),
      h(NameInput, { label: "Version, such as v1.2.3", name: "tag", fields: draft.fields, lengthMax: 100 }),
      h(NotesFields, { root, present: undefined, draft }),
      h(
        "div",
        { class: "bar" },
        h("button", { class: "primary", name: "do", value: "publish" }, "Publish"),
        h("button", { name: "do", value: "draft" }, "Save as a draft")
      )
    )
  )

const readReleases = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, draft: Draft) {
  const root = open.root.value
  const { repository } = root
  const found = yield* pageOfReleases(open, { drafts: true }, yield* listPage(asked, listed))
  const next = yield* nextCursor(found)
  const mayWrite = yield* may(open, "write")
  return {
    title: "Releases",
    body: h(
      Fragment,
      null,
      h("h2", { class: "hidden" }, "Releases"),
      h(Sections, { root, shown: "releases" }),
      mayWrite && root.heads.count > 0 ? h(NewForm, { root, draft }) : null,
      h(ListPage, {
        items: found.items.map((release) => h(Item, { repository, release })),
        none: "There are no releases yet",
        next: next === null ? null : repositoryAddress(repository, "releases", { cursor: next })
      })
    )
  }
})

export const releases = repositoryPage("branches", (open, asked) => readReleases(open, asked, untouched))

/** The endpoint of the form that publishes a release or begins a draft. */
export const publishedRelease = repositorySubmission(
  "branches",
  readReleases,
  (form) =>
    Effect.gen(function* () {
      const open = yield* opened("write")
      const act = form.get("do")
      if (act !== "publish" && act !== "draft") {
        return yield* unknownButton()
      }
      const made = Effect.gen(function* () {
        const release = yield* releaseIn(open, form, { isDraft: act === "draft" })
        yield* publishRelease(open, release)
        return releaseAddress(open.root.value.repository, release.tag)
      })
      return yield* once(open.principal, form, made)
    }),
  discourseBytesMax
)
