/** The commits of a branch, or those that touched a file, and those of them that have some words or an author. */
import type { Commit } from "@musehub/domain/object/Commit"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { SaidCommit } from "@musehub/domain/usecase/browse/commitsSaid"
import { pathHistory } from "@musehub/domain/usecase/browse/pathHistory"
import { listBranches } from "@musehub/domain/usecase/branches/listBranches"
import { listCommits } from "@musehub/domain/usecase/commits/readCommits"
import { searchCommits } from "@musehub/domain/usecase/search/searchCommits"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { firstLine } from "../html/firstLine.ts"
import { h } from "../html/h.ts"
import { Empty, Form, Hash, Link, Pager, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import { repositoryPage } from "../repository/Frame.ts"
import { RefPicker, refsOf } from "../repository/Refs.ts"

const listed = 50
/** The longest text that is looked for. */
const soughtLengthMax = 200

interface Filter {
  readonly ref: string | undefined
  readonly path: string | undefined
  readonly author: string | undefined
  readonly words: string | undefined
}

const saidOf = ({ id, record }: Commit): SaidCommit => ({
  commitId: id,
  message: record.message,
  author: record.author,
  at: record.committed_at
})

const has = (text: string, sought: string | undefined): boolean =>
  sought === undefined || text.toLowerCase().includes(sought.toLowerCase())

const readHistory = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, filter: Filter) {
  const { author, path, ref, words } = filter
  const request = yield* listPage(asked, listed)
  const isWanted = (commit: SaidCommit): boolean => has(commit.author, author) && has(commit.message, words)
  const sought = words ?? author
  if (path !== undefined) {
    const found = yield* pathHistory(open, { path, ref }, request)
    return { commits: found.items.filter(isWanted), next: yield* nextCursor(found) }
  }
  const found =
    sought === undefined
      ? yield* listCommits(open, { from: ref }, request)
      : yield* searchCommits(open, { sought: sought.slice(0, soughtLengthMax), ref }, request)
  return { commits: found.items.map(saidOf).filter(isWanted), next: yield* nextCursor(found) }
})

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

export const history = repositoryPage("history", (open, asked) =>
  Effect.gen(function* () {
    const { repository } = open.root.value
    const filter: Filter = { ref: asked("ref"), path: asked("path"), author: asked("author"), words: asked("q") }
    const { author, path, ref, words } = filter
    const title = path === undefined ? "History" : `History of ${path}`
    if ((yield* listBranches(open, { limit: 1 })).items.length === 0) {
      return { title, body: h(Empty, { title: "Nothing was pushed here yet" }) }
    }
    const { commits, next } = yield* readHistory(open, asked, filter)
    const parameters = { path, author, q: words }
    const field = (name: string, text: string, value: string | undefined) =>
      h("label", null, text, h("input", { name, value: value ?? "" }))
    return {
      title,
      body: h(
        Fragment,
        null,
        h("div", { class: "bar" }, h(RefPicker, { open, refs: yield* refsOf(open, ref), page: "history", parameters })),
        h(
          Form,
          { to: repositoryAddress(repository, "history"), class: "bar", label: "Filter commits" },
          ref === undefined ? null : h("input", { type: "hidden", name: "ref", value: ref }),
          field("q", "Words", words),
          field("author", "Author", author),
          field("path", "File", path),
          h("button", null, "Show")
        ),
        commits.length === 0
          ? h(Empty, { title: next === null ? "No commit matches" : "No commit matches among those of this page" })
          : h(
              "ul",
              { class: "list" },
              commits.map((commit) => h(CommitItem, { repository, commit }))
            ),
        h(Pager, {
          next: next === null ? null : repositoryAddress(repository, "history", { ref, ...parameters, cursor: next })
        })
      )
    }
  })
)
