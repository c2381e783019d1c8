/** Commits below each other beside the picture of their lines. The picture says nothing that the list does not. */
import type { CommitId } from "@musehub/domain/object/Id"
import type { SaidCommit } from "@musehub/domain/usecase/browse/commitsSaid"
import type { ComponentChildren, VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { firstLine } from "../html/firstLine.ts"
import { h } from "../html/h.ts"
import { Hash, Link, Tag, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { drawGraph } from "./drawGraph.ts"
import type { GraphRow } from "./Lanes.ts"

/** Branches that are named beside a commit; the others are counted. */
const branchesNamed = 3
/** Parents that a commit names. Most have one or two. */
const parentsNamed = 8

export interface GraphItem extends SaidCommit {
  readonly parents: ReadonlyArray<CommitId>
  /** The branches that end here. */
  readonly branches: ReadonlyArray<string>
}

/** The height of a row beside the text of which it is a multiple. */
const emphaticHeight = 16
const inRem = (pixels: number): string => `${pixels / emphaticHeight}rem`

/** Draws rows. The picture grows with the text beside it. */
const Drawing = ({ rows }: { readonly rows: ReadonlyArray<GraphRow> }): VNode => {
  const { height, lines, nodes, width } = drawGraph(rows)
  return h(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width: inRem(width), height: inRem(height), "aria-hidden": "true" },
    lines.map(({ colour, path }) => h("path", { class: `stroke-${colour}`, d: path })),
    nodes.map(({ colour, isMerge, x, y }) =>
      h("circle", { class: isMerge ? `merge stroke-${colour}` : `fill-${colour}`, cx: x, cy: y, r: 4 })
    )
  )
}

/** Says of which commits a commit is made; what is plain to see in a line of commits is not shown. */
const Parents = ({
  parents,
  repository
}: {
  readonly parents: ReadonlyArray<CommitId>
  readonly repository: Named
}): VNode => {
  if (parents.length === 0) return h("span", null, " · first commit")
  const link = (id: CommitId) => h(Link, { to: repositoryAddress(repository, `commit/${id}`) }, id.slice(0, 10))
  if (parents.length === 1) return h("span", { class: "hidden" }, ` · parent ${parents.map((id) => id.slice(0, 10))}`)
  const named = parents.slice(0, parentsNamed)
  const more = parents.length - named.length
  return h(
    "span",
    null,
    " · merges ",
    named.map((id, place): ComponentChildren => [
      place === 0 ? null : place === named.length - 1 ? " and " : ", ",
      link(id)
    ]),
    more === 0 ? null : ` and ${more} more`
  )
}

const Branches = ({
  branches,
  repository
}: {
  readonly branches: ReadonlyArray<string>
  readonly repository: Named
}): ReadonlyArray<ComponentChildren> => [
  branches
    .slice(0, branchesNamed)
    .map((branch) => [
      h(
        Link,
        { to: repositoryAddress(repository, "history", { ref: branch }) },
        h(Tag, { kind: "accent" }, h(Name, { text: branch, max: 40 }))
      ),
      " "
    ]),
  branches.length > branchesNamed ? [h(Tag, null, `${branches.length - branchesNamed} branches more`), " "] : null
]

const Item = ({
  item: { at, author, branches, commitId, message, parents },
  repository
}: {
  readonly repository: Named
  readonly item: GraphItem
}): VNode =>
  h(
    "li",
    null,
    h(
      "div",
      null,
      Branches({ repository, branches }),
      h(
        Link,
        { to: repositoryAddress(repository, `commit/${commitId}`), class: "title" },
        h(Name, { text: firstLine(message), max: 120 })
      )
    ),
    h(
      "div",
      { class: "meta" },
      author === "" ? null : [h(Name, { text: author, max: 60 }), " · "],
      h(Time, { at }),
      " · ",
      h(Hash, { id: commitId }),
      h(Parents, { repository, parents })
    )
  )

/** A page of a history: a row for each item. */
export const Graph = ({
  items,
  repository,
  rows
}: {
  readonly repository: Named
  readonly items: ReadonlyArray<GraphItem>
  readonly rows: ReadonlyArray<GraphRow>
}): VNode =>
  h(
    "div",
    { class: "graph" },
    h(Drawing, { rows }),
    h(
      "ol",
      null,
      items.map((item) => h(Item, { repository, item }))
    )
  )
