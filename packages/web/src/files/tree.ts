/** The files and folders of a folder, each with the commit that touched it last. */
import type { CommitId } from "@musehub/domain/object/Id"
import type { TreeItem } from "@musehub/domain/reading/Tree"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import type { SaidCommit } from "@musehub/domain/usecase/browse/commitsSaid"
import { lastCommits } from "@musehub/domain/usecase/browse/lastCommits"
import { listTree } from "@musehub/domain/usecase/browse/listTree"
import { openFile, readText } from "@musehub/domain/usecase/browse/readFile"
import { Effect } from "effect"
import { Fragment, type VNode } from "preact"
import { type Named, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Link, Pager, Time } from "../html/parts.ts"
import { firstLine } from "../html/firstLine.ts"
import { Name } from "../html/visible.ts"
import { listPage, nextCursor, type Query } from "../page/query.ts"
import { repositoryPage } from "../repository/Frame.ts"
import { RefPicker, type Refs, refsOf } from "../repository/Refs.ts"
import { Crumbs } from "./Crumbs.ts"
import { type Document, DocumentBody, documentOf } from "./documents.ts"
import { isReadme } from "./kinds.ts"

/** Items of one page of a folder. */
const listed = 500

export interface Folder {
  readonly repository: Named
  readonly reference: string | undefined
  readonly commitId: CommitId
  readonly path: string
  readonly items: ReadonlyArray<TreeItem>
  readonly last: ReadonlyMap<string, SaidCommit>
  readonly next: string | null
  /** The document that stands in the folder. */
  readonly readme: Document | undefined
}

const readReadme = Effect.fnUntraced(function* (
  open: OpenRepository,
  commitId: CommitId,
  items: ReadonlyArray<TreeItem>
) {
  const found = items.find(({ name, type }) => type === "file" && isReadme(name))
  if (found === undefined) return undefined
  const file = yield* openFile(open, { ref: commitId, path: found.path })
  const { text } = yield* readText(file)
  return text === undefined ? undefined : yield* documentOf(found.path, file.blob, text)
})

/** Reads a page of a folder. */
export const readFolder = Effect.fnUntraced(function* (open: OpenRepository, asked: Query) {
  const [reference, path = ""] = [asked("ref"), asked("path")]
  const found = yield* listTree(open, { ref: reference, path }, yield* listPage(asked, listed))
  const { commitId, items } = found
  const folder: Folder = {
    repository: open.root.value.repository,
    reference,
    commitId,
    path: found.path,
    items,
    // Without the index the files are shown all the same.
    last: open.indexed ? yield* lastCommits(open, commitId, items) : new Map(),
    next: yield* nextCursor(found),
    readme: yield* readReadme(open, commitId, items)
  }
  return folder
})

const isFolder = ({ type }: TreeItem): boolean => type === "dir"

const row = ({ last, reference, repository }: Folder, item: TreeItem): VNode => {
  const said = last.get(item.path)
  const leads = isFolder(item)
  return h(
    "tr",
    null,
    h(
      "th",
      { scope: "row", class: leads ? "file folder" : "file" },
      h(
        Link,
        { to: repositoryAddress(repository, leads ? "tree" : "blob", { ref: reference, path: item.path }) },
        h(Name, { text: item.name }),
        leads ? "/" : null
      )
    ),
    h(
      "td",
      { class: "said" },
      said === undefined
        ? null
        : h(
            Link,
            { to: repositoryAddress(repository, `commit/${said.commitId}`) },
            h(Name, { text: firstLine(said.message), max: 90 })
          )
    ),
    h("td", { class: "when" }, said === undefined ? null : h(Time, { at: said.at }))
  )
}

export const FolderBody = (folder: Folder): VNode => {
  const { commitId, items, next, path, readme, reference, repository } = folder
  return h(
    Fragment,
    null,
    h(
      "table",
      { class: "files" },
      h("caption", { class: "hidden" }, "Files and folders"),
      h(
        "thead",
        { class: "hidden" },
        h(
          "tr",
          null,
          h("th", { scope: "col" }, "Name"),
          h("th", { scope: "col" }, "Last commit"),
          h("th", { scope: "col" }, "When")
        )
      ),
      h(
        "tbody",
        null,
        [...items.filter(isFolder), ...items.filter((item) => !isFolder(item))].map((item) => row(folder, item))
      )
    ),
    h(Pager, {
      next: next === null ? null : repositoryAddress(repository, "tree", { ref: reference, path, cursor: next })
    }),
    readme === undefined
      ? null
      : h(
          "section",
          { class: "panel", "aria-labelledby": "readme" },
          h("h2", { id: "readme" }, h(Name, { text: readme.path.slice(readme.path.lastIndexOf("/") + 1) })),
          h(DocumentBody, { repository, reference, commit: commitId, document: readme })
        )
  )
}

/** What stands above a folder or file: which ref is shown, and the way to it. */
export const FilesBar = ({
  open,
  page,
  path,
  refs
}: {
  readonly open: OpenRepository
  readonly page: string | undefined
  readonly path: string
  readonly refs: Refs
}): VNode => {
  const { repository } = open.root.value
  const { current } = refs
  return h(
    "div",
    { class: "bar" },
    h(RefPicker, { open, refs, page, parameters: { path: path === "" ? undefined : path } }),
    current === repository.defaultBranch
      ? null
      : h(Link, { to: repositoryAddress(repository, "compare", { head: current }), class: "button" }, "Compare")
  )
}

export const tree = repositoryPage("files", (open, asked) =>
  Effect.gen(function* () {
    const folder = yield* readFolder(open, asked)
    const { path, reference, repository } = folder
    const refs = yield* refsOf(open, reference)
    return {
      title: path === "" ? "Files" : path,
      body: h(
        Fragment,
        null,
        h(FilesBar, { open, page: "tree", path, refs }),
        h(Crumbs, { repository, reference, path }),
        h(FolderBody, folder)
      )
    }
  })
)
