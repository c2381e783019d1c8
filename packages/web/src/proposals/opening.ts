/** Opens a proposal: the choice of two branches, what one has that the other lacks, and the words about it. */
import { NewProposal } from "@musehub/http/api/contract/proposals"
import { Discourse } from "@musehub/domain/repository/Proposal"
import { type OpenRepository, openRepository } from "@musehub/domain/usecase/access/openRepository"
import { compare, type Comparison } from "@musehub/domain/usecase/browse/compare"
import { openProposal } from "@musehub/domain/usecase/proposals/openProposal"
import { Effect, Result } from "effect"
import { Fragment, type VNode } from "preact"
import { useContext } from "preact/hooks"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { countText, Form, Link, Pager, PostForm } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import { Name } from "../html/visible.ts"
import { Files } from "../history/commit.ts"
import { caller } from "../page/page.ts"
import { decodedFields, textIn } from "../page/fields.ts"
import { once, seenField } from "../page/once.ts"
import { listPage, named, nextCursor, type Query } from "../page/query.ts"
import { attempted, Refusal } from "../page/Refusal.ts"
import { type Draft, untouched } from "../page/submission.ts"
import { repositoryPage, repositorySubmission } from "../repository/Frame.ts"
import { type Refs, refsOf } from "../repository/Refs.ts"
import { discourseBytesMax, proposalAddress } from "./words.ts"

const filesListed = 30

/** Two branches: what is to be merged, and into which. */
interface Choice {
  readonly base: string
  readonly head: string
}

const Chooser = ({
  choice: { base, head },
  refs: { branches },
  repository
}: {
  readonly repository: Named
  readonly choice: Choice
  readonly refs: Refs
}): VNode => {
  const field = (name: keyof Choice, text: string, value: string) =>
    h("label", null, text, h("input", { name, value, list: "branches", autocapitalize: "none", required: true }))
  return h(
    Form,
    { to: repositoryAddress(repository, "proposals/new"), class: "bar", label: "Choose two branches" },
    field("head", "Merge branch", head),
    field("base", "into", base),
    h(
      "datalist",
      { id: "branches" },
      branches.map((value) => h("option", { value }))
    ),
    h("button", null, "Compare")
  )
}

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
    h(
      "label",
      null,
      "Title",
      h("input", { name: "title", value: draft.fields.get("title") ?? "", maxLength: 255, required: true })
    ),
    h(
      "label",
      null,
      "Description",
      h("textarea", { name: "body", rows: 6, maxLength: 65_536 }, draft.fields.get("body") ?? "")
    ),
    h("button", { class: "primary" }, "Open the proposal")
  )
}

/** Says how far two branches are apart. */
const Distance = ({
  choice: { base, head },
  found
}: {
  readonly choice: Choice
  readonly found: Comparison
}): VNode => {
  const { ahead, behind, mergeBase } = found
  const [from, to] = [h(Name, { text: head, max: 100 }), h(Name, { text: base, max: 100 })]
  if (ahead === 0) return h("p", null, to, " has everything that ", from, " has: there is nothing to propose.")
  return h(
    "p",
    null,
    from,
    ` has ${countText(ahead, "commit")} that `,
    to,
    ` lacks, and lacks ${countText(behind, "commit")} of it.`,
    mergeBase === null ? " They have no commit in common, so they cannot be merged here." : null
  )
}

const readComparison = Effect.fnUntraced(function* (open: OpenRepository, choice: Choice, asked: Query) {
  const found = yield* compare(open, choice, yield* listPage(asked, filesListed))
  return { found, next: yield* nextCursor(found) }
})

const readOpening = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, draft: Draft) {
  const root = open.root.value
  const { repository } = root
  const given = (name: keyof Choice) => draft.fields.get(name) ?? asked(name)
  const choice: Choice = { base: given("base") ?? repository.defaultBranch, head: given("head") ?? "" }
  const refs = yield* refsOf(open, undefined)
  const compared = choice.head === "" ? undefined : yield* attempted(readComparison(open, choice, asked))
  const view = asked("view") === "split" ? "split" : undefined
  const here = (parameters: { readonly view?: string | undefined; readonly cursor?: string }) =>
    repositoryAddress(repository, "proposals/new", { ...choice, view, ...parameters })
  const isKnown = compared !== undefined && Result.isSuccess(compared)
  return {
    title: "New proposal",
    body: h(
      Fragment,
      null,
      h("h2", null, "New proposal"),
      h(Chooser, { repository, choice, refs }),
      compared !== undefined && Result.isFailure(compared) ? h(Refusal, { problem: compared.failure }) : null,
      isKnown ? h(Distance, { choice, found: compared.success.found }) : null,
      (isKnown && compared.success.found.ahead > 0) || draft.refused !== null
        ? h(Words, { repository, choice, draft, last: root.proposals.last })
        : null,
      isKnown
        ? [
            h(Files, {
              files: compared.success.found.items,
              split: view !== undefined,
              here: (other) => here({ view: other })
            }),
            h(Pager, { next: compared.success.next === null ? null : here({ cursor: compared.success.next }) })
          ]
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
      const { owner, slug } = yield* named
      const open = yield* openRepository(owner, slug, yield* caller, "participate")
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
