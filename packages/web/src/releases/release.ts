/** One release: its notes and its change log. A draft is edited, and published when it is ready. */
import { sha256 } from "@musehub/domain/object/Digest"
import { isCommitId } from "@musehub/domain/object/Id"
import type { Root, RootChange } from "@musehub/domain/repository/Root"
import type { Release } from "@musehub/domain/repository/Tag"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { latestReleaseChange } from "@musehub/domain/usecase/live/latestChange"
import { showRelease } from "@musehub/domain/usecase/tags/listReleases"
import { deleteRelease, publishRelease } from "@musehub/domain/usecase/tags/publishRelease"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { DocumentBody, documentOf } from "../files/documents.ts"
import { apiAddress, type Named, repositoryAddress } from "../html/address.ts"
import { firstLine } from "../html/firstLine.ts"
import { h } from "../html/h.ts"
import { countText, Hash, Link, PostForm, Tag, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { unknownButton } from "../page/fields.ts"
import { changeOf } from "../page/changeOf.ts"
import { begunField, begunText, overtaken, retyped } from "../page/begun.ts"
import { Meanwhile } from "../page/Meanwhile.ts"
import { once, seenField } from "../page/once.ts"
import { type Query, query } from "../page/query.ts"
import { type Draft, untouched } from "../page/submission.ts"
import { discourseBytesMax } from "../proposals/words.ts"
import { Sections } from "../refs/Sections.ts"
import { may, opened, repositoryPage, repositorySubmission } from "../repository/Frame.ts"
import { begunOn, NotesFields, notesLengthMax, releaseAddress, releaseIn, textsOf } from "./Fields.ts"
import { Kinds } from "./releases.ts"

/** Lines of the change log that are shown. */
const changesShown = 100

const Head = ({ release, root: { repository } }: { readonly root: Root; readonly release: Release }): VNode => {
  const { agent_id, commit_id, created_at, gpg_signature, model_id, tag, title } = release
  return h(
    Fragment,
    null,
    h("h2", null, h(Name, { text: title === "" ? tag : title, max: 1000 }), " ", h(Kinds, { release })),
    h(
      "p",
      { class: "meta" },
      h(Name, { text: tag, max: 100 }),
      " of ",
      h(Link, { to: repositoryAddress(repository, `commit/${commit_id}`) }, h(Hash, { id: commit_id })),
      created_at === "" ? null : [", ", h(Time, { at: created_at })],
      agent_id === "" ? null : [", by ", h(Name, { text: agent_id, max: 100 })],
      model_id === "" ? null : [" with ", h(Name, { text: model_id, max: 100 })],
      gpg_signature === "" ? null : ", with a signature",
      " · ",
      h(Link, { to: repositoryAddress(repository, "tree", { ref: commit_id }) }, "Files"),
      " · ",
      h(
        Link,
        { to: repositoryAddress(repository, "compare", { base: commit_id, head: repository.defaultBranch }) },
        "What came since"
      ),
      " · ",
      h(Link, { to: apiAddress(repository, "archive", { ref: commit_id, format: "tar.gz" }) }, "tar.gz")
    )
  )
}

const ChangeLog = ({
  release: { changelog, tag },
  repository
}: {
  readonly repository: Named
  readonly release: Release
}): VNode => {
  if (changelog.length === 0) return h(Fragment, null)
  const whole = apiAddress(repository, `releases/${encodeURIComponent(tag)}`)
  return h(
    Fragment,
    null,
    h("h3", null, "Changes"),
    h(
      "ul",
      { class: "list" },
      changelog
        .slice(0, changesShown)
        .map(({ author, breaking_changes, commit_id, message, sem_ver_bump }) =>
          h(
            "li",
            null,
            h(Name, { text: firstLine(message), max: 200 }),
            sem_ver_bump === "" || sem_ver_bump === "none"
              ? null
              : [" ", h(Tag, null, h(Name, { text: sem_ver_bump, max: 32 }))],
            breaking_changes.length === 0 ? null : [" ", h(Tag, { kind: "warm" }, "breaking")],
            h(
              "div",
              { class: "meta" },
              h(Name, { text: author, max: 100 }),
              isCommitId(commit_id)
                ? [
                    author === "" ? "" : " · ",
                    h(Link, { to: repositoryAddress(repository, `commit/${commit_id}`) }, h(Hash, { id: commit_id }))
                  ]
                : null
            )
          )
        )
    ),
    changelog.length > changesShown
      ? h("p", { class: "meta" }, h(Link, { to: whole }, `All ${countText(changelog.length, "change")}`))
      : null
  )
}

const labels = { from: "commit", channel: "channel", title: "title", body: "notes" }

/** Changes a draft, publishes it, and deletes what is there. */
const Forms = ({
  change,
  draft,
  release,
  root
}: {
  readonly root: Root
  readonly release: Release
  readonly draft: Draft
  readonly change: RootChange | undefined
}): VNode => {
  const to = releaseAddress(root.repository, release.tag)
  const fields = { [seenField]: String(root.sequence) }
  const present = textsOf(release)
  const isDeletion = draft.fields.get("do") === "delete"
  const button = (value: string, text: string) => h("button", { name: "do", value }, text)
  return h(
    Fragment,
    null,
    h(Meanwhile, { draft, present, labels, change }),
    !release.is_draft
      ? null
      : release.body.length > notesLengthMax
        ? h("p", { class: "meta" }, "The notes of this draft are too long for a page; change it by the REST API.")
        : h(
            "details",
            { open: draft.refused !== null && !isDeletion },
            h("summary", null, "Edit or publish the draft"),
            h(
              PostForm,
              {
                to,
                fields: { ...fields, [begunField]: begunText(present) },
                class: "panel form",
                label: "Edit the draft"
              },
              h(NotesFields, { root, present: release, draft: isDeletion ? untouched : retyped(draft, present) }),
              h(
                "div",
                { class: "bar" },
                h("button", { class: "primary", name: "do", value: "publish" }, "Publish"),
                button("draft", "Save the draft")
              )
            )
          ),
    h(
      "details",
      null,
      h("summary", null, "Delete"),
      h(
        PostForm,
        { to, fields, class: "panel form", label: "Delete the release" },
        h("p", null, "Its commit stays. The notes and the change log are gone for good."),
        button("delete", release.is_draft ? "Delete the draft" : "Delete the release")
      )
    )
  )
}

const notesOf = Effect.fnUntraced(function* (repository: Named, { body, commit_id }: Release) {
  if (body === "") return null
  const document = yield* documentOf("notes.md", sha256(body), body)
  return h(
    "div",
    { class: "panel" },
    h(DocumentBody, { repository, reference: commit_id, commit: commit_id, document })
  )
})

const readRelease = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, draft: Draft) {
  const root = open.root.value
  const { repository } = root
  const release = yield* showRelease(open, asked("tag") ?? "")
  const moved = overtaken(draft, textsOf(release))
  const change = yield* changeOf(moved, latestReleaseChange(root, release.tag))
  return {
    title: release.title === "" ? release.tag : release.title,
    body: h(
      Fragment,
      null,
      h(Sections, { root, shown: "releases" }),
      h(Head, { root, release }),
      yield* notesOf(repository, release),
      h(ChangeLog, { repository, release }),
      (yield* may(open, "write")) ? h(Forms, { root, release, draft, change }) : null
    )
  }
})

export const release = repositoryPage("branches", (open, asked) => readRelease(open, asked, untouched))

/** The endpoint of the forms on the page of a release: the button that was pressed says what to do. */
export const changedRelease = repositorySubmission(
  "branches",
  readRelease,
  (form) =>
    Effect.gen(function* () {
      const open = yield* opened("write")
      const asked = yield* query
      const { repository } = open.root.value
      const tag = asked("tag") ?? ""
      const act = form.get("do")
      switch (act) {
        case "draft":
        case "publish": {
          const changed = Effect.gen(function* () {
            const present = yield* showRelease(open, tag)
            const wanted = yield* releaseIn(open, form, { isDraft: act === "draft", present })
            yield* publishRelease(open, wanted, begunOn(form))
            return releaseAddress(repository, tag)
          })
          return yield* once(open.principal, form, changed)
        }
        case "delete":
          return yield* once(
            open.principal,
            form,
            Effect.as(deleteRelease(open, tag), repositoryAddress(repository, "releases"))
          )
        default:
          return yield* unknownButton()
      }
    }),
  discourseBytesMax
)
