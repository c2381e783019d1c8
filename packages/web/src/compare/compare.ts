/** Compares any two refs: the commits between them, and the files in which they differ. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { showBranch } from "@musehub/domain/usecase/branches/listBranches"
import { Effect, Result } from "effect"
import { Fragment, type VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { countText, Link } from "../html/parts.ts"
import type { Query } from "../page/query.ts"
import { attempted, Refusal } from "../page/Refusal.ts"
import { Sections } from "../refs/Sections.ts"
import { may, repositoryPage } from "../repository/Frame.ts"
import { refsOf } from "../repository/Refs.ts"
import { CommitsBetween, readBetween } from "./CommitsBetween.ts"
import { Chooser, type Choice, type Compared, ComparedFiles, Distance, readComparison } from "./Comparison.ts"

type Shown = "commits" | undefined

const addressOf = (repository: Named, choice: Choice, parameters: { readonly [name: string]: string | undefined }) =>
  repositoryAddress(repository, "compare", { ...choice, ...parameters })

/** Leads to the commits and the files, to the comparison the other way round, and to a proposal. */
const Ways = ({
  choice,
  compared: {
    found: { ahead }
  },
  mayPropose,
  repository,
  shown
}: {
  readonly repository: Named
  readonly choice: Choice
  readonly compared: Compared
  readonly shown: Shown
  readonly mayPropose: boolean
}): VNode => {
  const section = (text: string, show: Shown) =>
    h(
      Link,
      {
        to: addressOf(repository, choice, { show }),
        class: "button",
        current: show === shown ? "page" : undefined
      },
      text
    )
  return h(
    "nav",
    { class: "bar", "aria-label": "Comparison" },
    section("Files changed", undefined),
    section(countText(ahead, "commit"), "commits"),
    h(
      Link,
      { to: addressOf(repository, { base: choice.head, head: choice.base }, {}), class: "button end" },
      "The other way round"
    ),
    mayPropose
      ? h(Link, { to: repositoryAddress(repository, "proposals/new", { ...choice }), class: "button" }, "Propose this")
      : null
  )
}

const isBranch = (open: OpenRepository, name: string) => Effect.isSuccess(showBranch(open, name))

/** Reads what is shown of two refs. */
const readShown = Effect.fnUntraced(function* (open: OpenRepository, choice: Choice, asked: Query) {
  const { repository } = open.root.value
  const shown: Shown = asked("show") === "commits" ? "commits" : undefined
  // The cursor of a page of commits is not one of files.
  const compared = yield* readComparison(open, choice, (name) =>
    name === "cursor" && shown === "commits" ? undefined : asked(name)
  )
  const { ahead, mergeBase } = compared.found
  const isProposable = ahead > 0 && mergeBase !== null && (yield* may(open, "participate"))
  const mayPropose = isProposable && (yield* isBranch(open, choice.base)) && (yield* isBranch(open, choice.head))
  return h(
    Fragment,
    null,
    h(Distance, { choice, found: compared.found }),
    h(Ways, { repository, choice, compared, shown, mayPropose }),
    shown === "commits"
      ? h(CommitsBetween, {
          repository,
          between: yield* readBetween(open, compared.found, asked),
          none: "There are no such commits",
          here: (cursor) => addressOf(repository, choice, { show: "commits", cursor })
        })
      : h(ComparedFiles, { compared, asked, here: (parameters) => addressOf(repository, choice, parameters) })
  )
})

export const comparison = repositoryPage("branches", (open, asked) =>
  Effect.gen(function* () {
    const root = open.root.value
    const { repository } = root
    const choice: Choice = { base: asked("base") ?? repository.defaultBranch, head: asked("head") ?? "" }
    const { branches, tags } = yield* refsOf(open, undefined)
    const shown = choice.head === "" ? undefined : yield* attempted(readShown(open, choice, asked))
    return {
      title: choice.head === "" ? "Compare" : `${choice.head} compared with ${choice.base}`,
      body: h(
        Fragment,
        null,
        h("h2", { class: "hidden" }, "Compare"),
        h(Sections, { root, shown: "compare" }),
        h(Chooser, {
          to: repositoryAddress(repository, "compare"),
          choice,
          offered: [...branches, ...tags],
          label: "Choose two refs",
          texts: { head: "Branch, tag or commit", base: "Compared with" }
        }),
        shown === undefined ? null : Result.isFailure(shown) ? h(Refusal, { problem: shown.failure }) : shown.success
      )
    }
  })
)
