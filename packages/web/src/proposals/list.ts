/** The proposals of a repository, newest first: those that are open, merged or closed. */
import type { ProposalRow } from "@musehub/domain/port/index/ProposalIndex"
import { ProposalState } from "@musehub/domain/repository/Proposal"
import { listProposals } from "@musehub/domain/usecase/proposals/listProposals"
import { Effect, Schema } from "effect"
import { Fragment, type VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { ListPage } from "../html/ListPage.ts"
import { Link, Tag, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { listPage, nextCursor } from "../page/query.ts"
import { repositoryPage } from "../repository/Frame.ts"
import { proposalAddress, stateKinds } from "./words.ts"

const listed = 50

const isState = Schema.is(ProposalState)
const filters = ["open", "merged", "closed", "all"] as const
type Filter = (typeof filters)[number]

const filterOf = (text: string | undefined): Filter => (text === "all" || isState(text) ? text : "open")

const item =
  (repository: Named) =>
  ({ author, from, number, state, title, to, updatedAt }: ProposalRow): VNode =>
    h(
      "li",
      { class: "row" },
      h(
        "span",
        { class: "grow" },
        h(Link, { to: proposalAddress(repository, number), class: "title" }, h(Name, { text: title })),
        " ",
        h(Tag, { kind: stateKinds[state] }, state),
        h(
          "div",
          { class: "meta" },
          `#${number} by ${author}, `,
          h(Name, { text: from, max: 100 }),
          " into ",
          h(Name, { text: to, max: 100 })
        )
      ),
      h("span", { class: "meta" }, h(Time, { at: updatedAt }))
    )

const FilterLinks = ({ repository, shown }: { readonly repository: Named; readonly shown: Filter }): VNode =>
  h(
    "nav",
    { class: "bar", "aria-label": "States" },
    filters.map((state) =>
      h(
        Link,
        {
          to: repositoryAddress(repository, "proposals", { state: state === "open" ? undefined : state }),
          class: "button",
          current: state === shown ? "page" : undefined
        },
        `${state.slice(0, 1).toUpperCase()}${state.slice(1)}`
      )
    ),
    h(Link, { to: repositoryAddress(repository, "proposals/new"), class: "button end" }, "New proposal")
  )

export const proposals = repositoryPage("proposals", (open, asked) =>
  Effect.gen(function* () {
    const { repository } = open.root.value
    const filter = filterOf(asked("state"))
    const state = filter === "all" ? undefined : filter
    const found = yield* listProposals(open, { state }, yield* listPage(asked, listed))
    const next = yield* nextCursor(found)
    const none = filter === "all" ? "There are no proposals yet" : `No proposal is ${filter}`
    return {
      title: "Proposals",
      body: h(
        Fragment,
        null,
        h("h2", { class: "hidden" }, "Proposals"),
        h(FilterLinks, { repository, shown: filter }),
        h(
          ListPage,
          {
            items: found.items.map(item(repository)),
            none,
            next:
              next === null ? null : repositoryAddress(repository, "proposals", { state: asked("state"), cursor: next })
          },
          h("p", null, "A proposal asks for one branch to be merged into another, and is talked about here.")
        )
      )
    }
  })
)
