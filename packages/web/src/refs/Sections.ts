/** The way between the pages of refs. */
import type { Root } from "@musehub/domain/repository/Root"
import type { VNode } from "preact"
import { repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Link } from "../html/parts.ts"

const sections = {
  branches: "Branches",
  tags: "Tags",
  releases: "Releases",
  reflog: "Reflog",
  compare: "Compare"
} as const

export type Section = keyof typeof sections

export const Sections = ({ root: { repository }, shown }: { readonly root: Root; readonly shown: Section }): VNode =>
  h(
    "nav",
    { class: "bar", "aria-label": "Refs" },
    Object.entries(sections).map(([section, text]) =>
      h(
        Link,
        {
          to: repositoryAddress(repository, section),
          class: "button",
          current: section === shown ? "page" : undefined
        },
        text
      )
    )
  )
