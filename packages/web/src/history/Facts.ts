/** Names and values below each other. */
import type { ComponentChildren, VNode } from "preact"
import { h } from "../html/h.ts"

export type Fact = readonly [name: ComponentChildren, value: ComponentChildren]

export const Facts = ({ facts }: { readonly facts: ReadonlyArray<Fact> }): VNode =>
  h(
    "dl",
    { class: "facts" },
    facts.map(([name, value]) => [h("dt", null, name), h("dd", null, value)])
  )
