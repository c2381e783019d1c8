/** One file: shown as what it is, and the ways to its bytes and its history. */
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { textBytesMax } from "@musehub/domain/reading/lines/textBytesMax"
import { openFile, readText } from "@musehub/domain/usecase/browse/readFile"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { useContext } from "preact/hooks"
import { Code } from "../content/Code.ts"
import { type Line, linesOf } from "../content/highlight.ts"
import { apiAddress, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { countText, Empty, Hash, Link, sizeText } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import type { Query } from "../page/query.ts"
import { repositoryPage } from "../repository/Frame.ts"
import { refsOf } from "../repository/Refs.ts"
import { Crumbs } from "./Crumbs.ts"
import { DocumentBody, documentOf } from "./documents.ts"
import { isMarkdown, shownAs } from "./kinds.ts"
import { FilesBar } from "./tree.ts"

/** Lines that are shown of a file, and characters. */
const linesShown = 3000
const lengthShown = 256 * 1024

const Picture = ({ alt, src }: { readonly alt: string; readonly src: string }): VNode => {
  const { base } = useContext(SiteContext)
  return h("div", { class: "panel picture" }, h("img", { src: base + src, alt }))
}

const Sound = ({ name, src }: { readonly name: string; readonly src: string }): VNode => {
  const { base } = useContext(SiteContext)
  return h(
    "div",
    { class: "panel" },
    h("audio", { controls: true, preload: "none", src: base + src, "aria-label": name })
  )
}

const TextBody = ({ isWhole, lines }: { readonly lines: ReadonlyArray<Line>; readonly isWhole: boolean }): VNode => {
  const rest = !isWhole || lines.length > linesShown
  return h(
    Fragment,
    null,
    lines.length === 0 ? h(Empty, { title: "This file is empty" }) : h(Code, { lines: lines.slice(0, linesShown) }),
    rest
      ? h(
          "p",
          null,
          `These are the first ${countText(Math.min(lines.length, linesShown), "line")}; the raw file has all.`
        )
      : null
  )
}

const contentOf = Effect.fnUntraced(function* (open: OpenRepository, asked: Query, path: string) {
  const { repository } = open.root.value
  const reference = asked("ref")
  const file = yield* openFile(open, { ref: reference, path })
  const { blob, commitId, size } = file
  const raw = apiAddress(repository, "raw", { ref: commitId, path })
  const name = path.slice(path.lastIndexOf("/") + 1)
  const said = { blob, commitId, raw, size }
  const kind = shownAs(path)
  if (kind === "picture") return { ...said, content: h(Picture, { src: raw, alt: name }) }
  if (kind === "audio") return { ...said, content: h(Sound, { src: raw, name }) }
  const { binary, text } = yield* readText(file)
  if (binary)
    return {
      ...said,
      content: h(Empty, { title: "This file is binary" }, h("p", null, "Its bytes are in the raw file."))
    }
  if (text === undefined) {
    const reason = `Files of up to ${sizeText(textBytesMax)} are shown; the raw file has all.`
    return { ...said, content: h(Empty, { title: "This file is too large to be shown" }, h("p", null, reason)) }
  }
  const isDocument = isMarkdown(path) && asked("plain") === undefined
  const content = isDocument
    ? h(
        "section",
        { class: "panel", "aria-labelledby": "document" },
        h("h2", { id: "document", class: "hidden" }, name),
        h(DocumentBody, { repository, reference, commit: commitId, document: yield* documentOf(path, blob, text) })
      )
    : h(TextBody, {
        lines: yield* linesOf(path, blob, text.slice(0, lengthShown)),
        isWhole: text.length <= lengthShown
      })
  return { ...said, content }
})

export const blob = repositoryPage("files", (open, asked) =>
  Effect.gen(function* () {
    const { repository } = open.root.value
    const [reference, path = ""] = [asked("ref"), asked("path")]
    const { blob: id, content, raw, size } = yield* contentOf(open, asked, path)
    const here = { ref: reference, path }
    return {
      title: path,
      body: h(
        Fragment,
        null,
        h(FilesBar, { open, page: "blob", path, refs: yield* refsOf(open, reference) }),
        h(Crumbs, { repository, reference, path }),
        h(
          "div",
          { class: "bar" },
          h("span", { class: "meta" }, sizeText(size), " · blob ", h(Hash, { id })),
          isMarkdown(path)
            ? asked("plain") === undefined
              ? h(
                  Link,
                  { to: repositoryAddress(repository, "blob", { ...here, plain: 1 }), class: "button end" },
                  "Source"
                )
              : h(Link, { to: repositoryAddress(repository, "blob", here), class: "button end" }, "Rendered")
            : h("span", { class: "end" }),
          h(Link, { to: raw, class: "button" }, "Raw"),
          h(Link, { to: repositoryAddress(repository, "history", here), class: "button" }, "History")
        ),
        content
      )
    }
  })
)
