/** Rows of the endpoints that `muse` and agents sync with, and of those that operators ask. */
import { sha256 } from "@musehub/domain/object/Digest"
import { snapshotRecord } from "@musehub/domain/object/Snapshot"
import { mpackMediaType } from "@musehub/domain/wire/mpack/Format"
import type { JsonObject } from "@musehub/domain/object/Json"
import { type Encodable, encode } from "@musehub/msgpack/Encoder"
import { randomUUID } from "node:crypto"
import { whole } from "../../load/bare/bareObjects.ts"
import { call, type Media } from "../../load/client/client.ts"
import { writtenPush } from "../../load/client/mpackBodies.ts"
import { randomBytes } from "../../load/Random.ts"
import { chain, contentOf, lineBlob, type Step, stepOf, wideSnapshot } from "../contents.ts"
import { releaseOf, type Stage } from "../Stage.ts"
import { type Asked, rest, row, type Row } from "./Row.ts"

const MiB = 1024 * 1024
const mpack = { contentType: mpackMediaType }
const json = { contentType: "application/json", accept: "application/json" }

/** Ids that no repository has. */
const unknownIds = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => index.toString(16).padStart(64, "0"))

/** Ids of which the repository has as many as it can, without its head. */
const haveOf = ({ long }: Stage, count: number): ReadonlyArray<string> => {
  const known = long.commits.slice(0, -1).slice(-count)
  return [...known, ...unknownIds(count - known.length)]
}

const dictionary = (steps: ReadonlyArray<Step>): Uint8Array =>
  encode({
    bundle: {
      commits: steps.map(({ commit }) => commit.record as JsonObject).toReversed(),
      snapshots: [...new Map(steps.map(({ snapshot }) => [snapshot.id, snapshot])).values()].map(
        (snapshot) => snapshotRecord(snapshot) as Encodable
      ),
      objects: []
    },
    branch: "main",
    force: false
  })

/** A commit whose structured delta has as many bytes and values as it may, also where names count as values. */
const largeCommit = (): Step => {
  const blob = lineBlob("large")
  const ops = Array.from({ length: 35_000 }, (_, index) => ({
    op: "insert",
    address: `module/file_${index}/${"x".repeat(690)}`,
    content_id: blob.id
  }))
  return stepOf(wideSnapshot(1, blob.id), null, 0, { structured_delta: { domain: "code", ops } })
}

const objectsBody = (blobs: ReadonlyArray<Uint8Array>): Uint8Array =>
  encode({ objects: blobs.map((content) => ({ object_id: sha256(content), content })) })

/** Makes a repository that has one blob. */
const holding = async (stage: Stage, line: string) => {
  const place = await stage.empty()
  await call(stage.hub, "POST", `${place.path}/push/objects`, objectsBody([whole(lineBlob(line).content)]))
  return place
}

const pushMpack = async (stage: Stage, steps: ReadonlyArray<Step>, line: string): Promise<Asked> => {
  const place = await stage.empty()
  const body = await writtenPush(place.id, contentOf(steps, [lineBlob(line)]))
  return { path: `${place.path}/push`, body, media: mpack }
}

const pushDictionary = async (stage: Stage, steps: ReadonlyArray<Step>, line: string): Promise<Asked> => {
  const place = await holding(stage, line)
  return { path: `${place.path}/push`, body: dictionary(steps) }
}

/** Fetches a commit that fills its limit from a repository of its own. */
const fetchLarge = async (stage: Stage, media: Media): Promise<Asked> => {
  const large = largeCommit()
  const { body, media: sent, path } = await pushMpack(stage, [large], "large")
  await call(stage.hub, "POST", path, body, sent)
  const wanted = encode({ want: [large.commit.id], have: [] })
  return {
    path: path.replace(/push$/, "fetch"),
    body: wanted,
    media: { ...media, contentType: "application/x-msgpack" }
  }
}

const longChain = ({ sizes }: Stage) => chain(wideSnapshot(1, lineBlob("chain").id), sizes.commits)

/** Makes blobs of the same size, of which no two are the same. */
const blobsOf = (count: number, bytes: number): ReadonlyArray<Buffer> => {
  const content = randomBytes(1, bytes)
  return Array.from({ length: count }, (_, index) => {
    const blob = Buffer.from(content)
    blob.writeUInt32LE(index, 0)
    return blob
  })
}

export const wireRows: ReadonlyArray<Row> = [
  row("GET /health", "", () => ({ path: "/health" })),
  row("GET /ready", "", () => ({ path: "/ready" })),
  row("GET /metrics", "", () => ({ path: "/metrics" })),
  row("GET /openapi.json", "first call", () => ({ path: "/openapi.json" })),
  row("GET /docs", "first call", () => ({ path: "/docs" })),
  row("GET /{owner}/{slug}/refs", "{branches} branches", ({ full }) => ({ path: `${full.path}/refs` })),
  row("POST /{owner}/{slug}/filter-objects", "{ids} ids", ({ long, sizes }) => ({
    path: `${long.path}/filter-objects`,
    body: encode({ object_ids: unknownIds(sizes.ids) })
  })),
  row("POST /{owner}/{slug}/presign", "{presigned} ids", ({ long, sizes }) => ({
    path: `${long.path}/presign`,
    body: encode({ object_ids: unknownIds(sizes.presigned), direction: "put" })
  })),
  row("POST /{owner}/{slug}/push/objects", "10,000 objects", async (stage) => ({
    path: `${(await stage.empty()).path}/push/objects`,
    body: objectsBody(blobsOf(10_000, 4096))
  })),
  row("POST /{owner}/{slug}/push/objects", "one object of 64 MiB", async (stage) => ({
    path: `${(await stage.empty()).path}/push/objects`,
    body: objectsBody(blobsOf(1, 64 * MiB))
  })),
  row("POST /{owner}/{slug}/push", "dictionaries: a tree of {files} files", (stage) =>
    pushDictionary(stage, [stage.wide.before], "one")
  ),
  row("POST /{owner}/{slug}/push", "dictionaries: {commits} commits", (stage) =>
    pushDictionary(stage, longChain(stage), "chain")
  ),
  row("POST /{owner}/{slug}/push", "dictionaries: a commit of 28 MiB", (stage) =>
    pushDictionary(stage, [largeCommit()], "large")
  ),
  row("POST /{owner}/{slug}/push", "mpack: a tree of {files} files", (stage) =>
    pushMpack(stage, [stage.wide.before], "one")
  ),
  row("POST /{owner}/{slug}/push", "mpack: {commits} commits", (stage) => pushMpack(stage, longChain(stage), "chain")),
  row("POST /{owner}/{slug}/push", "mpack: a commit of 28 MiB", (stage) => pushMpack(stage, [largeCommit()], "large")),
  row("POST /{owner}/{slug}/negotiate", "{negotiated} `have`", (stage) => ({
    path: `${stage.long.path}/negotiate`,
    body: encode({ want: [stage.long.head], have: haveOf(stage, stage.sizes.negotiated) })
  })),
  row("POST /{owner}/{slug}/fetch", "dictionaries: {have} `have`", (stage) => ({
    path: `${stage.long.path}/fetch`,
    body: encode({ want: [stage.long.head], have: haveOf(stage, stage.sizes.have) })
  })),
  row("POST /{owner}/{slug}/fetch", "dictionaries: {commits} commits", ({ long }) => ({
    path: `${long.path}/fetch`,
    body: encode({ want: [long.head], have: [] })
  })),
  row("POST /{owner}/{slug}/fetch", "mpack: {commits} commits", ({ long }) => ({
    path: `${long.path}/fetch`,
    body: encode({ want: [long.head], have: [] }),
    media: { accept: mpackMediaType }
  })),
  row("POST /{owner}/{slug}/fetch", "dictionaries: a tree of {files} files", ({ wide }) => ({
    path: `${wide.path}/fetch`,
    body: encode({ want: [wide.before.commit.id], have: [] })
  })),
  row("POST /{owner}/{slug}/fetch", "JSON: a tree of {files} files", ({ wide }) => ({
    path: `${wide.path}/fetch`,
    body: encode({ want: [wide.before.commit.id], have: [] }),
    media: { accept: "application/json" }
  })),
  row("POST /{owner}/{slug}/fetch", "mpack: a tree of {files} files", ({ wide }) => ({
    path: `${wide.path}/fetch`,
    body: encode({ want: [wide.before.commit.id], have: [] }),
    media: { accept: mpackMediaType }
  })),
  row("POST /{owner}/{slug}/fetch", "dictionaries: a commit of 28 MiB", (stage) => fetchLarge(stage, {})),
  row("POST /{owner}/{slug}/fetch", "JSON: a commit of 28 MiB", (stage) => fetchLarge(stage, json)),
  row("POST /{owner}/{slug}/large-blobs", "{have} `have`", (stage) => ({
    path: `${stage.long.path}/large-blobs`,
    body: encode({ want: [stage.long.head], have: haveOf(stage, stage.sizes.have), bytes_min: 1 })
  })),
  row("GET /{owner}/{slug}/objects/{type}/{id}", "a snapshot of {files} files", ({ wide }) => ({
    path: `${wide.path}/objects/snapshot/${wide.head.snapshot.id}`
  })),
  row("POST /{owner}/{slug}/tags", "1,000 tags", async (stage) => {
    const place = await holding(stage, "tags")
    const step = stepOf(wideSnapshot(1, lineBlob("tags").id), null, 0)
    await call(stage.hub, "POST", `${place.path}/push`, dictionary([step]))
    const tags = Array.from({ length: 1000 }, (_, index) => ({
      tag_id: randomUUID(),
      repo_id: place.id,
      commit_id: step.commit.id,
      tag: `${index}-`.padEnd(500, "x"),
      created_at: "2026-03-01T10:00:00+00:00"
    }))
    return { path: `${place.path}/tags`, body: encode({ tags }) }
  }),
  row("POST /{owner}/{slug}/releases", "10,000 lines of change log", (stage) => {
    const change = {
      commit_id: stage.full.head,
      message: "m".repeat(100),
      sem_ver_bump: "none",
      breaking_changes: [],
      author: "",
      committed_at: "",
      agent_id: "",
      model_id: ""
    }
    const release = releaseOf(stage.full.step, "v2.0.0")
    return {
      path: `${stage.full.path}/releases`,
      body: Buffer.from(JSON.stringify({ ...release, changelog: Array.from({ length: 10_000 }, () => change) })),
      media: json
    }
  }),
  row("GET /{owner}/{slug}/releases", "with that change log", ({ full }) => ({
    path: `${full.path}/releases?include_drafts=1`
  })),
  row("DELETE /{owner}/{slug}/releases/{tag}", "{branches} branches", ({ full }) => ({
    path: `${full.path}/releases/v2.0.0`
  })),
  row("POST /api/v1/repos/{repoId}/push", "16 MiB of objects", async (stage) => {
    const place = await stage.empty()
    const objects = blobsOf(186, 64 * 1024).map((content, index) => ({
      objectId: `sha256:${sha256(content)}`,
      path: `${index}`,
      contentB64: content.toString("base64")
    }))
    const push = { branch: "main", headCommitId: stage.long.head, commits: [], snapshots: [], objects }
    return rest(`/repos/${place.id}/push`, push)
  }),
  row("POST /api/v1/repos/{repoId}/pull", "{haveInJson} `haveCommits`", ({ long, sizes }) =>
    rest(`/repos/${long.id}/pull`, { branch: "main", haveCommits: unknownIds(sizes.haveInJson), haveObjects: [] })
  ),
  row("POST /api/v1/repos/{repoId}/pull", "a tree of {files} files", ({ wide }) =>
    rest(`/repos/${wide.id}/pull`, { branch: "main", haveCommits: [], haveObjects: [] })
  )
]
