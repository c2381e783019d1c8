/** Shows the document of a folder or file. */
import { Effect } from "effect"
import type { Root } from "../content/HtmlTree.ts"
import type { VNode } from "preact"
import { useContext } from "preact/hooks"
import { Markdown } from "../content/Markdown.ts"
import { parsed, parsedLengthMax } from "../content/Parsing.ts"
import { apiAddress, type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { SiteContext } from "../html/Site.ts"
import { Prose } from "../html/visible.ts"
import { isMarkdown, shownAs } from "./kinds.ts"

export interface Document {
  readonly path: string
  readonly text: string
  /** Of Markdown, its tree; null for what is shown as text. */
  readonly tree: Root | null
}

/** Reads the text of a document. */
export const documentOf = Effect.fnUntraced(function* (path: string, blob: string, text: string) {
  const tree = isMarkdown(path) ? yield* parsed(blob, { kind: "markdown", source: text }) : null
  const document: Document = { path, text, tree }
  return document
})

/** Shows a document as what it is: Markdown, or text. One that is long is shown as text, up to its bound. */
export const DocumentBody = ({
  commit,
  document: { path, text, tree },
  reference,
  repository
}: {
  readonly repository: Named
  /** What its links stay at, as the address of the page names it. */
  readonly reference: string | undefined
  /** The commit at which its pictures are. */
  readonly commit: string
  readonly document: Document
}): VNode => {
  const { base } = useContext(SiteContext)
  if (tree === null) return h(Prose, { text, max: parsedLengthMax })
  return h(Markdown, {
    tree,
    surroundings: {
      folder: path.split("/").slice(0, -1).join("/"),
      page: (target) =>
        target === "" || target.endsWith("/")
          ? repositoryAddress(repository, "tree", { ref: reference, path: target.replace(/\/$/, "") })
          : repositoryAddress(repository, "blob", { ref: reference, path: target }),
      picture: (target) =>
        shownAs(target) === "picture" ? base + apiAddress(repository, "raw", { ref: commit, path: target }) : undefined
    }
  })
}
