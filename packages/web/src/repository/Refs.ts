/** The choice of what to look at: a branch, a tag or a commit. */
import { cut } from "@musehub/domain/base/text/cut"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { listBranches } from "@musehub/domain/usecase/branches/listBranches"
import { listTags } from "@musehub/domain/usecase/tags/listTags"
import { Effect, Option } from "effect"
import { Fragment, type VNode } from "preact"
import { type Parameters, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Form, Link } from "../html/parts.ts"

/** Refs of a kind that the picker offers; pages of branches and tags have all. */
const branchesOffered = 100
const tagsOffered = 30

export interface Refs {
  /** What the page shows, as its address names it. */
  readonly current: string
  readonly branches: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
  /** Whether there are more branches than are offered. */
  readonly more: boolean
}

/** Reads the refs that a page offers. */
export const refsOf = Effect.fnUntraced(function* (open: OpenRepository, ref: string | undefined) {
  const branches = yield* listBranches(open, { limit: branchesOffered })
  const tags = yield* listTags(open, { limit: tagsOffered })
  const refs: Refs = {
    current: ref ?? open.root.value.repository.defaultBranch,
    branches: branches.items.map(({ name }) => name),
    tags: [...new Set(tags.items.map(({ tag }) => `tags/${tag}`))],
    more: Option.isSome(branches.next)
  }
  return refs
})

const shownLengthMax = 60

/** Returns the option of a ref, by which pickers name it. */
export const refOption = (current: string) => (ref: string) =>
  h(
    "option",
    { value: ref, selected: ref === current },
    ref.length > shownLengthMax ? `${cut(ref, shownLengthMax)}…` : ref
  )

/** Asks for the same page of another ref. */
export const RefPicker = ({
  open,
  page,
  parameters,
  refs: { branches, current, more, tags }
}: {
  readonly open: OpenRepository
  readonly refs: Refs
  readonly page: string | undefined
  readonly parameters: Parameters
}): VNode =>
  h(
    Fragment,
    null,
    h(
      Form,
      { to: repositoryAddress(open.root.value.repository, page), class: "picker", label: "Choose a branch or tag" },
      Object.entries(parameters).map(([name, value]) =>
        value === undefined ? null : h("input", { type: "hidden", name, value: String(value) })
      ),
      h(
        "select",
        { name: "ref", "aria-label": "Branch, tag or commit" },
        branches.includes(current) || tags.includes(current) ? null : refOption(current)(current),
        h(
          "optgroup",
          { label: more ? `The first ${branches.length} branches` : "Branches" },
          branches.map(refOption(current))
        ),
        tags.length === 0 ? null : h("optgroup", { label: "Tags" }, tags.map(refOption(current)))
      ),
      h("button", null, "Go")
    ),
    more ? h(Link, { to: repositoryAddress(open.root.value.repository, "branches") }, "All branches") : null
  )
