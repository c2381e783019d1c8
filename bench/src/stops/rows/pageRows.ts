/** Rows of the pages for people. */
import type { Place } from "../../load/client/client.ts"
import { callJson, type Stage } from "../Stage.ts"
import { type Asked, row, type Row } from "./Row.ts"

const repository = "/{owner}/{slug}"

const page = (path: string): Asked => ({ path, media: { accept: "text/html" } })

const of = ({ path }: Place, rest = ""): Asked => page(`${path}${rest}`)

/** Commits files, one version after the other. Returns their repository and the last commit. */
const committed = async (stage: Stage, file: string, versions: ReadonlyArray<string>) => {
  const place = await stage.empty()
  let commitId = ""
  for (const version of versions) {
    const changes = [{ op: "put", path: file, contentBase64: Buffer.from(version).toString("base64") }]
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

export const pageRows: ReadonlyArray<Row> = [
  row("GET /", "", () => page("/")),
  row(`GET ${repository}`, "a tree of {files} files", ({ wide }) => of(wide)),
  row(`GET ${repository}`, "{branches} branches", ({ full }) => of(full)),
  row(`GET ${repository}`, "64 KiB of Markdown", async (stage) => of(await committed(stage, "README.md", [document]))),
  row(`GET ${repository}/-/tree`, "a tree of {files} files", ({ wide }) => of(wide, "/-/tree")),
  row(`GET ${repository}/-/blob`, "256 KiB of Python", async (stage) =>
    of(await committed(stage, "a.py", [source]), "/-/blob?path=a.py")
  ),
  row(`GET ${repository}/-/history`, "{commits} commits", ({ long }) => of(long, "/-/history?q=nowhere")),
  row(`GET ${repository}/-/commit/{id}`, "a tree of {files} files", ({ wide }) =>
    of(wide, `/-/commit/${wide.before.commit.id}`)
  ),
  row(`GET ${repository}/-/commit/{id}`, "2,000 hunks", async (stage) => {
    const { commitId, ...place } = await committed(stage, "a.txt", [hunks("old"), hunks("new")])
    return of(place, `/-/commit/${commitId}`)
  })
]
