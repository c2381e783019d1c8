/** Rows of the pages for people. */
import type { Place } from "../../load/client/client.ts"
import { manyNotes, midiFile } from "./midiRows.ts"
import { callJson, type Stage } from "../Stage.ts"
import { proposed, proposedTexts } from "./restRows.ts"
import { type Asked, row, type Row, text } from "./Row.ts"
import { signedIn } from "./signInRows.ts"

const repository = "/{owner}/{slug}"

const page = (path: string): Asked => ({ path, media: { accept: "text/html" } })

/** Returns the path of a page by that of the REST API. */
const belowRepos = (path: string): string => path.replace("/repos", "")

const of = ({ path }: Pick<Place, "path">, rest = ""): Asked => page(`${path}${rest}`)

const bytesOf = (content: string | Buffer): Buffer => (typeof content === "string" ? Buffer.from(content) : content)

/** Commits files, one version after the other. Returns their repository and the last commit. */
const committed = async (stage: Stage, file: string, versions: ReadonlyArray<string | Buffer>) => {
  const place = await stage.empty()
  let commitId = ""
  for (const version of versions) {
    const changes = [{ op: "put", path: file, contentBase64: bytesOf(version).toString("base64") }]
    const body = { branch: "main", message: "m", changes }
    const made = await callJson(stage.hub, "POST", `/api/v1/repos${place.path}/commits`, body)
    ;({ commitId } = made as { readonly commitId: string })
  }
  return { ...place, commitId }
}

/** As many words of a colour as a page shows. */
const source = 'x = "a" + 1 # b\n'.repeat(16_384)

/** Markdown with as many nodes as its length allows. */
const document = "- *a* `b` [c](d)\n".repeat(3800)

const hunks = (sign: string): string =>
  Array.from({ length: 2000 }, (_, place) => `${sign} ${place}\n${"same\n".repeat(7)}`).join("")

/** What the forms of releases send. */
const notes = { from: "main", channel: "stable", title: "A release", body: text(60_000) }

/** Publishes a release by the REST API. */
const released = ({ full, hub }: Stage, release: { readonly [member: string]: unknown }) =>
  callJson(hub, "POST", `/api/v1/repos${full.path}/releases`, { commitId: full.head, ...release })

export const pageRows: ReadonlyArray<Row> = [
  row("GET /", "", () => page("/")),
  row(`GET ${repository}`, "a tree of {files} files", ({ wide }) => of(wide)),
  row(`GET ${repository}`, "{branches} branches", ({ full }) => of(full)),
  row(`GET ${repository}`, "64 KiB of Markdown", async (stage) => of(await committed(stage, "README.md", [document]))),
  row(`GET ${repository}/-/tree`, "a tree of {files} files", ({ wide }) => of(wide, "/-/tree")),
  row(`GET ${repository}/-/blob`, "256 KiB of Python", async (stage) =>
    of(await committed(stage, "a.py", [source]), "/-/blob?path=a.py")
  ),
  row(`GET ${repository}/-/blob`, manyNotes, async (stage) =>
    of(await committed(stage, "a.mid", [midiFile(2)]), "/-/blob?path=a.mid")
  ),
  row(`GET ${repository}/-/blame`, "a text of 1 MiB", async (stage) =>
    of(await committed(stage, "a.txt", ["line\n".repeat(209_715), "word\n".repeat(209_715)]), "/-/blame?path=a.txt")
  ),
  row(`GET ${repository}/-/history`, "the graph of {commits} commits", ({ long }) => of(long, "/-/history")),
  row(`GET ${repository}/-/history`, "the graph of {branches} branches", ({ full }) => of(full, "/-/history?all=1")),
  row(`GET ${repository}/-/history`, "{commits} commits", ({ long }) => of(long, "/-/history?q=nowhere")),
  row(`GET ${repository}/-/commit/{id}`, "a tree of {files} files", ({ wide }) =>
    of(wide, `/-/commit/${wide.before.commit.id}`)
  ),
  row(`GET ${repository}/-/commit/{id}`, "2,000 hunks", async (stage) => {
    const { commitId, ...place } = await committed(stage, "a.txt", [hunks("old"), hunks("new")])
    return of(place, `/-/commit/${commitId}`)
  }),
  // One that shows what is would stay open: this one is told at once, and ends.
  row(`GET ${repository}/-/events`, "{branches} branches", ({ full }) => of(full, "/-/events?state=earlier")),
  row(`GET ${repository}/-/proposals`, "pages of 50", ({ full }) => of(full, "/-/proposals?state=all")),
  row(`POST ${repository}/-/proposals`, "{branches} branches, 60 KiB of text", async (stage) => {
    const { branches, path } = stage.full
    const words = { title: text(255), body: text(60_000) }
    return (await signedIn(stage))(`${path}/-/proposals`, { ...words, head: branches[30] ?? "", base: "main" })
  }),
  row(`GET ${repository}/-/proposals/new`, "a tree of {files} files", ({ wide }) =>
    of(wide, "/-/proposals/new?base=main&head=theirs")
  ),
  row(`GET ${repository}/-/proposals/{number}`, "texts of 400,000 lines", async (stage) =>
    of({ path: belowRepos(await proposedTexts(stage)) }, "/-/proposals/1")
  ),
  row(`GET ${repository}/-/proposals/{number}`, "a tree of {files} files", ({ wide }) =>
    of(wide, "/-/proposals/1?show=files")
  ),
  row(`POST ${repository}/-/proposals/{number}`, "60 KiB of text", async (stage) => {
    const [, number] = belowRepos(await proposed(stage, 31)).split("/proposals/")
    const words = { do: "comment", body: text(60_000) }
    return (await signedIn(stage))(`${stage.full.path}/-/proposals/${number}`, words)
  }),
  row(`GET ${repository}/-/branches`, "{branches} branches", ({ full }) => of(full, "/-/branches")),
  row(`POST ${repository}/-/branches`, "{branches} branches", async (stage) =>
    (await signedIn(stage))(`${stage.full.path}/-/branches`, { do: "create", name: "made-on-a-page", from: "main" })
  ),
  row(`GET ${repository}/-/reflog`, "{branches} branches", ({ full }) => of(full, "/-/reflog")),
  row(`POST ${repository}/-/reflog`, "{branches} branches", async (stage) => {
    const { branches, head, path } = stage.full
    const branch = branches[40] ?? ""
    await callJson(stage.hub, "DELETE", `/api/v1/repos${path}/branches/${branch}`)
    return (await signedIn(stage))(`${path}/-/reflog`, { do: "restore", branch, commit: head, expect: "" })
  }),
  row(`GET ${repository}/-/compare`, "a tree of {files} files", ({ wide }) =>
    of(wide, "/-/compare?base=main&head=theirs")
  ),
  row(`GET ${repository}/-/compare`, "{commits} commits", ({ long }) =>
    of(long, `/-/compare?base=${long.commits[0]}&head=main&show=commits`)
  ),
  row(`GET ${repository}/-/tags`, "{branches} branches, {tags} tags", ({ full }) => of(full, "/-/tags")),
  row(`POST ${repository}/-/tags`, "{branches} branches, {tags} tags", async (stage) =>
    (await signedIn(stage))(`${stage.full.path}/-/tags`, { do: "create", label: text(500), from: "main" })
  ),
  row(`GET ${repository}/-/releases`, "long notes", ({ full }) => of(full, "/-/releases")),
  row(`POST ${repository}/-/releases`, "60 KiB of text", async (stage) =>
    (await signedIn(stage))(`${stage.full.path}/-/releases`, { ...notes, do: "publish", tag: "v7.0.0" })
  ),
  row(`GET ${repository}/-/release`, "64 KiB of Markdown", async (stage) => {
    await released(stage, { tag: "v8.0.0", body: document })
    return of(stage.full, "/-/release?tag=v8.0.0")
  }),
  row(`POST ${repository}/-/release`, "60 KiB of text", async (stage) => {
    await released(stage, { tag: "v9.0.0", isDraft: true })
    return (await signedIn(stage))(`${stage.full.path}/-/release?tag=v9.0.0`, { ...notes, do: "publish" })
  }),
  row("GET /-/health", "200 findings, 60 runs", async (stage) => {
    const { media } = (await signedIn(stage))("/", {})
    return { path: "/-/health", media: { ...page("/").media, cookie: media?.cookie ?? "" } }
  }),
  row(`GET ${repository}/-/storage`, "{commits} commits", ({ long }) => of(long, "/-/storage")),
  row(`GET ${repository}/-/insights`, "{commits} commits", ({ long }) => of(long, "/-/insights")),
  row(`GET ${repository}/-/insights`, "a tree of {files} files", ({ wide }) => of(wide, "/-/insights"))
]
