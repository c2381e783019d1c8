/** One commit: what it says, what it changed, and where it is stored. */
import type { CommitId } from "@musehub/domain/object/Id"
import { childrenOf } from "@musehub/domain/usecase/commits/childrenOf"
import { diffCommit } from "@musehub/domain/usecase/browse/compare"
import { showCommit } from "@musehub/domain/usecase/commits/readCommits"
import { Effect } from "effect"
import { HttpRouter } from "effect/http"
import { Fragment, type VNode } from "preact"
import { askedFiles, ChangedFiles } from "../content/ChangedFiles.ts"
import { apiAddress, type Parameters, repositoryAddress } from "../html/address.ts"
import { firstLine } from "../html/firstLine.ts"
import { h } from "../html/h.ts"
import { Hash, Link, Pager, Time } from "../html/parts.ts"
import { Name, Prose } from "../html/visible.ts"
import { listPage, nextCursor } from "../page/query.ts"
import { may, repositoryPage } from "../repository/Frame.ts"
import { Delta } from "./Delta.ts"
import { Facts } from "./Facts.ts"
import { readPlaces } from "./readPlaces.ts"
import { provenanceOf } from "./provenance.ts"

const filesListed = 30

/** Leads to what a merge changed against each of its parents. */
const Parents = ({
  against,
  here,
  parents
}: {
  readonly parents: ReadonlyArray<CommitId>
  /** The parent that the page compares with, from 1. */
  readonly against: number
  readonly here: (parent: number) => string
}): VNode =>
  parents.length < 2
    ? h(Fragment, null)
    : h(
        "nav",
        { class: "bar", "aria-label": "Compared with" },
        parents.map((id, place) =>
          h(
            Link,
            { to: here(place + 1), class: "button", current: place + 1 === against ? "page" : undefined },
            `Parent ${place + 1} `,
            h(Hash, { id })
          )
        )
      )

/** Returns what a message says after its first line. */
const restOf = (message: string): string => {
  const end = message.indexOf("\n")
  return end < 0 ? "" : message.slice(end).trim()
}

export const commit = repositoryPage("history", (open, asked) =>
  Effect.gen(function* () {
    const { repository } = open.root.value
    const { id = "" } = yield* HttpRouter.params
    const found = yield* showCommit(open, id)
    const { parents, record } = found
    const parent = Number(/^[1-9]\d?$/.exec(asked("parent") ?? "1")?.[0] ?? 1)
    const diff = yield* diffCommit(
      open,
      { commit: found.id, parent },
      {
        ...(yield* listPage(asked, filesListed)),
        path: asked("path")
      }
    )
    const next = yield* nextCursor(diff)
    const children = yield* childrenOf(open, found.id)
    const message = restOf(record.message)
    const shown = askedFiles(asked)
    const { path, view } = shown
    const of = (other: number) => (other === 1 ? undefined : other)
    const here = (parameters: Parameters) =>
      repositoryAddress(repository, `commit/${found.id}`, { parent: of(parent), ...parameters })
    return {
      title: firstLine(record.message),
      body: h(
        Fragment,
        null,
        h("h2", null, h(Name, { text: firstLine(record.message) })),
        h(
          "p",
          { class: "meta" },
          h(Name, { text: record.author }),
          " · ",
          h(Time, { at: record.committed_at }),
          " · ",
          h(Link, { to: repositoryAddress(repository, "tree", { ref: found.id }) }, "Files of this commit"),
          " · ",
          h(Link, { to: repositoryAddress(repository, "compare", { head: found.id }) }, "Compare"),
          (yield* may(open, "write"))
            ? [
                " · ",
                h(Link, { to: repositoryAddress(repository, "branches", { from: found.id }) }, "New branch here"),
                " · ",
                h(Link, { to: repositoryAddress(repository, "tags", { from: found.id }) }, "Tag it")
              ]
            : null
        ),
        message === "" ? null : h(Prose, { text: message }),
        h("div", { class: "panel" }, h(Facts, { facts: provenanceOf(repository, found, children) })),
        h(Delta, { delta: record.structured_delta, whole: apiAddress(repository, `commits/${found.id}`) }),
        yield* readPlaces(open, found, diff.items),
        h(Parents, { parents, against: parent, here: (other) => here({ view, parent: of(other) }) }),
        h(ChangedFiles, { files: diff.items, shown, here }),
        h(Pager, { next: next === null ? null : here({ view, path, cursor: next }) })
      )
    }
  })
)
