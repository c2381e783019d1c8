/** The first page of a repository: its files, what it says of itself, how to get it, and its languages. */
import type { LanguageItem } from "@musehub/domain/reading/intel/languages"
import type { OpenRepository } from "@musehub/domain/usecase/access/openRepository"
import { listBranches } from "@musehub/domain/usecase/branches/listBranches"
import { countStars } from "@musehub/domain/usecase/identities/countMarks"
import { readIntel } from "@musehub/domain/usecase/intel/readIntel"
import { acceptsHtml } from "@musehub/http/Encoding"
import { endpointUnknown } from "@musehub/http/problem/protocolProblems"
import { refuse } from "@musehub/http/refuse"
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { Fragment, type VNode } from "preact"
import { useContext } from "preact/hooks"
import { apiAddress, repositoryAddress } from "../html/address.ts"
import { h } from "../html/h.ts"
import { Languages } from "../html/Languages.ts"
import { Commands, countText, Empty, Link } from "../html/parts.ts"
import { SiteContext } from "../html/Site.ts"
import { Prose } from "../html/visible.ts"
import type { Query } from "../page/query.ts"
import { repositoryPage } from "../repository/Frame.ts"
import { refsOf } from "../repository/Refs.ts"
import { FilesBar, FolderBody, readFolder } from "./tree.ts"

const languagesShown = 12

/** Returns the languages of the default branch; none while they cannot be read. */
const languagesOf = (open: OpenRepository, ref: string | undefined) =>
  open.indexed
    ? Effect.map(
        readIntel(open, { kind: "languages", of: "paths", ref, limit: languagesShown }),
        ({ found }) => found.items as ReadonlyArray<LanguageItem>
      )
    : Effect.succeed([])

const Getting = ({ open }: { readonly open: OpenRepository }): VNode => {
  const { url } = useContext(SiteContext)
  const { owner, slug, visibility } = open.root.value.repository
  const address = `${url}/${owner}/${slug}`
  return h(
    Fragment,
    null,
    h("h2", null, "Get it"),
    h(Commands, {
      label: "With muse",
      lines:
        visibility === "public"
          ? [`muse clone ${address}`]
          : ["muse init", `muse remote add origin ${address}`, "muse pull origin main"]
    }),
    h(Commands, { label: "With musehub", lines: [`musehub clone ${address}`] })
  )
}

const PushFirst = ({ open }: { readonly open: OpenRepository }): VNode => {
  const { url } = useContext(SiteContext)
  const { defaultBranch, owner, slug } = open.root.value.repository
  return h(
    Empty,
    { title: "Nothing was pushed here yet" },
    h("p", null, "In a repository of muse:"),
    h(Commands, {
      label: "Commands that push the first branch",
      lines: [`muse remote add origin ${url}/${owner}/${slug}`, `muse push origin ${defaultBranch}`]
    })
  )
}

const about = ({ open }: { readonly open: OpenRepository }): VNode | null => {
  const { description } = open.root.value.repository
  return description === ""
    ? null
    : h(Fragment, null, h("h2", null, "About"), h(Prose, { text: description, max: 2000 }))
}

/** How many refs there are, with the way to their pages, and how many star the repository. */
const Counts = ({ open, stars }: { readonly open: OpenRepository; readonly stars: number | null }): VNode => {
  const { heads, repository, tags } = open.root.value
  return h(
    "p",
    null,
    h(Link, { to: repositoryAddress(repository, "branches") }, countText(heads.count, "branch", "branches")),
    " · ",
    h(Link, { to: repositoryAddress(repository, "tags") }, countText(tags.count, "tag")),
    stars === null || stars === 0 ? null : ` · ${countText(stars, "star")}`
  )
}

const readOverview = Effect.fnUntraced(function* (open: OpenRepository, asked: Query) {
  const { repository } = open.root.value
  const title = "Files"
  const { items } = yield* listBranches(open, { limit: 1 })
  if (items.length === 0) return { title, body: [about({ open }), h(PushFirst, { open })] }
  const folder = yield* readFolder(open, asked)
  const refs = yield* refsOf(open, folder.reference)
  const languages = yield* languagesOf(open, folder.reference)
  return {
    title,
    body: h(
      "div",
      { class: "columns" },
      h("div", null, h(FilesBar, { open, page: undefined, path: "", refs }), h(FolderBody, folder)),
      h(
        "aside",
        { "aria-label": "About the repository" },
        about({ open }),
        h(Counts, { open, stars: yield* countStars(open) }),
        h(Getting, { open }),
        languages.length === 0 ? null : [h("h2", null, "Languages"), h(Languages, { items: languages })],
        h("h2", null, "As one file"),
        h(
          "p",
          null,
          h(Link, { to: apiAddress(repository, "archive", { ref: folder.reference, format: "tar.gz" }) }, "tar.gz"),
          " · ",
          h(Link, { to: apiAddress(repository, "archive", { ref: folder.reference, format: "zip" }) }, "zip")
        )
      )
    )
  }
})

const shown = repositoryPage("files", readOverview)

/** Browsers get the page of the repository; to other clients the address of a clone is no endpoint of its own. */
export const overview = Effect.gen(function* () {
  const { headers, method, url } = yield* HttpServerRequest.HttpServerRequest
  return acceptsHtml(headers) ? yield* shown : yield* refuse(endpointUnknown(method, url))
})
