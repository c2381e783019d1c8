/** The reflog of a branch, or of all: every move, newest first, and the way back to where a branch was. */
import type { CommitId } from "@musehub/domain/object/Id"
import type { BranchName } from "@musehub/domain/repository/Names"
import type { Root } from "@musehub/domain/repository/Root"
import type { PageRequest } from "@musehub/domain/port/Page"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { showHeads } from "@musehub/domain/usecase/branches/listBranches"
import { type BranchMove, readReflog, readReflogs } from "@musehub/domain/usecase/branches/readReflog"
import { Effect, Option } from "effect"
import { Fragment, type VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Empty, Form, Hash, Link, Pager, Tag, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import { Refusal } from "../page/Refusal.ts"
import { type Draft, untouched } from "../page/submission.ts"
import { may, opened, repositoryPage, repositorySubmission } from "../repository/Frame.ts"
import { proposalAddress } from "../proposals/words.ts"
import { isRestorable, restored, RestoreForm } from "./restoring.ts"
import { Sections } from "./Sections.ts"

const listed = 50

/** Reads the moves of a branch, or of all. A branch that was deleted long ago is found by going on. */
const readMoves = (open: OpenRepository, branch: string | undefined, page: PageRequest) =>
  branch === undefined
    ? readReflogs(open, page)
    : readReflog(open, branch, page).pipe(
        // A branch that has a reflog has a valid name.
        Effect.map(({ items, next }) => ({
          items: items.map((move): BranchMove => ({ ...move, branch: branch as BranchName })),
          next
        })),
        Effect.catchTag("ReflogUnfinished", (unfinished) =>
          Effect.succeed({ items: [], next: Option.some(unfinished.next) })
        )
      )

const Ends = ({ move: { from, to }, repository }: { readonly repository: Named; readonly move: BranchMove }): VNode => {
  const at = (commit: CommitId) =>
    h(Link, { to: repositoryAddress(repository, `commit/${commit}`) }, h(Hash, { id: commit }))
  if (from === null) return h(Fragment, null, to === null ? null : ["at ", at(to)])
  if (to === null) return h(Fragment, null, "was at ", at(from))
  const compare = repositoryAddress(repository, "compare", { base: from, head: to })
  return h(Fragment, null, at(from), " → ", at(to), " · ", h(Link, { to: compare }, "Compare"))
}

const Item = ({
  head,
  mayWrite,
  move,
  root
}: {
  readonly root: Root
  readonly move: BranchMove
  /** Where the branch is now; null if it is gone. */
  readonly head: CommitId | null
  readonly mayWrite: boolean
}): VNode => {
  const { action, at, branch, by, from, proposal, to } = move
  const { repository } = root
  const commit = to ?? from
  const former = commit === null ? undefined : { branch, commit, head }
  return h(
    "li",
    { class: "row" },
    h(
      "span",
      { class: "grow" },
      h(Link, { to: repositoryAddress(repository, "reflog", { branch }), class: "title" }, h(Name, { text: branch })),
      " ",
      h(Tag, to === null ? { kind: "deleted" } : null, action.replaceAll("-", " ")),
      proposal === null ? null : [" ", h(Link, { to: proposalAddress(repository, proposal) }, `#${proposal}`)],
      to !== null && to === head ? [" ", h(Tag, { kind: "accent" }, "the head now")] : null,
      h("div", { class: "meta" }, `${by} · `, h(Time, { at }), " · ", h(Ends, { repository, move }))
    ),
    mayWrite && former !== undefined && isRestorable(root, former)
      ? h(RestoreForm, { root, page: "reflog", former })
      : null
  )
}

const readPage = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, draft: Draft) {
  const root = open.root.value
  const { repository } = root
  const branch = asked("branch")
  const found = yield* readMoves(open, branch, yield* listPage(asked, listed))
  const next = yield* nextCursor(found)
  const heads = yield* showHeads(
    open,
    found.items.map((move) => move.branch)
  )
  const mayWrite = yield* may(open, "write")
  return {
    title: branch === undefined ? "Reflog" : `Reflog of ${branch}`,
    body: h(
      Fragment,
      null,
      h("h2", { class: "hidden" }, "Reflog"),
      h(Sections, { root, shown: "reflog" }),
      h(
        Form,
        { to: repositoryAddress(repository, "reflog"), class: "bar", label: "Choose a branch" },
        h(
          "label",
          null,
          "Branch, also one that was deleted",
          h("input", { name: "branch", value: branch ?? "", autocapitalize: "none" })
        ),
        h("button", null, "Show")
      ),
      h(Refusal, { problem: draft.refused }),
      found.items.length === 0
        ? h(Empty, {
            title: next === null ? "No branch has moved yet" : "No branch of this name moved in these changes"
          })
        : h(
            "ol",
            { class: "list" },
            found.items.map((move) => h(Item, { root, move, mayWrite, head: heads.get(move.branch) ?? null }))
          ),
      h(Pager, { next: next === null ? null : repositoryAddress(repository, "reflog", { branch, cursor: next }) })
    )
  }
})

export const reflog = repositoryPage("branches", (open, asked) => readPage(open, asked, untouched))

/** The endpoint of the buttons that restore. */
export const restoredBranch = repositorySubmission("branches", readPage, (form) =>
  Effect.gen(function* () {
    return yield* restored(yield* opened("write"), form)
  })
)
