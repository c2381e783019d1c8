/** What two refs are apart: how many commits, and the files that differ. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { compare, type Comparison } from "@musehub/domain/usecase/browse/compare"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { askedFiles, ChangedFiles } from "../content/ChangedFiles.ts"
import { h } from "../html/h.ts"
import { countText, Form, Pager } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"

const filesListed = 20

/** Two refs: `head` is looked at for what it has that `base` lacks. */
export interface Choice {
  readonly base: string
  readonly head: string
}

/** Asks for the two refs. `texts` are the labels of their fields. */
export const Chooser = ({
  choice: { base, head },
  label,
  offered,
  texts,
  to
}: {
  readonly to: string
  readonly choice: Choice
  /** Names that the fields offer; any other may be typed. */
  readonly offered: ReadonlyArray<string>
  readonly label: string
  readonly texts: Choice
}): VNode => {
  const field = (name: keyof Choice, value: string) =>
    h("label", null, texts[name], h("input", { name, value, list: "refs", autocapitalize: "none", required: true }))
  return h(
    Form,
    { to, class: "bar", label },
    field("head", head),
    field("base", base),
    h(
      "datalist",
      { id: "refs" },
      offered.map((value) => h("option", { value }))
    ),
    h("button", null, "Compare")
  )
}

/** Says how many commits two refs are apart. */
export const Distance = ({
  choice: { base, head },
  found: { ahead, behind, mergeBase }
}: {
  readonly choice: Choice
  readonly found: Comparison
}): VNode => {
  const [from, to] = [h(Name, { text: head, max: 100 }), h(Name, { text: base, max: 100 })]
  return h(
    "p",
    null,
    ahead === 0
      ? [to, " has everything that ", from, " has", behind === 0 ? "." : `, and ${countText(behind, "more commit")}.`]
      : [from, ` has ${countText(ahead, "commit")} that `, to, " lacks"],
    ahead === 0 ? null : behind === 0 ? "." : `, and lacks ${countText(behind, "commit")} of it.`,
    mergeBase === null ? " They have no commit in common." : null
  )
}

/** A comparison with a page of its files. */
export interface Compared {
  readonly found: Comparison
  readonly next: string | null
}

/** Compares two refs, and reads the page of their files that the address asks for. */
export const readComparison = Effect.fnUntraced(function* (open: OpenRepository, choice: Choice, asked: Query) {
  const found = yield* compare(open, choice, { ...(yield* listPage(asked, filesListed)), path: asked("path") })
  const compared: Compared = { found, next: yield* nextCursor(found) }
  return compared
})

/** The files in which two refs differ. `here` returns the address of their page with other parameters. */
export const ComparedFiles = ({
  asked,
  compared: { found, next },
  here
}: {
  readonly compared: Compared
  readonly asked: Query
  readonly here: (parameters: { readonly [name: string]: string | undefined }) => string
}): VNode => {
  const shown = askedFiles(asked)
  const { path, view } = shown
  return h(
    Fragment,
    null,
    h(ChangedFiles, { files: found.items, shown, here }),
    h(Pager, { next: next === null ? null : here({ view, path, cursor: next }) })
  )
}
