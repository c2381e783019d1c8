/** Rows of the REST API. */
import { setTimeout } from "node:timers/promises"
import { callJson, friend, type Stage } from "../Stage.ts"
import { rest, row, type Row, text } from "./Row.ts"

const MiB = 1024 * 1024
const repos = "/api/v1/repos"
/** The path of a repository. */
export const one = `${repos}/{owner}/{slug}`
const pathOf = (place: { readonly path: string }) => `/repos${place.path}`

const branch = ({ full }: Stage, index: number) => encodeURIComponent(full.branches[index] ?? "main")

const discourse = { title: text(255), body: text(60_000) }

/** A proposal of the full repository, from a branch of its own. Returns its path below `/api/v1`. */
export const proposed = async (stage: Stage, index: number): Promise<string> => {
  const { full, hub } = stage
  const wanted = { ...discourse, fromBranch: full.branches[index], toBranch: "main" }
  const { number } = (await callJson(hub, "POST", `/api/v1${pathOf(full)}/proposals`, wanted)) as { number: number }
  return `${pathOf(full)}/proposals/${number}`
}

const reviewers = Array.from({ length: 60 }, (_, index) => `${index}`.padEnd(1000, "x"))

const changes = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ op: "put", path: `new/${index}`, contentBase64: "AAAA" }))

const pageOf = (path: string, limit = 100) => rest(`${path}?limit=${limit}`)

/** Makes a repository. Returns its path below `/api/v1`. */
export const created = async (stage: Stage) => pathOf(await stage.empty())

const lines = 400_000

/** A text of many lines, of which every so many differ. */
const longText = (every: number): string =>
  Array.from({ length: lines }, (_, line) => (line % every === 0 ? `changed ${line} ${every}` : `line ${line}`)).join(
    "\n"
  )

/** Proposes to merge two texts of many lines. Returns the path of their repository below `/api/v1`. */
export const proposedTexts = async (stage: Stage): Promise<string> => {
  const path = await created(stage)
  const post = (to: string, body: unknown) => callJson(stage.hub, "POST", `/api/v1${path}/${to}`, body)
  const commit = (branch: string, every: number, from?: string) =>
    post("commits", {
      branch,
      ...(from === undefined ? {} : { from }),
      message: "m",
      changes: [{ op: "put", path: "long.txt", contentBase64: Buffer.from(longText(every)).toString("base64") }]
    })
  await commit("main", lines)
  await commit("theirs", 7, "main")
  await commit("main", 11)
  await post("proposals", { title: "Texts", fromBranch: "theirs", toBranch: "main" })
  return path
}

/** Commits one file twice. Returns where the difference of both is shown. */
const changedFile = async (stage: Stage, before: Buffer, after: Buffer): Promise<string> => {
  const path = await created(stage)
  const commit = (content: Buffer) =>
    callJson(stage.hub, "POST", `/api/v1${path}/commits`, {
      branch: "main",
      message: "m",
      changes: [{ op: "put", path: "text", contentBase64: content.toString("base64") }]
    })
  await commit(before)
  const { commitId } = (await commit(after)) as { commitId: string }
  return `${path}/commits/${commitId}/diff`
}

/** Waits until the hub has derived from all commits, by the history of a file. */
export const derived = async ({ hub }: Stage, path: string, file: string): Promise<void> => {
  const history = () =>
    callJson(hub, "GET", `/api/v1${path}/history?path=${file}`) as Promise<{ readonly complete: boolean }>
  while (!(await history()).complete) await setTimeout(50)
}

export const restRows: ReadonlyArray<Row> = [
  row(`POST ${repos}`, "9 KiB of description", () =>
    rest("/repos", { owner: "bench", name: "new", description: text(9000), visibility: "private" })
  ),
  row(`GET ${repos}`, "pages of 100", () => pageOf("/repos")),
  row(`GET ${one}`, "{branches} branches", ({ full }) => rest(pathOf(full))),
  row(`PATCH ${one}`, "{branches} branches", ({ full }) => rest(pathOf(full), { description: text(9000) })),
  row(`PUT ${one}/archive`, "", async (stage) => rest(`${await created(stage)}/archive`)),
  row(`DELETE ${one}/archive`, "", async (stage) => rest(`${await created(stage)}/archive`)),
  row(`POST ${one}/forks`, "a tree of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/forks`, { name: "fork-wide" })
  ),
  row(`POST ${one}/forks`, "{commits} commits", ({ long }) => rest(`${pathOf(long)}/forks`, { name: "fork-long" })),
  row(`POST ${one}/transfer`, "", async (stage) => rest(`${await created(stage)}/transfer`, { owner: "bench" })),
  row(`DELETE ${one}/transfer`, "", async (stage) => rest(`${await created(stage)}/transfer`)),
  row(`POST ${one}/transfer/accept`, "", async (stage) => rest(`${await created(stage)}/transfer/accept`)),
  row(`GET ${one}/branches`, "{branches} branches", ({ full }) => pageOf(`${pathOf(full)}/branches`)),
  row(`POST ${one}/branches`, "{branches} branches", ({ full }) =>
    rest(`${pathOf(full)}/branches`, { name: "one-more", from: full.head })
  ),
  row(`GET ${one}/branches/{name}`, "{branches} branches", (stage) =>
    rest(`${pathOf(stage.full)}/branches/${branch(stage, 5000)}`)
  ),
  row(`PATCH ${one}/branches/{name}`, "{branches} branches", (stage) =>
    rest(`${pathOf(stage.full)}/branches/${branch(stage, 1)}`, { name: "renamed" })
  ),
  row(`DELETE ${one}/branches/{name}`, "{branches} branches", (stage) =>
    rest(`${pathOf(stage.full)}/branches/${branch(stage, 2)}`)
  ),
  row(`PUT ${one}/branches/{name}/protection`, "{branches} branches", (stage) =>
    rest(`${pathOf(stage.full)}/branches/${branch(stage, 3)}/protection`, { approvals: 0, selfApproval: true })
  ),
  row(`DELETE ${one}/branches/{name}/protection`, "{branches} branches", (stage) =>
    rest(`${pathOf(stage.full)}/branches/${branch(stage, 3)}/protection`)
  ),
  row(`GET ${one}/branches/{name}/reflog`, "{branches} branches", ({ full }) =>
    pageOf(`${pathOf(full)}/branches/main/reflog`)
  ),
  row(`POST ${one}/branches/{name}/restore`, "{branches} branches", (stage) =>
    rest(`${pathOf(stage.full)}/branches/${branch(stage, 2)}/restore`, { commitId: stage.full.head })
  ),
  row(`GET ${one}/commits`, "{commits} commits", ({ long }) => pageOf(`${pathOf(long)}/commits`)),
  row(`POST ${one}/commits`, "10,000 files onto a tree of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/commits`, {
      branch: "files",
      from: wide.before.commit.id,
      message: text(60_000),
      changes: changes(10_000)
    })
  ),
  row(`POST ${one}/commits`, "in JSON: one file of 11 MiB", async (stage) =>
    rest(`${await created(stage)}/commits`, {
      branch: "main",
      message: "m",
      changes: [{ op: "put", path: "big", contentBase64: Buffer.alloc(11 * MiB, 7).toString("base64") }]
    })
  ),
  row(`POST ${one}/commits`, "in parts: one file of 64 MiB", async (stage) => {
    const form = new FormData()
    const commit = { branch: "main", message: "m", changes: [{ op: "put", path: "big", part: "big" }] }
    form.set("commit", new Blob([JSON.stringify(commit)], { type: "application/json" }), "commit")
    form.set("big", new Blob([Buffer.alloc(64 * MiB, 7)]), "big")
    const sent = new Response(form)
    return {
      path: `/api/v1${await created(stage)}/commits`,
      body: await sent.bytes(),
      media: { contentType: sent.headers.get("content-type") ?? "" }
    }
  }),
  row(`GET ${one}/commits/{id}`, "{commits} commits", ({ long }) => rest(`${pathOf(long)}/commits/${long.head}`)),
  row(`GET ${one}/tree`, "a tree of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/tree?ref=${wide.before.commit.id}&recursive=true&limit=1000`)
  ),
  row(`GET ${one}/blob`, "1 MiB of control characters", async (stage) => {
    const path = await created(stage)
    const changes = [{ op: "put", path: "text", contentBase64: Buffer.alloc(MiB, 1).toString("base64") }]
    await callJson(stage.hub, "POST", `/api/v1${path}/commits`, { branch: "main", message: "m", changes })
    return rest(`${path}/blob?path=text`)
  }),
  row(`GET ${one}/raw`, "a tree of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/raw?ref=${wide.before.commit.id}&path=${encodeURIComponent(wide.file)}`)
  ),
  ...["tar.gz", "zip"].map((format) =>
    row(`GET ${one}/archive`, `${format} of a tree of {files} files`, ({ wide }) =>
      rest(`${pathOf(wide)}/archive?format=${format}`)
    )
  ),
  row(`POST ${one}/commits/{id}/annotations`, "60 KiB of reviewers", ({ long }) =>
    rest(`${pathOf(long)}/commits/${long.head}/annotations`, { reviewedBy: reviewers, testRuns: 1 })
  ),
  row(`GET ${one}/commits/{id}/diff`, "a tree of {files} files", ({ wide }) =>
    pageOf(`${pathOf(wide)}/commits/${wide.before.commit.id}/diff`)
  ),
  row(`GET ${one}/commits/{id}/diff`, "1 MiB of control characters", async (stage) =>
    pageOf(await changedFile(stage, Buffer.from("\n"), Buffer.alloc(MiB - 100, 1)))
  ),
  row(`GET ${one}/commits/{id}/diff`, "1 MiB of two lines in two orders", async (stage) =>
    pageOf(await changedFile(stage, Buffer.alloc(MiB - 4, "a\nb\n"), Buffer.alloc(MiB - 4, "b\na\na\n")))
  ),
  row(`GET ${one}/commits/{id}/diff`, "2,000 hunks", async (stage) => {
    const text = (sign: string) =>
      Buffer.from(Array.from({ length: 2000 }, (_, place) => `${sign} ${place}\n${"same\n".repeat(7)}`).join(""))
    return pageOf(await changedFile(stage, text("old"), text("new")))
  }),
  row(`GET ${one}/graph`, "{commits} commits", ({ long }) => rest(`${pathOf(long)}/graph?limit=1000`)),
  row(`GET ${one}/graph`, "{branches} branches", ({ full }) => rest(`${pathOf(full)}/graph?limit=1000`)),
  row(`GET ${one}/search`, "a tree of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/search?in=paths&q=nowhere&ref=${wide.before.commit.id}`)
  ),
  row(`GET ${one}/search`, "{commits} commits", ({ long }) => rest(`${pathOf(long)}/search?in=commits&q=nowhere`)),
  row(`GET ${one}/search`, "8 texts of 1 MiB", async (stage) => {
    const path = await created(stage)
    const contentBase64 = Buffer.alloc(MiB, "a\n").toString("base64")
    const changes = Array.from({ length: 8 }, (_, place) => ({ op: "put", path: `${place}`, contentBase64 }))
    await callJson(stage.hub, "POST", `/api/v1${path}/commits`, { branch: "main", message: "m", changes })
    return rest(`${path}/search?in=content&q=${"a".repeat(200)}`)
  }),
  row(`GET ${one}/history`, "{commits} commits", ({ long }) =>
    rest(`${pathOf(long)}/history?path=${encodeURIComponent(long.file)}`)
  ),
  row(`GET ${one}/symbols`, "a tree of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/symbols?ref=${wide.before.commit.id}&limit=1000`)
  ),
  row(`GET ${one}/symbols/history`, "{commits} commits", ({ long }) =>
    rest(`${pathOf(long)}/symbols/history?address=${encodeURIComponent(`${long.file}::none`)}`)
  ),
  row(`GET ${one}/blame`, "60,000 lines, half of them changed", async (stage) => {
    const path = await created(stage)
    for (const mark of ["a", "b"]) {
      const text = Array.from({ length: 60_000 }, (_, line) => `${line % 2 === 0 ? mark : "="} line ${line}\n`).join("")
      const changes = [{ op: "put", path: "text", contentBase64: Buffer.from(text).toString("base64") }]
      await callJson(stage.hub, "POST", `/api/v1${path}/commits`, { branch: "main", message: mark, changes })
    }
    await derived(stage, path, "text")
    return rest(`${path}/blame?path=text`)
  }),
  row(`GET ${one}/intel/{kind}`, "languages of a tree of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/intel/languages`)
  ),
  row(`GET ${one}/intel/{kind}`, "the report of a release of 96,000 symbols", async (stage) => {
    const path = await created(stage)
    const text = Array.from({ length: 2000 }, (_, place) => `def f${place}(): g${place}()\n`).join("")
    const changes = Array.from({ length: 48 }, (_, place) => ({
      op: "put",
      path: `f${place}.py`,
      contentBase64: Buffer.from(`${text}# ${place}\n`).toString("base64")
    }))
    await callJson(stage.hub, "POST", `/api/v1${path}/commits`, { branch: "main", message: "m", changes })
    const counted = () =>
      callJson(stage.hub, "GET", `/api/v1${path}/intel/languages`) as Promise<{ readonly complete: boolean }>
    while (!(await counted()).complete) await setTimeout(50)
    return rest(`${path}/intel/release`)
  }),
  row(`GET ${one}/intel/{kind}`, "stable symbols of a tree of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/intel/stable?of=symbols`)
  ),
  row(`GET ${one}/intel/{kind}`, "ownership over {commits} commits", ({ long }) =>
    rest(`${pathOf(long)}/intel/ownership`)
  ),
  row(`GET ${one}/compare`, "trees of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/compare?base=theirs&head=main`)
  ),
  row(`GET ${one}/compare`, "{commits} commits", ({ long }) =>
    rest(`${pathOf(long)}/compare?base=${long.commits[0]}&head=main`)
  ),
  row(`GET ${one}/commits/{id}/annotations`, "60 KiB of reviewers", ({ long }) =>
    rest(`${pathOf(long)}/commits/${long.head}/annotations`)
  ),
  row(`GET ${one}/tags`, "{branches} branches, {tags} tags", ({ full }) => pageOf(`${pathOf(full)}/tags`)),
  row(`POST ${one}/tags`, "{branches} branches, {tags} tags", ({ full }) =>
    rest(`${pathOf(full)}/tags`, { tag: text(500), commitId: full.head })
  ),
  row(`DELETE ${one}/tags/{id}`, "{branches} branches, {tags} tags", ({ full }) =>
    rest(`${pathOf(full)}/tags/${full.tagId}`)
  ),
  row(`GET ${one}/releases`, "long notes", ({ full }) => pageOf(`${pathOf(full)}/releases`)),
  row(`POST ${one}/releases`, "2 MiB of change log", ({ full }) =>
    rest(`${pathOf(full)}/releases`, {
      tag: "v3.0.0",
      commitId: full.head,
      title: text(1000),
      body: text(262_144),
      changelog: Array.from({ length: 3000 }, () => ({ commitId: full.head, message: text(400) }))
    })
  ),
  row(`GET ${one}/releases/{tag}`, "2 MiB of change log", ({ full }) => rest(`${pathOf(full)}/releases/v3.0.0`)),
  row(`DELETE ${one}/releases/{tag}`, "{branches} branches", ({ full }) => rest(`${pathOf(full)}/releases/v3.0.0`)),
  row(`POST ${one}/proposals`, "{branches} branches", (stage) =>
    rest(`${pathOf(stage.full)}/proposals`, { ...discourse, fromBranch: stage.full.branches[10], toBranch: "main" })
  ),
  row(`GET ${one}/proposals`, "pages of 100", ({ full }) => pageOf(`${pathOf(full)}/proposals`)),
  row(`GET ${one}/proposals/{number}`, "60 KiB of text", async (stage) => rest(await proposed(stage, 11))),
  row(`PATCH ${one}/proposals/{number}`, "60 KiB of text", async (stage) => rest(await proposed(stage, 12), discourse)),
  row(`POST ${one}/proposals/{number}/close`, "{branches} branches", async (stage) =>
    rest(`${await proposed(stage, 13)}/close`)
  ),
  row(`POST ${one}/proposals/{number}/reopen`, "{branches} branches", async (stage) => {
    const proposal = await proposed(stage, 14)
    await callJson(stage.hub, "POST", `/api/v1${proposal}/close`)
    return rest(`${proposal}/reopen`)
  }),
  row(`POST ${one}/proposals/{number}/comments`, "60 KiB of text", async (stage) =>
    rest(`${await proposed(stage, 15)}/comments`, { body: discourse.body })
  ),
  row(`POST ${one}/proposals/{number}/reviews`, "60 KiB of text", async (stage) =>
    rest(`${await proposed(stage, 16)}/reviews`, { verdict: "request_changes", body: discourse.body })
  ),
  row(`GET ${one}/proposals/{number}/merge-preview`, "trees of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/proposals/1/merge-preview`)
  ),
  row(`GET ${one}/proposals/{number}/merge-preview`, "texts of 400,000 lines", async (stage) =>
    rest(`${await proposedTexts(stage)}/proposals/1/merge-preview`)
  ),
  row(`POST ${one}/proposals/{number}/merge`, "trees of {files} files", ({ wide }) =>
    rest(`${pathOf(wide)}/proposals/1/merge`, { strategy: "merge_commit" })
  ),
  row(`PUT ${one}/collaborators/{user}`, "{branches} branches", ({ full }) =>
    rest(`${pathOf(full)}/collaborators/${friend}`, { role: "write" })
  ),
  row(`GET ${one}/collaborators`, "{branches} branches", ({ full }) => pageOf(`${pathOf(full)}/collaborators`)),
  row(`DELETE ${one}/collaborators/{user}`, "{branches} branches", ({ full }) =>
    rest(`${pathOf(full)}/collaborators/${friend}`)
  ),
  row("GET /api/v1/user", "", () => rest("/user")),
  row("POST /api/v1/user/tokens", "", () => rest("/user/tokens", { scope: "read" })),
  row("GET /api/v1/user/tokens", "pages of 100", () => pageOf("/user/tokens")),
  row("DELETE /api/v1/user/tokens/{id}", "", async ({ hub }) => {
    const { id } = (await callJson(hub, "POST", "/api/v1/user/tokens", { scope: "read" })) as { readonly id: string }
    return rest(`/user/tokens/${id}`)
  }),
  row("GET /api/v1/users/{name}", "", () => rest("/users/bench")),
  row("POST /api/v1/domains", "256 KiB of capabilities", () =>
    rest("/domains", {
      author_slug: "bench",
      slug: "limits",
      display_name: text(255),
      description: text(9000),
      capabilities: {
        dimensions: Array.from({ length: 200 }, (_, index) => ({ name: `${index}`, description: text(1000) }))
      },
      viewer_type: "code",
      version: "1.0.0"
    })
  ),
  row("GET /api/v1/domains", "pages of 100", () => rest("/domains?q=limits&limit=100")),
  row("GET /api/v1/identities/{handle}", "a page of 100 repositories", () => rest("/identities/bench?limit=100")),
  row("GET /api/v1/orgs/{handle}/members", "no identity", () => rest("/orgs/bench/members")),
  row("GET /api/v1/domains/{author}/{slug}", "256 KiB of capabilities", () => rest("/domains/bench/limits"))
]
