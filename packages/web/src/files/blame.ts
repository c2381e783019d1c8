/** The lines of a file, each with the commit that wrote it. */
import { SharedReads } from "@musehub/domain/base/sharing/SharedReads"
import { textBytesMax } from "@musehub/domain/reading/lines/textBytesMax"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { type Blame, blame as readBlame, type BlameRange } from "@musehub/domain/usecase/browse/blame/blame"
import { type OpenedFile, openFile, readText } from "@musehub/domain/usecase/browse/readFile"
import { Context, Effect, Result } from "effect"
import { Fragment, type VNode } from "preact"
import { Code } from "../content/Code.ts"
import { type Line, linesOf } from "../content/highlight.ts"
import { parsedLengthMax } from "../content/Parsing.ts"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Empty, Form, Hash, Link, Pager, sizeText, Time } from "../html/parts.ts"
import { Name } from "../html/visible.ts"
import type { Query } from "../page/query.ts"
import { attempted, Refusal } from "../page/Refusal.ts"
import { repositoryPage } from "../repository/Frame.ts"
import { refsOf } from "../repository/Refs.ts"
import { blameWindow } from "./BlameWindow.ts"
import { Crumbs } from "./Crumbs.ts"
import { FilesBar } from "./tree.ts"

/** Bytes of the blames in memory: the pages of a file have the same one. A commit never gets another. */
const keptBytesMax = 16 * 1024 * 1024
const rangeBytes = 400

const KeptBlames = Context.Reference<SharedReads<string, Blame>>("@musehub/web/files/KeptBlames", {
  defaultValue: () => new SharedReads(keptBytesMax, ({ ranges }) => 1000 + ranges.length * rangeBytes)
})

const blameOf = Effect.fnUntraced(function* (open: OpenRepository, { commitId }: OpenedFile, path: string) {
  const kept = yield* KeptBlames
  const key = `${open.id} ${commitId} ${path}`
  const blamed = yield* kept.getOrRead(key, readBlame(open, { ref: commitId, path }))
  // What is pending will be known later.
  if (!blamed.complete) kept.drop(key)
  return blamed
})

/** Lines of a text that is too large to be coloured; it is not divided beyond those that a page may show. */
const linesRead = 1000

/** Returns where a line begins; undefined after the last one. */
const beginningOf = (text: string, number: number): number | undefined => {
  let start = 0
  for (let line = 1; line < number; line++) {
    start = text.indexOf("\n", start) + 1
    if (start === 0) return undefined
  }
  return start < text.length ? start : undefined
}

/** Returns lines of a file from number `first` on. */
const linesFrom = Effect.fnUntraced(function* (path: string, { blob }: OpenedFile, text: string, first: number) {
  if (text.length <= parsedLengthMax) return (yield* linesOf(path, blob, text)).slice(first - 1)
  const start = beginningOf(text, first)
  if (start === undefined) return []
  const size = beginningOf(text.slice(start), linesRead + 1)
  const lines = text.slice(start, size === undefined ? undefined : start + size).split("\n")
  if (lines.at(-1) === "") lines.pop()
  return lines.map((line): Line => [{ text: line.replace(/\r$/, ""), class: "" }])
})

/** What is said of the commit of some lines. */
const By = ({
  path,
  range,
  repository
}: {
  readonly repository: Named
  readonly path: string
  readonly range: BlameRange | undefined
}): VNode => {
  if (range === undefined) return h("div", { class: "by" }, "not known")
  const { at, author, commitId, path: former } = range
  return h(
    "div",
    { class: "by" },
    h(Link, { to: repositoryAddress(repository, `commit/${commitId}`) }, h(Hash, { id: commitId })),
    author === "" ? null : [" ", h(Name, { text: author, max: 60 })],
    " · ",
    h(Time, { at }),
    former === path ? null : [" as ", h(Name, { text: former, max: 100 })]
  )
}

/** The lines of a window beside their commits. */
const Blamed = ({
  first,
  here,
  lines,
  path,
  ranges,
  repository
}: {
  readonly repository: Named
  readonly path: string
  readonly first: number
  /** Those of the window, and as many of the next as were read. */
  readonly lines: ReadonlyArray<Line>
  readonly ranges: ReadonlyArray<BlameRange>
  /** Returns the address of this page from another line on. */
  readonly here: (line: number | undefined) => string
}): VNode => {
  if (lines.length === 0) {
    return first === 1
      ? h(Empty, { title: "This file is empty" })
      : h(
          Empty,
          { title: `This file has no line ${first.toLocaleString("en")}` },
          h(Link, { to: here(undefined) }, "From the first line")
        )
  }
  const { end, parts } = blameWindow(lines, first, ranges)
  const rest = lines.length > end - first
  return h(
    Fragment,
    null,
    first === 1 && !rest
      ? null
      : h(
          "p",
          { class: "meta" },
          `Lines ${first.toLocaleString("en")} to ${(end - 1).toLocaleString("en")}`,
          first === 1 ? null : [" · ", h(Link, { to: here(undefined) }, "From the first line")]
        ),
    h(
      "div",
      { class: "blame" },
      parts.map((part) =>
        h(
          "section",
          null,
          h(By, { repository, path, range: part.range }),
          h(Code, { lines: part.lines, first: part.first })
        )
      )
    ),
    h(Pager, { next: rest ? here(end) : null })
  )
}

/** Returns the number of the first line that the address asks for. */
const firstLineOf = (asked: Query): number => Number(/^[1-9]\d{0,6}$/.exec(asked("line") ?? "1")?.[0] ?? 1)

/** Reads the lines of a file with their commits, or says why it has none. */
const contentOf = Effect.fnUntraced(function* (open: OpenRepository, file: OpenedFile, asked: Query, path: string) {
  const { repository } = open.root.value
  const here = { ref: asked("ref"), path }
  const { binary, text } = yield* readText(file)
  if (binary) return h(Empty, { title: "This file is binary" }, h("p", null, "It has no lines that commits wrote."))
  if (text === undefined) {
    const reason = `Lines are traced in files of up to ${sizeText(textBytesMax)}; the history has all commits.`
    return h(Empty, { title: "This file is too large for its lines to be traced" }, h("p", null, reason))
  }
  const first = firstLineOf(asked)
  const lines = yield* linesFrom(path, file, text, first)
  const blamed = yield* attempted(blameOf(open, file, path))
  return h(
    Fragment,
    null,
    Result.isFailure(blamed) ? h(Refusal, { problem: blamed.failure }) : null,
    Result.isSuccess(blamed) && !blamed.success.complete
      ? h(
          "p",
          { class: "notice" },
          "Not all lines could be traced to their commits: histories are still being derived, or this one is too long."
        )
      : null,
    h(
      Form,
      { to: repositoryAddress(repository, "blame"), class: "bar", label: "Choose lines" },
      here.ref === undefined ? null : h("input", { type: "hidden", name: "ref", value: here.ref }),
      h("input", { type: "hidden", name: "path", value: path }),
      h("label", null, "From line", h("input", { name: "line", inputMode: "numeric", size: 7, value: String(first) })),
      h("button", null, "Show")
    ),
    h(Blamed, {
      repository,
      path,
      first,
      lines,
      ranges: Result.isSuccess(blamed) ? blamed.success.ranges : [],
      here: (line) => repositoryAddress(repository, "blame", { ...here, line })
    })
  )
})

export const blame = repositoryPage("files", (open, asked) =>
  Effect.gen(function* () {
    const { repository } = open.root.value
    const [reference, path = ""] = [asked("ref"), asked("path")]
    const file = yield* openFile(open, { ref: reference, path })
    const content = yield* contentOf(open, file, asked, path)
    const here = { ref: reference, path }
    return {
      title: `Blame of ${path}`,
      body: h(
        Fragment,
        null,
        h(FilesBar, { open, page: "blame", path, refs: yield* refsOf(open, reference) }),
        h(Crumbs, { repository, reference, path }),
        h(
          "div",
          { class: "bar" },
          h("span", { class: "meta" }, "Who wrote which line"),
          h("span", { class: "end" }),
          h(Link, { to: repositoryAddress(repository, "blob", here), class: "button" }, "File"),
          h(Link, { to: repositoryAddress(repository, "history", here), class: "button" }, "History")
        ),
        content
      )
    }
  })
)
