/**
 * A repository on a client's disk, and the client's operations on it: which commits a push bundles, in which calls it
 * uploads, what a clone requests (docs/wire.md, sections 4 and 5).
 */
import { Effect } from "effect"
import { createHash } from "node:crypto"
import { type Answer, send, valueIn } from "../hub/Http.ts"
import { filterObjects, heads, ok, post, type Target, userAgent } from "./MuseClient.ts"
import { bytesOf, type Fields, fieldsOf, recordsOf, type Sendable, textOf, textsOf } from "./Value.ts"

export interface LocalRepository {
  readonly domain: string
  readonly heads: ReadonlyMap<string, string>
  readonly commits: ReadonlyMap<string, Fields>
  readonly snapshots: ReadonlyMap<string, Fields>
  readonly blobs: ReadonlyMap<string, Uint8Array>
}

export const emptyBlobId = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

export const parentsOf = (commit: Fields): ReadonlyArray<string> =>
  [commit.get("parent_commit_id"), commit.get("parent2_commit_id")].filter((id) => typeof id === "string")

export const blobsOf = (snapshot: Fields): ReadonlyArray<string> => [
  ...(fieldsOf(snapshot, "manifest") as ReadonlyMap<string, string>).values()
]

/** Lists commits from the tips down, each once, without those in `stop` and what only they reach. */
export const walk = (
  commits: ReadonlyMap<string, Fields>,
  tips: Iterable<string>,
  stop: ReadonlySet<string> = new Set()
): ReadonlyArray<string> => {
  const seen = new Set<string>()
  const queue = [...tips]
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const commit = commits.get(next)
    if (seen.has(next) || stop.has(next) || commit === undefined) continue
    seen.add(next)
    queue.push(...parentsOf(commit))
  }
  return [...seen]
}

/** Collects the snapshots of some commits and the blobs in them. */
export const contentOf = (local: LocalRepository, commits: Iterable<string>) => {
  const snapshots = new Set<string>()
  const blobs = new Set<string>()
  for (const id of commits) snapshots.add(textOf(local.commits.get(id) ?? new Map(), "snapshot_id"))
  for (const id of snapshots) for (const blob of blobsOf(local.snapshots.get(id) ?? new Map())) blobs.add(blob)
  return { snapshots, blobs }
}

export interface Bundle {
  readonly commits: ReadonlyArray<string>
  readonly snapshots: ReadonlyArray<string>
  /** Sorted. */
  readonly blobs: ReadonlyArray<string>
}

/** Builds what the client sends to move a branch when it knows these heads of the remote: always the tip first. */
export const bundleFor = (local: LocalRepository, tip: string, remoteHeads: Iterable<string>): Bundle => {
  const have = new Set([...remoteHeads].filter((id) => id !== tip && local.commits.has(id)))
  const commits = walk(local.commits, [tip], have)
  const { snapshots, blobs } = contentOf(local, commits)
  return { commits, snapshots: [...snapshots], blobs: [...blobs].toSorted() }
}

export const pushBody = (
  local: LocalRepository,
  bundle: Pick<Bundle, "commits" | "snapshots">,
  branch: string,
  force = false
): Sendable => ({
  bundle: {
    commits: bundle.commits.map((id) => local.commits.get(id) ?? null),
    snapshots: bundle.snapshots.map((id) => local.snapshots.get(id) ?? null),
    objects: []
  },
  branch,
  force
})

/** Objects above this number of bytes are offered for direct upload. */
const inlineBytesMax = 65_536
const chunkSize = 400
const chunksAtOnce = 4
const uploadsAtOnce = 8

/** PUTs a blob to a presigned URL with the headers that the client's library adds. */
export const putPresigned = (url: string, content: Uint8Array): Effect.Effect<Answer> =>
  Effect.orDie(
    send({
      method: "PUT",
      url,
      headers: [
        ["Accept-Encoding", "identity"],
        ["Content-Type", "application/x-www-form-urlencoded"],
        ["Content-Length", String(content.byteLength)],
        ["Host", new URL(url).host],
        ["User-Agent", userAgent],
        ["Connection", "close"]
      ],
      body: content
    })
  )

/**
 * Sends blobs ahead of a push: the large ones by presigned URL where the hub gives one. Returns how many went each way.
 */
export const uploadBlobs = Effect.fnUntraced(function* (target: Target, local: LocalRepository, ids: Iterable<string>) {
  const contents = [...ids].map((id) => ({ object_id: id, content: local.blobs.get(id) ?? new Uint8Array() }))
  const large = contents.filter(({ content }) => content.byteLength > inlineBytesMax).map((blob) => blob.object_id)
  const presigned = new Map<string, string>()
  if (large.length > 0) {
    const answer = yield* ok(post(target, "presign", { object_ids: large, direction: "put" }))
    for (const [id, url] of fieldsOf(answer, "presigned")) presigned.set(id, String(url))
  }
  yield* Effect.forEach(
    presigned,
    ([id, url]) =>
      Effect.filterOrElse(
        putPresigned(url, local.blobs.get(id) ?? new Uint8Array()),
        ({ status }) => status >= 200 && status < 300,
        ({ status }) => Effect.die(new Error(`the PUT of ${id} was answered with ${status}`))
      ),
    { concurrency: uploadsAtOnce }
  )
  const inline = contents.filter((blob) => !presigned.has(blob.object_id))
  const chunks = Array.from({ length: Math.ceil(inline.length / chunkSize) }, (_, index) =>
    inline.slice(index * chunkSize, (index + 1) * chunkSize)
  )
  yield* Effect.forEach(chunks, (objects) => ok(post(target, "push/objects", { objects })), {
    concurrency: chunksAtOnce
  })
  return { presigned: presigned.size, inline: inline.length, calls: chunks.length }
})

export interface PushOptions {
  readonly force?: boolean
  /** Pushes this commit instead of the branch's head. */
  readonly tip?: string
}

/** Runs `muse push`: refs, filter-objects, uploads, push. Returns the answer of the push, whatever its status. */
export const pushBranch = Effect.fnUntraced(function* (
  target: Target,
  local: LocalRepository,
  branch: string,
  options: PushOptions = {}
) {
  const tip = options.tip ?? local.heads.get(branch) ?? ""
  const bundle = bundleFor(local, tip, (yield* heads(target)).values())
  const missing = yield* filterObjects(target, bundle.blobs)
  const uploaded = yield* uploadBlobs(target, local, missing)
  const answer = yield* post(target, "push", pushBody(local, bundle, branch, options.force ?? false))
  return { bundle, missing, uploaded, answer }
})

/** Pushes every branch, and fails unless each succeeds. */
export const pushAll = Effect.fnUntraced(function* (target: Target, local: LocalRepository) {
  for (const branch of local.heads.keys()) {
    const { answer } = yield* pushBranch(target, local, branch)
    if (answer.status !== 200) {
      return yield* Effect.die(new Error(`${branch}: ${answer.status} ${String(textOf(valueIn(answer), "detail"))}`))
    }
  }
})

/** Reads the content of an answer to fetch. Blobs must hash to their ids: a clone crashes on others. */
export const received = (answer: Answer) => {
  const value = valueIn(answer)
  const blobs = new Map<string, Uint8Array>()
  for (const object of recordsOf(value, "objects")) {
    const content = bytesOf(object, "content")
    const id = textOf(object, "object_id")
    if (createHash("sha256").update(content).digest("hex") !== id) throw new Error(`wrong bytes for ${id}`)
    if (blobs.has(id)) throw new Error(`${id} was sent twice`)
    blobs.set(id, content)
  }
  const byId = (list: string, name: string) => {
    const found = recordsOf(value, list).map((record) => [textOf(record, name), record] as const)
    if (new Set(found.map(([id]) => id)).size !== found.length) throw new Error(`${list} holds one twice`)
    return new Map(found)
  }
  return { commits: byId("commits", "commit_id"), snapshots: byId("snapshots", "snapshot_id"), blobs }
}

export const fetchFrom = (target: Target, want: Iterable<string>, have: Iterable<string> = []) =>
  Effect.map(post(target, "fetch", { want: [...want], have: [...have] }), (answer) => {
    if (answer.status !== 200) throw new Error(`${answer.status} ${new TextDecoder().decode(answer.body)}`)
    return received(answer)
  })

/** Runs `muse clone`: refs and fetch of all heads, both without a token. */
export const clone = Effect.fnUntraced(function* (target: Target) {
  const anonymous = { ...target, token: undefined }
  const found = yield* heads(anonymous)
  const content = yield* fetchFrom(anonymous, found.values())
  return { heads: found, ...content }
})

/** Runs `muse pull`: refs, rounds of negotiate over the local commits, fetch. */
export const pull = Effect.fnUntraced(function* (target: Target, branch: string, localCommits: ReadonlyArray<string>) {
  const want = [(yield* heads(target)).get(branch) ?? ""]
  const roundSize = 64
  let have = localCommits
  let rounds = 0
  for (let start = 0; start < localCommits.length; start += roundSize) {
    const asked = localCommits.slice(start, start + roundSize)
    const answer = yield* ok(post(target, "negotiate", { want, have: asked }))
    rounds++
    const acknowledged = textsOf(answer, "ack")
    if (answer instanceof Map && answer.get("ready") === true) {
      have = acknowledged.length > 0 ? acknowledged : asked
      break
    }
  }
  return { rounds, have, ...(yield* fetchFrom(target, want, have)) }
})
