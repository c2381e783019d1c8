/**
 * What a stranger can ask about a repository: every endpoint of the REST API, found in its contract, and every route of
 * the wire, found in the source of the routes, with parameters and bodies that name what a repository may have. An
 * endpoint that has no question fails the import.
 */
import { accessOf } from "@musehub/http/api/Api"
import { readFileSync } from "node:fs"
import type { Sendable } from "../muse/Value.ts"

/** The repository that is asked about. */
export interface Subject {
  /** `owner/slug` */
  readonly name: string
  readonly id: string
  readonly commit: string
  readonly blob: string
}

export interface Question {
  /** The endpoint, such as `GET /:owner/:slug/refs`. */
  readonly endpoint: string
  readonly method: string
  readonly path: string
  readonly body?: Sendable | undefined
}

const uuid = "00000000-0000-4000-8000-000000000000"
const zeros = "0".repeat(64)

/** The bodies of calls that have one. */
const bodiesOf = ({ blob, commit, id, name }: Subject): { readonly [endpoint: string]: Sendable } => ({
  "POST /api/v1/repos": { owner: name.slice(0, name.indexOf("/")), name: name.slice(name.indexOf("/") + 1) },
  "PATCH /api/v1/repos/:owner/:slug": { description: "mine" },
  "POST /api/v1/repos/:owner/:slug/forks": { name: "copy" },
  "POST /api/v1/repos/:owner/:slug/transfer": { owner: "stranger" },
  "POST /api/v1/repos/:owner/:slug/branches": { name: "new", from: "main" },
  "PATCH /api/v1/repos/:owner/:slug/branches/:name": { name: "new" },
  "PUT /api/v1/repos/:owner/:slug/branches/:name/protection": { approvals: 0, selfApproval: true },
  "POST /api/v1/repos/:owner/:slug/branches/:name/restore": { commitId: commit },
  "POST /api/v1/repos/:owner/:slug/commits": {
    branch: "main",
    message: "m",
    changes: [{ op: "delete", path: "a.txt" }]
  },
  "POST /api/v1/repos/:owner/:slug/commits/:id/annotations": { reviewedBy: ["stranger"], testRuns: 1 },
  "POST /api/v1/repos/:owner/:slug/tags": { tag: "t", commitId: commit },
  "POST /api/v1/repos/:owner/:slug/releases": { tag: "v1.0.0", commitId: commit },
  "POST /api/v1/repos/:owner/:slug/proposals": { title: "t", body: "", fromBranch: "side", toBranch: "main" },
  "PATCH /api/v1/repos/:owner/:slug/proposals/:number": { title: "t" },
  "POST /api/v1/repos/:owner/:slug/proposals/:number/comments": { body: "b" },
  "POST /api/v1/repos/:owner/:slug/proposals/:number/reviews": { verdict: "approve", body: "" },
  "POST /api/v1/repos/:owner/:slug/proposals/:number/merge": { strategy: "squash" },
  "PUT /api/v1/repos/:owner/:slug/collaborators/:user": { role: "read" },
  "POST /api/v1/user/tokens": { scope: "read", repository: name },
  "POST /api/v1/domains": {
    author_slug: "ada",
    slug: "songs",
    display_name: "Songs",
    version: "1.0.0",
    capabilities: {}
  },
  "POST /api/v1/repos/:repoId/push": { branch: "main", headCommitId: commit, commits: [], snapshots: [], objects: [] },
  "POST /api/v1/repos/:repoId/pull": { branch: "main" },
  "POST /:owner/:slug/filter-objects": { object_ids: [blob] },
  "POST /:owner/:slug/presign": { object_ids: [blob], direction: "get" },
  "POST /:owner/:slug/push/objects": { objects: [] },
  "POST /:owner/:slug/push": {
    bundle: { commits: [], snapshots: [], objects: [] },
    branch: "main",
    force: true
  },
  "POST /:owner/:slug/negotiate": { want: [commit], have: [] },
  "POST /:owner/:slug/fetch": { want: [commit], have: [] },
  "POST /:owner/:slug/large-blobs": { want: [commit], have: [], bytes_min: 1 },
  "POST /:owner/:slug/tags": {
    tags: [{ tag_id: uuid, repo_id: id, commit_id: commit, tag: "t", created_at: "2026-11-22T15:08:10.000Z" }]
  },
  "POST /:owner/:slug/releases": {
    release_id: uuid,
    repo_id: id,
    tag: "v1.0.0",
    semver: { major: 1, minor: 0, patch: 0, pre: "", build: "" },
    channel: "stable",
    commit_id: commit,
    snapshot_id: zeros
  }
})

/** Calls whose body is absent although their method has one. */
const bodiless = new Set([
  "POST /api/v1/sign-in-links",
  "POST /api/v1/repos/:owner/:slug/transfer/accept",
  "POST /api/v1/repos/:owner/:slug/proposals/:number/close",
  "POST /api/v1/repos/:owner/:slug/proposals/:number/reopen",
  "PUT /api/v1/repos/:owner/:slug/archive"
])

/** The queries of calls that show a list, beside the one without a query. */
const queriesOf = ({ commit, name }: Subject): { readonly [endpoint: string]: ReadonlyArray<string> } => {
  const [owner = ""] = name.split("/")
  const madeUp = [`${name}`, `store:${name.replace("/", ".")}`].map((text) => Buffer.from(text).toString("base64url"))
  return {
    "GET /api/v1/repos": ["?limit=1", `?owner=${owner}`, ...madeUp.map((cursor) => `?limit=1&cursor=${cursor}`)],
    "GET /api/v1/domains": [`?q=${owner}`],
    "GET /api/v1/repos/:owner/:slug/tree": ["?path=dir", `?ref=${commit}&recursive=true`, "?with=lastCommit"],
    "GET /api/v1/repos/:owner/:slug/blame": ["?path=a.txt", `?ref=${commit}&path=a.txt`, "?path=nothing"],
    "GET /api/v1/repos/:owner/:slug/history": ["?path=a.txt", `?ref=${commit}&path=a.txt`, "?path=nothing"],
    "GET /api/v1/repos/:owner/:slug/symbols": ["?path=a.txt", `?ref=${commit}&q=a`, "?path=nothing"],
    "GET /api/v1/repos/:owner/:slug/symbols/history": ["?address=a.txt::a", `?ref=${commit}&address=nothing`],
    "GET /api/v1/repos/:owner/:slug/midi": ["?path=a.txt", `?ref=${commit}&path=a.txt`, "?path=nothing"],
    "GET /api/v1/repos/:owner/:slug/midi/analysis": ["?path=a.txt", "?path=nothing"],
    "GET /api/v1/repos/:owner/:slug/midi/diff": [`?base=${commit}&head=main&path=a.txt`],
    "GET /api/v1/repos/:owner/:slug/midi/blame": ["?path=a.txt", "?path=nothing"],
    "GET /api/v1/repos/:owner/:slug/blob": ["?path=a.txt", `?ref=${commit}&path=a.txt`, "?path=nothing"],
    "GET /api/v1/repos/:owner/:slug/raw": ["?path=a.txt", `?ref=${commit}&path=a.txt`, "?path=nothing"],
    "GET /api/v1/repos/:owner/:slug/intel/:kind": [`?ref=${commit}`, `?since=${commit}&of=symbols`, "?ref=nowhere"],
    "GET /api/v1/repos/:owner/:slug/archive": ["?format=zip", `?ref=${commit}`, "?ref=nowhere"],
    "GET /api/v1/repos/:owner/:slug/commits/:id/diff": ["?parent=2"],
    "GET /api/v1/repos/:owner/:slug/compare": [`?base=${commit}&head=main`, "?base=main&head=nowhere"],
    "GET /api/v1/repos/:owner/:slug/graph": [`?refs=${commit}&refs=main`, "?refs=nowhere"],
    "GET /api/v1/repos/:owner/:slug/search": ["commits", "paths", "content", "symbols"].map(
      (place) => `?in=${place}&q=a&ref=${commit}`
    ),
    "GET /:owner/:slug/releases": ["?include_drafts=1"]
  }
}

const parametersOf = ({ commit, id, name }: Subject): { readonly [parameter: string]: ReadonlyArray<string> } => {
  const [owner = "", slug = ""] = name.split("/")
  return {
    owner: [owner],
    slug: [slug],
    repoId: [id, id.toUpperCase(), `${owner}%2F${slug}`],
    name: ["main"],
    kind: ["languages", "coupling", "nothing"],
    number: ["1"],
    tag: ["v1.0.0"],
    user: ["reader"],
    id: [commit],
    type: ["commit"],
    author: [owner],
    handle: [owner]
  }
}

const wireRoutes = Array.from(
  readFileSync(new URL("../../../../packages/http/src/routes.ts", import.meta.url), "utf8").matchAll(
    /HttpRouter\.add\("([A-Z]+)", "([^"]+)"/g
  ),
  ([, method = "", path = ""]) => ({ method, path })
)

/** Every endpoint by its method and path. */
export const endpoints: ReadonlyArray<{ readonly method: string; readonly path: string }> = [
  ...accessOf().map(({ method, path }) => ({ method, path })),
  ...wireRoutes
]

/** Fills the parameters of a path with each of their values. */
const filled = (path: string, values: ReturnType<typeof parametersOf>): ReadonlyArray<string> => {
  const [whole, parameter] = /:(\w+)/.exec(path) ?? []
  if (whole === undefined || parameter === undefined) return [path]
  const given = values[parameter]
  if (given === undefined) throw new Error(`no value for ${parameter} in ${path}`)
  return given.flatMap((value) => filled(path.replace(whole, value), values))
}

/** Returns every question about a repository, at least one for each endpoint. */
export const questionsAbout = (subject: Subject): ReadonlyArray<Question> => {
  const bodies = bodiesOf(subject)
  const queries = queriesOf(subject)
  const values = parametersOf(subject)
  return endpoints.flatMap(({ method, path }) => {
    const endpoint = `${method} ${path}`
    const body = bodies[endpoint]
    if (/^(POST|PUT|PATCH)$/.test(method) && body === undefined && !bodiless.has(endpoint)) {
      throw new Error(`${endpoint} is in no row of the table of strangers' questions`)
    }
    return filled(path, values).flatMap((asked) =>
      ["", ...(queries[endpoint] ?? [])].map((query) => ({ endpoint, method, path: asked + query, body }))
    )
  })
}
