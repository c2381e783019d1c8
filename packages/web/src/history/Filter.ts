/** Which commits of a history are listed: by a file that they touch, an author, and words of their messages. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { SaidCommit } from "@musehub/domain/usecase/browse/commitsSaid"
import { pathHistory } from "@musehub/domain/usecase/browse/pathHistory"
import { searchCommits } from "@musehub/domain/usecase/search/searchCommits"
import { soughtLengthMax } from "@musehub/domain/usecase/search/SearchPage"
import { Effect } from "effect"
import type { VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Form, Link } from "../html/parts.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import { saidOf } from "./saidOf.ts"

/** Commits that a page looks at, or finds. */
const listed = 50
const pathLengthMax = 4096

export interface Filter {
  readonly path: string | undefined
  readonly author: string | undefined
  readonly words: string | undefined
}

export const filterOf = (asked: Query): Filter => ({
  path: asked("path"),
  author: asked("author")?.slice(0, soughtLengthMax),
  words: asked("q")?.slice(0, soughtLengthMax)
})

export const isFiltering = ({ author, path, words }: Filter): boolean =>
  [author, path, words].some((text) => text !== undefined)

/** Returns a filter as addresses have it. */
export const parametersOf = ({ author, path, words }: Filter) => ({ path, author, q: words })

/** A page of the commits that a filter leaves. */
export interface Found {
  readonly commits: ReadonlyArray<SaidCommit>
  readonly next: string | null
  /** False while commits are pending that may belong here. */
  readonly complete: boolean
}

const has = (text: string, sought: string | undefined): boolean =>
  sought === undefined || text.toLowerCase().includes(sought.toLowerCase())

/** Reads a page of the commits that a filter leaves of those of a ref. */
export const readFound = Effect.fnUntraced(function* (
  open: OpenRepository,
  asked: Query,
  { author, path, words }: Filter
) {
  const ref = asked("ref")
  const request = yield* listPage(asked, listed)
  const isWanted = (commit: SaidCommit): boolean => has(commit.author, author) && has(commit.message, words)
  if (path !== undefined) {
    const touches = yield* pathHistory(open, { path, ref }, request)
    const { complete, items } = touches
    const found: Found = { commits: items.filter(isWanted), next: yield* nextCursor(touches), complete }
    return found
  }
  const matches = yield* searchCommits(open, { sought: words ?? author ?? "", ref }, request)
  const commits = matches.items.map(saidOf).filter(isWanted)
  const found: Found = { commits, next: yield* nextCursor(matches), complete: true }
  return found
})

/** The fields of a filter, with what was typed into them. */
export const FilterForm = ({
  filter,
  reference,
  repository
}: {
  readonly repository: Named
  readonly reference: string | undefined
  readonly filter: Filter
}): VNode => {
  const { author, path, words } = filter
  const field = (name: string, text: string, value: string | undefined, maxLength: number) =>
    h("label", null, text, h("input", { name, value: value ?? "", maxLength }))
  return h(
    Form,
    { to: repositoryAddress(repository, "history"), class: "bar", label: "Filter commits" },
    reference === undefined ? null : h("input", { type: "hidden", name: "ref", value: reference }),
    field("q", "Words", words, soughtLengthMax),
    field("author", "Author", author, soughtLengthMax),
    field("path", "File", path, pathLengthMax),
    h("button", null, "Show"),
    isFiltering(filter)
      ? h(Link, { to: repositoryAddress(repository, "history", { ref: reference }), class: "button" }, "All commits")
      : null
  )
}
