/** The deleted repositories that the reader can bring back, and until when. */
import { fullNameText } from "@musehub/domain/repository/Names"
import { type Deleted, ownDeletedRepositories } from "@musehub/domain/usecase/operations/deletions"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { accountAddress, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { ListPage } from "../html/ListPage.ts"
import { Link, Time } from "../html/parts.ts"
import { page, signedIn } from "../page/page.ts"
import { listPage, nextCursor, query } from "../page/query.ts"

const listed = 100

const item = ({ at, by, name, until }: Deleted): VNode =>
  h(
    "li",
    null,
    h(Link, { to: repositoryAddress(name, "deleted"), class: "title" }, fullNameText(name)),
    h("div", { class: "meta" }, `deleted by ${by} `, h(Time, { at }), ", kept until ", until.slice(0, 10), " at least")
  )

export const deletedRepositories = page(
  Effect.gen(function* () {
    const { principal } = yield* signedIn
    const found = yield* ownDeletedRepositories(principal, yield* listPage(yield* query, listed))
    const next = yield* nextCursor(found)
    return {
      title: "Deleted repositories",
      body: h(
        Fragment,
        null,
        h("h1", null, "Deleted repositories"),
        h("p", null, "Those that you can bring back. ", h(Link, { to: accountAddress() }, "Back to your account")),
        h(ListPage, {
          items: found.items.map(item),
          none: "There is none",
          next: next === null ? null : accountAddress("deleted", { cursor: next })
        })
      )
    }
  })
)
