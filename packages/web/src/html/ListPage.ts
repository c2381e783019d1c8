/** A page of a list. */
import type { ComponentChildren, VNode } from "preact"
import { Fragment } from "preact"
import { h } from "./h.ts"
import { Empty, Pager } from "./parts.ts"

/** Items with the way to the next page; `none` is said of a list that has nothing. `children` say what to do then. */
export const ListPage = ({
  children,
  items,
  next,
  none
}: {
  readonly items: ReadonlyArray<VNode>
  readonly none: string
  /** The address of the next page; null at the end. */
  readonly next: string | null
  readonly children?: ComponentChildren
}): VNode =>
  h(
    Fragment,
    null,
    items.length === 0
      ? h(Empty, { title: next === null ? none : "This page of the list has none" }, children)
      : h("ul", { class: "list" }, items),
    h(Pager, { next })
  )
