/**
 * A hub with repositories at the limits of what they may hold, and what the requests to it name. The hub is a process
 * of its own with a heap of 1 GB, and a watch on its event loop.
 */
import { verificationCodec } from "@musehub/domain/hub/codecs"
import {
  findingsMax,
  largestMax,
  runsMax,
  type VerificationReport,
  type VerificationRun
} from "@musehub/domain/hub/verification/VerificationReport"
import { type BlobId, type CommitId, RepositoryId } from "@musehub/domain/object/Id"
import { ObjectStore } from "@musehub/domain/port/ObjectStore"
import { textLengthMax } from "@musehub/domain/usecase/operations/verify/FindingNotes"
import { BranchName, DocumentName, UserName } from "@musehub/domain/repository/Names"
import type { Root } from "@musehub/domain/repository/Root"
import { filesMax } from "@musehub/domain/object/Manifest"
import * as FilesystemObjectStore from "@musehub/adapter-filesystem/FilesystemObjectStore"
import type { RefsError } from "@musehub/domain/invariant/refs/RefChunks"
import { withRefs } from "@musehub/domain/invariant/refs/refs"
import { layer as rootsLayer, Roots } from "@musehub/domain/invariant/Roots"
import { filterIdsMax, haveIdsMax, negotiatedIdsMax, presignIdsMax } from "@musehub/domain/wire/Limits"
import { encode } from "@musehub/msgpack/Encoder"
import { Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { call, createRepository, type Place } from "../load/client/client.ts"
import { streamedPush } from "../load/client/mpackBodies.ts"
import { pushMpack } from "../load/client/mpackClient.ts"
import { type Hub, hubUser, startHub } from "../load/Hub.ts"
import { chain, contentOf, lineBlob, type Step, stepOf, wideSnapshot } from "./contents.ts"

/** How large everything is; smaller only to see that the harness runs. */
export interface Sizes {
  /**
   * Files of the widest tree: their snapshot has nearly 64 MiB. A commit adds 10,000, and then there are as many as a
   * tree may have.
   */
  readonly files: number
  readonly commits: number
  readonly branches: number
  readonly tags: number
  /** Ids in one request; the same at every scale, since they cost nothing to make. */
  readonly ids: number
  readonly presigned: number
  readonly have: number
  /** Those of a pull in JSON, whose other fields count as values too. */
  readonly haveInJson: number
  readonly negotiated: number
}

export const fullSizes: Sizes = {
  files: filesMax - 10_000,
  commits: 100_000,
  branches: 10_000,
  tags: 1000,
  ids: filterIdsMax,
  presigned: presignIdsMax,
  have: haveIdsMax,
  haveInJson: haveIdsMax - 10,
  negotiated: negotiatedIdsMax
}

export interface Wide extends Place {
  readonly blob: BlobId
  /** The head of `main`, and its parent, which has another version of one file. */
  readonly head: Step
  readonly before: Step
  /** The head of `theirs`, which changed another file. */
  readonly theirs: Step
  /** A file of the tree. */
  readonly file: string
}

export interface Long extends Place {
  /** A file of the first commit, which no other touches. */
  readonly file: string
  readonly head: CommitId
  readonly commits: ReadonlyArray<CommitId>
}

export interface Full extends Place {
  readonly head: CommitId
  readonly step: Step
  readonly branches: ReadonlyArray<string>
  /** The id of one of its tags. */
  readonly tagId: string
}

export interface Stage {
  readonly hub: Hub
  readonly sizes: Sizes
  /** A tree as wide as any may be. */
  readonly wide: Wide
  /** A history of many commits. */
  readonly long: Long
  /** A root with as many names as fit. */
  readonly full: Full
  /** Makes an empty repository. */
  readonly empty: () => Promise<Place>
}

const json = { contentType: "application/json", accept: "application/json" }

/** Sends JSON and returns the JSON of the answer. */
export const callJson = async (hub: Hub, method: string, path: string, body?: unknown): Promise<unknown> => {
  const sent = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
  return JSON.parse((await call(hub, method, path, sent, json)).toString() || "null")
}

const branchPush = (hub: Hub, place: Place, steps: ReadonlyArray<Step>, blobs: Parameters<typeof contentOf>[1]) =>
  pushMpack(hub, place, streamedPush(place.id, contentOf(steps, blobs)))

const makeWide = async (hub: Hub, { files }: Sizes): Promise<Wide> => {
  const place = await createRepository(hub, hubUser, "wide")
  const [one, two, three] = [lineBlob("one"), lineBlob("two"), lineBlob("three")]
  const before = stepOf(wideSnapshot(files, one.id), null, 0)
  const head = stepOf(wideSnapshot(files, one.id, new Map([[5, two.id]])), before.commit, 1)
  const theirs = stepOf(wideSnapshot(files, one.id, new Map([[7, three.id]])), before.commit, 2)
  await branchPush(hub, place, [before, head], [one, two])
  await callJson(hub, "POST", `/api/v1/repos${place.path}/branches`, { name: "theirs", from: before.commit.id })
  await pushMpack(hub, place, streamedPush(place.id, contentOf([theirs], [three]), "theirs"))
  const proposal = { title: "Wide", fromBranch: "theirs", toBranch: "main" }
  await callJson(hub, "POST", `/api/v1/repos${place.path}/proposals`, proposal)
  const file = [...head.snapshot.manifest.keys()][5] ?? ""
  return { ...place, blob: one.id, before, head, theirs, file }
}

const makeLong = async (hub: Hub, { commits }: Sizes): Promise<Long> => {
  const place = await createRepository(hub, hubUser, "long")
  const blob = lineBlob("long")
  const snapshot = wideSnapshot(1, blob.id)
  const steps = chain(snapshot, commits)
  await branchPush(hub, place, steps, [blob])
  const ids = steps.map(({ commit }) => commit.id)
  const head = ids.at(-1)
  if (head === undefined) throw new Error("a history needs a commit")
  const [file = ""] = snapshot.manifest.keys()
  return { ...place, file, head, commits: ids }
}

/** Replaces parts of a root in the hub's store, since thousands of requests would take hours. */
const changeRoot = (
  folder: string,
  repository: RepositoryId,
  change: (root: Root) => Effect.Effect<Partial<Root>, RefsError, Roots>
): Promise<unknown> =>
  Effect.runPromise(
    Effect.flatMap(Roots, (roots) =>
      roots.move(repository, (root) =>
        Effect.map(change(root), (parts) => ({
          root: parts,
          change: { action: "create-branch", by: UserName.make(hubUser), at: new Date().toISOString(), moves: [] }
        }))
      )
    ).pipe(Effect.provide(Layer.provideMerge(rootsLayer, FilesystemObjectStore.layer(folder))), Effect.orDie)
  )

/** A user beside the owner of all repositories. */
export const friend = "friend"

/** Tags in one call. */
const tagsPerCall = 1000

const makeFull = async (hub: Hub, objects: string, sizes: Sizes): Promise<Full> => {
  const place = await createRepository(hub, hubUser, "full")
  const blob = lineBlob("full")
  const step = stepOf(wideSnapshot(1, blob.id), null, 0)
  await branchPush(hub, place, [step], [blob])
  const release = Buffer.from(JSON.stringify(releaseOf(step, "v1.0.0")))
  await call(hub, "POST", `${place.path}/releases`, release, json)
  let tagId = ""
  for (let count = 0; count < sizes.tags; count += tagsPerCall) {
    const tags = Array.from({ length: Math.min(tagsPerCall, sizes.tags - count) }, (_, index) => ({
      tag_id: randomUUID(),
      repo_id: place.id,
      commit_id: step.commit.id,
      tag: `${count + index}-`.padEnd(labelLength, "x"),
      created_at: "2026-03-01T10:00:00+00:00"
    }))
    await call(hub, "POST", `${place.path}/tags`, encode({ tags }))
    tagId = tags[0]?.tag_id ?? tagId
  }
  const heads = Array.from(
    { length: sizes.branches - 2 },
    (_, index) => [BranchName.make(`b${String(index).padStart(5, "0")}`), step.commit.id] as const
  )
  await changeRoot(objects, place.id, (root) =>
    Effect.map(withRefs(root, root.heads, heads), (all) => ({ heads: all }))
  )
  return { ...place, head: step.commit.id, step, tagId, branches: heads.map(([name]) => name) }
}

const labelLength = 30

/** Makes a release with notes as long as they may be. */
export const releaseOf = ({ commit, snapshot }: Step, tag: string) => ({
  release_id: randomUUID(),
  repo_id: "",
  tag,
  semver: { major: 1, minor: 0, patch: 0, pre: "", build: "" },
  channel: "stable",
  commit_id: commit.id,
  snapshot_id: snapshot.id,
  title: "A release",
  body: "n".repeat(262_144),
  changelog: [],
  agent_id: "",
  model_id: "",
  is_draft: false,
  gpg_signature: "",
  created_at: "2026-03-01T10:00:00+00:00"
})

/** As much as may be noted of verify. */
const fullReport = (): VerificationReport => {
  const at = new Date().toISOString()
  const name = `${hubUser}/${"n".repeat(64)}`
  const text = "x".repeat(textLengthMax)
  const amount = { packs: 1, packBytes: 1, blobs: 0, blobBytes: 0 }
  const run: VerificationRun = {
    at,
    version: "1.0.0",
    level: "default",
    scope: "hub",
    repositories: 1,
    skipped: 0,
    packs: 1,
    objects: 1,
    bytes: 1,
    faults: 1,
    notices: 0,
    mended: 0,
    coverage: { repositories: 1, objects: 1, bytes: 1 }
  }
  return {
    runs: Array.from({ length: runsMax }, () => run),
    findings: Array.from({ length: findingsMax }, (_, number) => ({
      at,
      level: "default",
      tag: "PackMissing",
      severity: "fault",
      repository: null,
      name,
      place: text,
      reason: text,
      mend: `${number} ${text}`
    })),
    findingsLeft: 1,
    stock: {
      at,
      repositories: largestMax,
      amount,
      largest: Array.from({ length: largestMax }, () => ({
        repository: RepositoryId.make(randomUUID()),
        name,
        amount
      })),
      rows: { repositories: 1, commits: 1, snapshots: 1, blobs: 1 }
    }
  }
}

/** Notes in the hub's store what no small hub would. */
const noteVerification = (folder: string): Promise<unknown> => {
  const key = { kind: "hub", collection: "verification", name: DocumentName.make("latest") } as const
  return Effect.runPromise(
    Effect.flatMap(ObjectStore, ({ documents }) =>
      documents.write(key, verificationCodec.encode(fullReport()), { _tag: "Any" })
    ).pipe(Effect.provide(FilesystemObjectStore.layer(folder)), Effect.orDie)
  )
}

/** Starts the hub and fills its repositories. */
export const makeStage = async (
  folder: string,
  sizes: Sizes,
  { profiles, say }: { readonly profiles?: string | undefined; readonly say: (text: string) => void }
): Promise<Stage> => {
  const objects = join(folder, "objects")
  const hub = await startHub({
    objectStore: `file:${objects}`,
    index: `embedded:${join(folder, "postgres")}`,
    environment: { MUSEHUB_OPERATORS: hubUser },
    nodeFlags: [
      "--max-old-space-size=1024",
      "--import",
      fileURLToPath(new URL("watchLoop.ts", import.meta.url)),
      ...(profiles === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profiles}`])
    ]
  })
  try {
    return await fill(hub, objects, sizes, say)
  } catch (error) {
    await hub.stop()
    throw error
  }
}

const fill = async (hub: Hub, objects: string, sizes: Sizes, say: (text: string) => void): Promise<Stage> => {
  await hub.operate("user", "create", friend)
  await noteVerification(objects)
  say("a root with as much as it may name")
  const full = await makeFull(hub, objects, sizes)
  say("a history of many commits")
  const long = await makeLong(hub, sizes)
  say("a wide tree")
  const wide = await makeWide(hub, sizes)
  let made = 0
  return { hub, sizes, full, long, wide, empty: () => createRepository(hub, hubUser, `empty-${++made}`) }
}
