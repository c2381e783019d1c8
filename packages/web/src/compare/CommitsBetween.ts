/** The commits that one of two heads has and the other lacks. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { SaidCommit } from "@musehub/domain/usecase/browse/commitsSaid"
import { commitsBetween, type Line } from "@musehub/domain/usecase/browse/commitsBetween"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import type { Named } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Empty, Pager } from "../html/parts.ts"
import { CommitItem } from "../history/history.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"

const commitsListed = 50

/** A page of commits. */
export interface Between {
  readonly commits: ReadonlyArray<SaidCommit>
  readonly next: string | null
}

/** Reads the page of the commits between two heads that the address asks for. */
export const readBetween = Effect.fnUntraced(function* (open: OpenRepository, line: Line, asked: Query) {
  const found = yield* commitsBetween(open, line, yield* listPage(asked, commitsListed))
  const between: Between = { commits: found.items, next: yield* nextCursor(found) }
  return between
})

/** The commits, parents first. `none` is said where there are none; `here` returns the address of a page of them. */
export const CommitsBetween = ({
  between: { commits, next },
  here,
  none,
  repository
}: {
  readonly repository: Named
  readonly between: Between
  readonly none: string
  readonly here: (cursor: string) => string
}): VNode =>
  h(
    Fragment,
    null,
    commits.length === 0
      ? h(Empty, { title: none })
      : h(
          "ul",
          { class: "list" },
          commits.map((commit) => h(CommitItem, { repository, commit }))
        ),
    h(Pager, { next: next === null ? null : here(next) })
  )
