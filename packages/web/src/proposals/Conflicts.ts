/** Shows the conflicts of a merge as what each side did. */
import type { Conflict } from "@musehub/domain/usecase/merges/mergeErrors"
import type { ConflictSides } from "@musehub/domain/usecase/merges/conflictSides"
import type { FileDiff } from "@musehub/domain/usecase/browse/fileDiffs"
import { Fragment, type VNode } from "preact"
import { FileDiffBody } from "../content/Diff.ts"
import { shownDiffs } from "../content/ShownDiff.ts"
import { h } from "../html/h.ts"
import { countText, Tag } from "../html/parts.ts"
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

const Side = ({
  branch,
  diff,
  lengthMax
}: {
  readonly branch: string
  readonly diff: FileDiff | null
  readonly lengthMax: number
}): VNode =>
  h(
    Fragment,
    null,
    h("h5", null, "What ", h(Name, { text: branch, max: 100 }), " did"),
    diff === null
      ? h("p", { class: "meta" }, "It left the file as it was.")
      : shownDiffs([diff], { lengthMax }).map((shown) =>
          h(FileDiffBody, { shown, split: false, rest: "A comparison of the branches has the lines that follow." })
        )
  )

const Heading = ({ conflict: { kind, path } }: { readonly conflict: Conflict }): VNode =>
  h("h4", null, h(Name, { text: path }), " ", h(Tag, { kind: "warm" }, kinds[kind]))

export const Conflicts = ({
  compared,
  conflicts,
  from,
  to,
  total
}: {
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
        h(Side, { branch: to, diff: ours, lengthMax }),
        h(Side, { branch: from, diff: theirs, lengthMax })
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
