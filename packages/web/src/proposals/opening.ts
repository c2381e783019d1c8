/** Opens a proposal: the choice of two branches, what one has that the other lacks, and the words about it. */
import { NewProposal } from "@musehub/http/api/contract/proposals"
import { Discourse } from "@musehub/domain/repository/Proposal"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { Comparison } from "@musehub/domain/usecase/browse/compare"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { Effect, Result } from "effect"
import { Fragment, type VNode } from "preact"
import { useContext } from "preact/hooks"
import { Chooser, type Choice, ComparedFiles, Distance, readComparison } from "../compare/Comparison.ts"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { TextArea, TextInput } from "../html/Inputs.ts"
import { Link, PostForm } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import { decodedFields, textIn } from "../page/fields.ts"
import { once, seenField } from "../page/once.ts"
import type { Query } from "../page/query.ts"
import { attempted, Refusal } from "../page/Refusal.ts"
import { type Draft, untouched } from "../page/submission.ts"
import { opened, repositoryPage, repositorySubmission } from "../repository/Frame.ts"
import { refsOf } from "../repository/Refs.ts"
import { discourseBytesMax, discourseLengthMax, proposalAddress, titleLengthMax } from "./words.ts"

const Words = ({
  choice: { base, head },
  draft,
  last,
  repository
}: {
  readonly repository: Named
  readonly choice: Choice
  readonly draft: Draft
  /** The number of the last proposal, so that the same words can be proposed again later. */
  readonly last: number
}): VNode => {
  const { user } = useContext(SiteContext)
  if (user === null) return h("p", null, h(Link, { to: "/login" }, "Sign in"), " to propose this.")
  return h(
    PostForm,
    {
      to: repositoryAddress(repository, "proposals"),
      fields: { base, head, [seenField]: draft.fields.get(seenField) ?? String(last) },
      class: "panel form",
      label: "Open a proposal"
    },
    h(Refusal, { problem: draft.refused }),
    h(TextInput, { label: "Title", name: "title", fields: draft.fields, lengthMax: titleLengthMax }),
    h(TextArea, { label: "Description", name: "body", fields: draft.fields, lengthMax: discourseLengthMax, rows: 6 }),
    h("button", { class: "primary" }, "Open the proposal")
  )
}

/** Says why two branches cannot be merged. */
const Obstacle = ({ found: { ahead, mergeBase } }: { readonly found: Comparison }): VNode => {
  if (ahead === 0) return h("p", null, "There is nothing to propose.")
  return mergeBase === null ? h("p", null, "So they cannot be merged here.") : h(Fragment, null)
}

const readOpening = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, draft: Draft) {
  const root = open.root.value
  const { repository } = root
  const given = (name: keyof Choice) => draft.fields.get(name) ?? asked(name)
  const choice: Choice = { base: given("base") ?? repository.defaultBranch, head: given("head") ?? "" }
  const { branches } = yield* refsOf(open, undefined)
  const compared = choice.head === "" ? undefined : yield* attempted(readComparison(open, choice, asked))
  const isKnown = compared !== undefined && Result.isSuccess(compared)
  return {
    title: "New proposal",
    body: h(
      Fragment,
      null,
      h("h2", null, "New proposal"),
      h(Chooser, {
        to: repositoryAddress(repository, "proposals/new"),
        choice,
        offered: branches,
        label: "Choose two branches",
        texts: { head: "Merge branch", base: "into" }
      }),
      compared !== undefined && Result.isFailure(compared) ? h(Refusal, { problem: compared.failure }) : null,
      isKnown ? h(Distance, { choice, found: compared.success.found }) : null,
      isKnown ? h(Obstacle, { found: compared.success.found }) : null,
      (isKnown && compared.success.found.ahead > 0) || draft.refused !== null
        ? h(Words, { repository, choice, draft, last: root.proposals.last })
        : null,
      isKnown && draft.refused === null
        ? h(ComparedFiles, {
            compared: compared.success,
            asked,
            here: (parameters) => repositoryAddress(repository, "proposals/new", { ...choice, ...parameters })
          })
        : null,
      // The cursors of a list are those of its own address.
      isKnown && draft.refused !== null
        ? h(
            "p",
            null,
            h(Link, { to: repositoryAddress(repository, "compare", { ...choice }) }, "The files that differ")
          )
        : null
    )
  }
})

export const newProposal = repositoryPage("proposals", (open, asked) => readOpening(open, asked, untouched))

export const openedProposal = repositorySubmission(
  "proposals",
  readOpening,
  (form) =>
    Effect.gen(function* () {
      const open = yield* opened("participate")
      const wanted = yield* decodedFields(NewProposal, {
        title: textIn(form, "title"),
        body: textIn(form, "body"),
        fromBranch: textIn(form, "head"),
        toBranch: textIn(form, "base")
      })
      const { body = Discourse.make(""), fromBranch: from, title, toBranch: to } = wanted
      const { repository } = open.root.value
      const made = Effect.map(openProposal(open, { title, body, from, to }), ({ number }) =>
        proposalAddress(repository, number)
      )
      return yield* once(open.principal, form, made)
    }),
  discourseBytesMax
)
