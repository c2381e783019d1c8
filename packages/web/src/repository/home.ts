/** The first page: the repositories that its reader may see. */
import { UserName } from "@musehub/domain/repository/Names"
import type { Repository } from "@musehub/domain/repository/Root"
import { openRepository } from "@musehub/domain/usecase/access/openRepository"
import { commitAt } from "@musehub/domain/usecase/commits/readCommits"
import { visibleRepositories } from "@musehub/domain/usecase/repositories/visibleRepositories"
import { Effect, Option, Schema } from "effect"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { useContext } from "preact/hooks"
import { homeAddress, repositoryAddress } from "../html/address.ts"
import { Commands, Empty, Form, Link, Pager, Tag, Time } from "../html/parts.ts"
import { firstLine } from "../html/firstLine.ts"
import { SiteContext } from "../html/Site.ts"
import { Name } from "../html/visible.ts"
import { caller, page } from "../page/page.ts"
import { listPage, nextCursor, type Query, query } from "../page/query.ts"

/** Repositories that one page looks at. What is shown of each takes a read or two of the store. */
const listed = 50
const concurrency = 8

/** What happened last on the default branch. */
export interface LastCommit {
  readonly id: string
  readonly message: string
  readonly author: string
  readonly at: string
}

export interface ListedRepository {
  readonly repository: Repository
  /** Undefined for a repository without commits, and where it cannot be read now. */
  readonly last: LastCommit | undefined
}

const orders = { name: "Name", active: "Last commit", new: "Newest" } as const
export type Order = keyof typeof orders

export interface Home {
  readonly repositories: ReadonlyArray<ListedRepository>
  readonly words: string
  readonly owner: string
  readonly order: Order
  readonly next: string | null
}

const item = ({ last, repository }: ListedRepository): VNode => {
  const { archived, description, domain, name, owner, slug, visibility } = repository
  return h(
    "li",
    null,
    h(
      "div",
      { class: "row" },
      h(
        "span",
        { class: "grow" },
        h(Link, { to: repositoryAddress(repository), class: "title" }, `${owner}/${slug}`),
        " ",
        visibility === "private" ? h(Tag, null, "private") : null,
        archived ? h(Tag, { kind: "warm" }, "archived") : null,
        " ",
        h("span", { class: "meta" }, domain),
        name === slug ? null : [" ", h("span", { class: "meta" }, h(Name, { text: name }))]
      ),
      last === undefined
        ? h("span", { class: "meta" }, "no commits yet")
        : h("span", { class: "meta" }, h(Time, { at: last.at }))
    ),
    description === "" ? null : h("div", null, h(Name, { text: description })),
    last === undefined
      ? null
      : h(
          "div",
          { class: "meta" },
          h(Name, { text: last.author, max: 100 }),
          last.author === "" ? "" : ": ",
          h(
            Link,
            { to: repositoryAddress(repository, `commit/${last.id}`) },
            h(Name, { text: firstLine(last.message), max: 120 })
          )
        )
  )
}

export const RepositoryList = ({ items }: { readonly items: ReadonlyArray<ListedRepository> }): VNode =>
  h("ul", { class: "list" }, items.map(item))

const FirstSteps = (): VNode => {
  const { url } = useContext(SiteContext)
  return h(
    Empty,
    { title: "No repository is here that you can see" },
    h("p", null, "Make one, and push what you have:"),
    h(Commands, {
      label: "Commands that push the first repository",
      lines: [
        "musehub repo create you/songs --visibility public --no-initialize",
        "cd my-songs",
        `muse remote add origin ${url}/you/songs`,
        "muse push origin main"
      ]
    }),
    h("p", { class: "meta" }, "Private repositories are seen by those who may read them.")
  )
}

export const HomeBody = ({ next, order, owner, repositories, words }: Home): VNode => {
  const isFiltered = words !== "" || owner !== ""
  return h(
    Fragment,
    null,
    h("h1", null, "Repositories"),
    h(
      Form,
      { to: homeAddress(), class: "bar", label: "Filter repositories" },
      h("label", null, "Words", h("input", { name: "q", value: words, type: "search" })),
      h("label", null, "Owner", h("input", { name: "owner", value: owner, autocapitalize: "none" })),
      h(
        "label",
        null,
        "Order",
        h(
          "select",
          { name: "sort" },
          Object.entries(orders).map(([value, text]) => h("option", { value, selected: value === order }, text))
        )
      ),
      h("button", null, "Show")
    ),
    repositories.length > 0
      ? h(RepositoryList, { items: repositories })
      : isFiltered || next !== null
        ? h(Empty, {
            title: next === null ? "No repository matches" : "No repository matches among those of this page"
          })
        : h(FirstSteps, null),
    h(Pager, { next: next === null ? null : homeAddress({ q: words, owner, sort: order, cursor: next }) })
  )
}

const ownerOf = Schema.decodeUnknownOption(UserName)

const lastOf = Effect.fnUntraced(
  function* ({ owner, slug }: Repository) {
    const { id, record } = yield* commitAt(yield* openRepository(owner, slug, yield* caller, "read"), undefined)
    const last: LastCommit = { id, message: record.message, author: record.author, at: record.committed_at }
    return last
  },
  // A list of many says what it can of each; the page of the one says what is wrong with it.
  (last) => Effect.orElseSucceed(last, () => undefined)
)

/** Looks up what happened last in each of some repositories. */
export const withLast = (repositories: ReadonlyArray<Repository>) =>
  Effect.forEach(
    repositories,
    (repository) => Effect.map(lastOf(repository), (last): ListedRepository => ({ repository, last })),
    { concurrency }
  )

/** Returns a time in milliseconds; the beginning of time for one that is absent, or that has seconds in its offset. */
const timeOf = (at: string | undefined): number => Date.parse(at ?? "") || 0

const compared: { readonly [O in Order]: (one: ListedRepository, other: ListedRepository) => number } = {
  name: () => 0,
  active: ({ last: one }, { last: other }) => timeOf(other?.at) - timeOf(one?.at),
  new: ({ repository: one }, { repository: other }) => timeOf(other.createdAt) - timeOf(one.createdAt)
}

/** Sorts the repositories of a page, which are given by their names. */
export const inOrder = (repositories: ReadonlyArray<ListedRepository>, order: Order): ReadonlyArray<ListedRepository> =>
  repositories.toSorted(compared[order])

const isOrder = (text: string | undefined): text is Order => text !== undefined && text in orders

const readHome = Effect.fnUntraced(function* (asked: Query) {
  const words = asked("q") ?? ""
  const owner = asked("owner") ?? ""
  const sort = asked("sort")
  const order = isOrder(sort) ? sort : "name"
  const known = ownerOf(owner)
  if (owner !== "" && Option.isNone(known)) return { repositories: [], words, owner, order, next: null } satisfies Home
  const found = yield* visibleRepositories(
    yield* caller,
    { owner: Option.getOrUndefined(known) },
    yield* listPage(asked, listed)
  )
  const wanted = words.toLowerCase()
  const isWanted = ({ description, name, owner, slug }: Repository): boolean =>
    `${owner}/${slug}\n${name}\n${description}`.toLowerCase().includes(wanted)
  const repositories = yield* withLast(found.items.filter(isWanted))
  const home: Home = {
    repositories: inOrder(repositories, order),
    words,
    owner,
    order,
    next: yield* nextCursor(found)
  }
  return home
})

export const home = page(
  Effect.gen(function* () {
    return { title: "Repositories", body: h(HomeBody, yield* readHome(yield* query)) }
  })
)
