/** One proposal: what it asks for, what is said of it, its commits and files, and what becomes of it. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { Line } from "@musehub/domain/usecase/browse/commitsBetween"
import { showProposal, type ProposalView } from "@musehub/domain/usecase/proposals/showProposal"
import { refuseFields } from "@musehub/http/problem/FieldsRefused"
import { Effect, Result } from "effect"
import { HttpRouter } from "effect/http"
import { type ComponentChildren, Fragment, type VNode } from "preact"
import { CommitsBetween, readBetween } from "../compare/CommitsBetween.ts"
import { ComparedFiles, readComparison } from "../compare/Comparison.ts"
import { apiAddress, type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Empty, Link, Tag, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import type { PageContent } from "../page/page.ts"
import type { Query } from "../page/query.ts"
import { attempted, Refusal } from "../page/Refusal.ts"
import { type Draft, draftOf, untouched } from "../page/submission.ts"
import { may, repositoryPage } from "../repository/Frame.ts"
import { Conversation, Words } from "./Conversation.ts"
import { EditForm, EndForms, type Rights, TalkForm } from "./Forms.ts"
import { Merging, readPreview } from "./Merging.ts"
import { proposalAddress, proposalNumberIn, stateKinds, wayTexts } from "./words.ts"

const descriptionLengthMax = 8000

/** Returns the number in the address of a page. */
export const numbered = Effect.flatMap(HttpRouter.params, ({ number }) => {
  const found = proposalNumberIn(number)
  return found === undefined
    ? Effect.fail(refuseFields("path", [{ path: "number", message: "must be from 1 to 999999999" }]))
    : Effect.succeed(found)
})

const sections = { conversation: "Conversation", commits: "Commits", files: "Files changed" } as const
type Section = keyof typeof sections

const sectionOf = (text: string | undefined): Section =>
  text === "commits" || text === "files" ? text : "conversation"

const Head = ({
  proposal,
  repository,
  shown
}: {
  readonly repository: Named
  readonly proposal: ProposalView
  readonly shown: Section
}): VNode => {
  const { author, createdAt, from, number, state, title, to } = proposal
  return h(
    Fragment,
    null,
    h("h2", null, h(Name, { text: title }), h("span", { class: "soft" }, ` #${number}`)),
    h(
      "p",
      { class: "meta" },
      h(Tag, { kind: stateKinds[state] }, state),
      ` ${author} proposed to merge `,
      h("strong", null, h(Name, { text: from, max: 200 })),
      " into ",
      h("strong", null, h(Name, { text: to, max: 200 })),
      ", ",
      h(Time, { at: createdAt })
    ),
    h(
      "nav",
      { class: "tabs", "aria-label": "Proposal" },
      Object.entries(sections).map(([section, text]) =>
        h(
          Link,
          {
            to: proposalAddress(repository, number, { show: section === "conversation" ? undefined : section }),
            current: section === shown ? "page" : undefined
          },
          text
        )
      )
    )
  )
}

/** Returns the two heads that a proposal is about: those that it was merged at, or those of its branches. */
const lineOf = ({ fromHead, merged, toHead }: ProposalView): Line | undefined =>
  merged !== null
    ? { base: merged.toHead, head: merged.fromHead }
    : fromHead === null || toHead === null
      ? undefined
      : { base: toHead, head: fromHead }

const readCommits = Effect.fnUntraced(function* (
  open: OpenRepository,
  { number }: ProposalView,
  line: Line,
  asked: Query
) {
  const { repository } = open.root.value
  return h(CommitsBetween, {
    repository,
    between: yield* readBetween(open, line, asked),
    none: "The target has all of its commits",
    here: (cursor) => proposalAddress(repository, number, { show: "commits", cursor })
  })
})

const readFiles = Effect.fnUntraced(function* (
  open: OpenRepository,
  { number }: ProposalView,
  line: Line,
  asked: Query
) {
  const { repository } = open.root.value
  return h(ComparedFiles, {
    compared: yield* readComparison(open, line, asked),
    asked,
    here: (parameters) => proposalAddress(repository, number, { show: "files", ...parameters })
  })
})

const Outcome = ({ proposal, repository }: { readonly repository: Named; readonly proposal: ProposalView }): VNode => {
  const { merged } = proposal
  if (merged === null) return h("p", null, "It was closed without being merged.")
  return h(
    "p",
    null,
    `${merged.by} merged it ${wayTexts[merged.strategy]}, `,
    h(Time, { at: merged.at }),
    ": ",
    h(Link, { to: repositoryAddress(repository, `commit/${merged.commit}`) }, "the new head of the target"),
    "."
  )
}

const readConversation = Effect.fnUntraced(function* (
  open: OpenRepository,
  proposal: ProposalView,
  asked: Query,
  draft: Draft
) {
  const { repository } = open.root.value
  const { author, body, number, state } = proposal
  const participates = yield* may(open, "participate")
  const mayWrite = yield* may(open, "write")
  const rights: Rights = {
    participates,
    mayWrite,
    mayChange: mayWrite || (participates && open.principal?.user === author)
  }
  const preview = state === "open" ? yield* attempted(readPreview(open, proposal)) : undefined
  const before = /^\d{1,6}$/.exec(asked("before") ?? "")?.[0]
  const forms = { repository, proposal, rights }
  return h(
    Fragment,
    null,
    body === ""
      ? null
      : h(
          "div",
          { class: "panel" },
          h(Words, { text: body, max: descriptionLengthMax, whole: apiAddress(repository, `proposals/${number}`) })
        ),
    h(EditForm, { ...forms, draft: draftOf(draft, "edit") }),
    h(Conversation, { repository, proposal, before: before === undefined ? undefined : Number(before) }),
    h(
      "section",
      { class: "panel", "aria-labelledby": "outcome" },
      h("h3", { id: "outcome" }, state === "open" ? "The merge" : "The outcome"),
      preview === undefined
        ? h(Outcome, { repository, proposal })
        : Result.isFailure(preview)
          ? h(Refusal, { problem: preview.failure })
          : h(Merging, { repository, proposal, previewed: preview.success, mayWrite, draft: draftOf(draft, "merge") }),
      h(EndForms, { ...forms, draft: draftOf(draft, "close", "reopen", "delete-branch", "restore-branch") })
    ),
    h(TalkForm, { ...forms, draft: draftOf(draft, "comment", "approve", "request_changes") })
  )
})

/** Reads a page of a proposal. */
export const readProposal = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, draft: Draft) {
  const { repository } = open.root.value
  const proposal = yield* showProposal(open, yield* numbered)
  const shown = draft.refused === null ? sectionOf(asked("show")) : "conversation"
  const line = lineOf(proposal)
  const part: ComponentChildren =
    shown === "conversation"
      ? yield* readConversation(open, proposal, asked, draft)
      : line === undefined
        ? h(Empty, { title: "A branch of the proposal is gone" })
        : yield* shown === "commits" ? readCommits(open, proposal, line, asked) : readFiles(open, proposal, line, asked)
  const { number, revision, title } = proposal
  const content: PageContent = {
    title: `${title} #${number}`,
    waitsFor: { proposal: number, revision },
    body: h(Fragment, null, h(Head, { repository, proposal, shown }), part)
  }
  return content
})

export const proposal = repositoryPage("proposals", (open, asked) => readProposal(open, asked, untouched))
