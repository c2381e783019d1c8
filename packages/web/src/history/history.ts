/**
 * The commits of a branch or of all, with the graph of their lines; or those that a filter leaves, in a list without
 * it: what would connect them is left out.
 */
import { graphRefsMax } from "@musehub/domain/usecase/commits/readGraph"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { type BranchView, listBranches } from "@musehub/domain/usecase/branches/listBranches"
import type { SaidCommit } from "@musehub/domain/usecase/browse/commitsSaid"
import { Effect, Result } from "effect"
import { Fragment, type VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { firstLine } from "../html/firstLine.ts"
import { h } from "../html/h.ts"
import { Empty, Hash, Link, Pager, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import type { Query } from "../page/query.ts"
import { attempted, Refusal } from "../page/Refusal.ts"
import { repositoryPage } from "../repository/Frame.ts"
import { RefPicker, refsOf } from "../repository/Refs.ts"
import { FilterForm, filterOf, type Found, isFiltering, parametersOf, readFound } from "./Filter.ts"
import { Graph } from "./Graph.ts"
import { readGraphPage, type Shown } from "./readGraphPage.ts"

/** Branches that are named where they end. */
const branchesNamed = 100

/** A commit in a list, with links to what it changed and to its files. */
export const CommitItem = ({
  commit: { at, author, commitId, message },
  repository
}: {
  readonly repository: Named
  readonly commit: SaidCommit
}): VNode =>
  h(
    "li",
    { class: "row" },
    h(
      "span",
      { class: "grow" },
      h(
        Link,
        { to: repositoryAddress(repository, `commit/${commitId}`), class: "title" },
        h(Name, { text: firstLine(message), max: 200 })
      ),
      h("div", { class: "meta" }, h(Name, { text: author, max: 100 }), " · ", h(Time, { at }))
    ),
    h(
      Link,
      { to: repositoryAddress(repository, "tree", { ref: commitId }), title: "The files of this commit" },
      h(Hash, { id: commitId })
    )
  )

const FoundCommits = ({
  found: { commits, complete, next },
  onward,
  repository
}: {
  readonly repository: Named
  readonly found: Found
  /** Returns the address of the page at a cursor. */
  readonly onward: (cursor: string) => string
}): VNode =>
  h(
    Fragment,
    null,
    complete
      ? null
      : h("p", { class: "notice" }, "Commits of late are still being looked at: this list may be longer in a moment."),
    commits.length === 0
      ? h(Empty, { title: next === null ? "No commit matches" : "No commit matches among those of this page" })
      : h(
          "ul",
          { class: "list" },
          commits.map((commit) => h(CommitItem, { repository, commit }))
        ),
    h(Pager, { next: next === null ? null : onward(next) })
  )

/** Reads the commits that the filter in the address leaves. A path that is no file is refused beside the form. */
const filtered = Effect.fnUntraced(function* (open: OpenRepository, asked: Query) {
  const { repository } = open.root.value
  const filter = filterOf(asked)
  const reading = readFound(open, asked, filter)
  const found = filter.path === undefined ? Result.succeed(yield* reading) : yield* attempted(reading)
  if (Result.isFailure(found)) return h(Refusal, { problem: found.failure })
  const here = { ref: asked("ref"), ...parametersOf(filter) }
  return h(FoundCommits, {
    repository,
    found: found.success,
    onward: (cursor) => repositoryAddress(repository, "history", { ...here, cursor })
  })
})

/** Reads the graph. */
const unfiltered = Effect.fnUntraced(function* (
  open: OpenRepository,
  asked: Query,
  shown: Shown,
  branches: ReadonlyArray<BranchView>
) {
  const { repository } = open.root.value
  const { items, lanes, next, rows } = yield* readGraphPage(open, asked, shown, branches)
  const here = shown === "all" ? { all: 1 } : { ref: asked("ref") }
  return h(
    Fragment,
    null,
    shown === "all" && branches.length > graphRefsMax
      ? h("p", { class: "meta" }, `The first ${graphRefsMax} branches, by name.`)
      : null,
    items.length === 0 ? h(Empty, { title: "This branch has no commits" }) : h(Graph, { repository, items, rows }),
    h(Pager, {
      next: next === null ? null : repositoryAddress(repository, "history", { ...here, cursor: next, lanes })
    })
  )
})

export const history = repositoryPage("history", (open, asked) =>
  Effect.gen(function* () {
    const { repository } = open.root.value
    const [reference, filter] = [asked("ref"), filterOf(asked)]
    const title = filter.path === undefined ? "History" : `History of ${filter.path}`
    const branches = yield* listBranches(open, { limit: branchesNamed })
    if (branches.items.length === 0) return { title, body: h(Empty, { title: "Nothing was pushed here yet" }) }
    const isFiltered = isFiltering(filter)
    const shown = asked("all") === undefined ? "one" : "all"
    const other =
      shown === "all"
        ? h(Link, { to: repositoryAddress(repository, "history"), class: "button end" }, "One branch")
        : h(
            Link,
            { to: repositoryAddress(repository, "history", { all: 1 }), class: "button end" },
            "Graph of all branches"
          )
    return {
      title,
      body: h(
        Fragment,
        null,
        h(
          "div",
          { class: "bar" },
          h(RefPicker, {
            open,
            refs: yield* refsOf(open, reference),
            page: "history",
            parameters: parametersOf(filter)
          }),
          isFiltered ? null : other
        ),
        h(FilterForm, { repository, reference, filter }),
        isFiltered ? yield* filtered(open, asked) : yield* unfiltered(open, asked, shown, branches.items)
      )
    }
  })
)
