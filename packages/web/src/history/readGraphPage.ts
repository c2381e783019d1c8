/** Reads a page of a history with the lanes of its commits, which go on where the page before ended. */
import type { CommitId } from "@musehub/domain/object/Id"
import type { Page } from "@musehub/domain/port/Page"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { BranchView } from "@musehub/domain/usecase/branches/listBranches"
import { commitsSaid, type SaidCommit } from "@musehub/domain/usecase/browse/commitsSaid"
import { listCommits } from "@musehub/domain/usecase/commits/readCommits"
import { readGraph } from "@musehub/domain/usecase/commits/readGraph"
import { Effect } from "effect"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import type { GraphItem } from "./Graph.ts"
import { type GraphRow, lanesOf, lanesText, layGraph } from "./Lanes.ts"
import { saidOf } from "./saidOf.ts"

/** Commits of a page. */
const drawn = 50

/** Which history: that of a ref, or of the first branches. */
export type Shown = "all" | "one"

export interface GraphPage {
  readonly items: ReadonlyArray<GraphItem>
  readonly rows: ReadonlyArray<GraphRow>
  /** What the address of the next page has beside its cursor. */
  readonly lanes: string
  readonly next: string | null
}

/** A commit and those that it is made of. */
interface Node extends SaidCommit {
  readonly parents: ReadonlyArray<CommitId>
}

const readNodes = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, shown: Shown) {
  const request = yield* listPage(asked, drawn)
  if (shown === "one") {
    const { items, next } = yield* listCommits(open, { from: asked("ref") }, request)
    const page: Page<Node> = { items: items.map((commit) => ({ ...saidOf(commit), parents: commit.parents })), next }
    return page
  }
  const { items, next } = yield* readGraph(open, {}, request)
  const said = yield* commitsSaid(
    open,
    items.map(({ id }) => id)
  )
  const page: Page<Node> = { items: items.map(({ parents }, position) => ({ ...said(position), parents })), next }
  return page
})

/** Reads a page of the graph; `branches` are those that are named where they end. */
export const readGraphPage = Effect.fnUntraced(function* (
  open: OpenRepository,
  asked: Query,
  shown: Shown,
  branches: ReadonlyArray<BranchView>
) {
  const nodes = yield* readNodes(open, asked, shown)
  const above = asked("cursor") === undefined ? [] : lanesOf(asked("lanes"))
  const { below, rows } = layGraph(
    above,
    nodes.items.map(({ commitId, parents }) => ({ id: commitId, parents }))
  )
  const byHead = Map.groupBy(branches, ({ head }) => head)
  const items = nodes.items.map((node): GraphItem => {
    const ending = byHead.get(node.commitId)
    return { ...node, branches: ending === undefined ? [] : ending.map(({ name }) => name) }
  })
  const page: GraphPage = { items, rows, lanes: lanesText(below), next: yield* nextCursor(nodes) }
  return page
})
