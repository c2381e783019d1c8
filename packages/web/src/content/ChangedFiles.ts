/** The files of a diff, in one column or side by side, or the lines of one of them that have a page of their own. */
import type { FileDiff } from "@musehub/domain/usecase/browse/fileDiffs"
import { Fragment, type VNode } from "preact"
import { h } from "../html/h.ts"
import { countText, Link } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import { FileDiffBody } from "./Diff.ts"
import { shownDiffs } from "./ShownDiff.ts"

/** What the address of a page asks for of the files of a diff. */
export interface AskedFiles {
  readonly view: "split" | undefined
  /** The one file that is looked at, and the line from which on, counted from 0. */
  readonly path: string | undefined
  readonly line: number
}

export const askedFiles = (asked: (name: string) => string | undefined): AskedFiles => {
  const path = asked("path")
  return {
    view: asked("view") === "split" ? "split" : undefined,
    path,
    line: path === undefined ? 0 : Number(/^\d{1,7}$/.exec(asked("line") ?? "0")?.[0] ?? 0)
  }
}

export const ChangedFiles = ({
  files,
  here,
  shown: { line, path, view }
}: {
  readonly files: ReadonlyArray<FileDiff>
  readonly shown: AskedFiles
  /** Returns the address of this page with other parameters. */
  readonly here: (parameters: { readonly [name: string]: string | undefined }) => string
}): VNode => {
  const split = view === "split"
  const other = split ? undefined : "split"
  const rest = (file: string, next: number) =>
    h(
      Link,
      { to: here({ view, path: file, line: next === 0 ? undefined : String(next) }) },
      next === 0 ? "Show the lines of " : "Show the lines that follow in ",
      h(Name, { text: file, max: 100 })
    )
  return h(
    Fragment,
    null,
    h(
      "div",
      { class: "bar" },
      path === undefined
        ? h("span", { class: "meta" }, countText(files.length, "file"))
        : h(Link, { to: here({ view }), class: "button" }, "All files"),
      h(
        Link,
        { to: here({ view: other, path, line: line === 0 ? undefined : String(line) }), class: "button end" },
        split ? "One column" : "Side by side"
      )
    ),
    shownDiffs(files, { from: line }).map((shown) => {
      const { file, next } = shown
      const isOpen = path !== undefined || next === 0
      return h(FileDiffBody, { shown, split, isOpen, rest: next === undefined ? null : rest(file.path, next) })
    })
  )
}
