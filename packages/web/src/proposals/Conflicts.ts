/** Shows the conflicts of a merge as what each side did. */
import type { Conflict } from "@musehub/domain/usecase/merges/mergeErrors"
import type { ConflictSides } from "@musehub/domain/usecase/merges/conflictSides"
import type { FileDiff } from "@musehub/domain/usecase/browse/fileDiffs"
import { Fragment, type VNode } from "preact"
import { FileDiffBody } from "../content/Diff.ts"
import { shownDiffs } from "../content/ShownDiff.ts"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { countText, Link, Tag } from "../html/parts.ts"
import { Name } from "../html/visible.ts"

/** Conflicts whose sides are compared, and those that are named at all. */
export const comparedMax = 5
const namedMax = 100

const kinds: { readonly [K in Conflict["kind"]]: string } = {
  both_modified: "both changed it",
  modified_deleted: "one changed it, the other deleted it",
  added_added: "both added it",
  file_folder: "a file on one side is a folder on the other"
}

/** About how many characters of the page the lines of all sides take. */
const sidesLengthMax = 60_000

/** What `branch` did since it parted from `other`, which is what a comparison of the two has. */
const Side = ({
  branch,
  diff,
  lengthMax,
  other,
  repository
}: {
  readonly repository: Named
  readonly branch: string
  readonly other: string
  readonly diff: FileDiff | null
  readonly lengthMax: number
}): VNode =>
  h(
    Fragment,
    null,
    h("h5", null, "What ", h(Name, { text: branch, max: 100 }), " did"),
    diff === null
      ? h("p", { class: "meta" }, "It left the file as it was.")
      : shownDiffs([diff], { lengthMax }).map((shown) => {
          const { path } = diff
          const rest = repositoryAddress(repository, "compare", { base: other, head: branch, path, line: shown.next })
          return h(FileDiffBody, { shown, split: false, rest: h(Link, { to: rest }, "Show the lines that follow") })
        })
  )

const Heading = ({ conflict: { kind, path } }: { readonly conflict: Conflict }): VNode =>
  h("h4", null, h(Name, { text: path }), " ", h(Tag, { kind: "warm" }, kinds[kind]))

export const Conflicts = ({
  compared,
  conflicts,
  from,
  repository,
  to,
  total
}: {
  readonly repository: Named
  /** The first of the conflicts, with their sides. */
  readonly compared: ReadonlyArray<ConflictSides>
  readonly conflicts: ReadonlyArray<Conflict>
  readonly total: number
  readonly from: string
  readonly to: string
}): VNode => {
  const others = conflicts.slice(compared.length, namedMax)
  const unnamed = total - compared.length - others.length
  const lengthMax = sidesLengthMax / (2 * comparedMax)
  return h(
    Fragment,
    null,
    compared.map(({ conflict, ours, theirs }) =>
      h(
        "section",
        null,
        h(Heading, { conflict }),
        h(Side, { repository, branch: to, other: from, diff: ours, lengthMax }),
        h(Side, { repository, branch: from, other: to, diff: theirs, lengthMax })
      )
    ),
    others.length === 0
      ? null
      : h(
          "ul",
          { class: "list" },
          others.map(({ kind, path }) =>
            h("li", null, h(Name, { text: path }), " ", h(Tag, { kind: "warm" }, kinds[kind]))
          )
        ),
    unnamed > 0 ? h("p", { class: "meta" }, `and ${countText(unnamed, "more path")}`) : null
  )
}
