/**
 * `push`: sends the history of a branch's head that the hub lacks, in one stream, and asks the hub to move its branch
 * there. Objects are read twice, the first time to announce their number and size, so that memory does not grow with
 * them.
 */
import { canonicalLength } from "@musehub/domain/object/Frame"
import { BoundedMap } from "@musehub/domain/base/BoundedMap"
import { introducedBlobs } from "@musehub/domain/history/introductions"
import type { CanonicalObject } from "@musehub/domain/object/CanonicalObject"
import { commitObject } from "@musehub/domain/object/Commit"
import { type BlobId, type CommitId, emptyBlobId, type SnapshotId } from "@musehub/domain/object/Id"
import type { Manifest } from "@musehub/domain/object/Manifest"
import { snapshotObject } from "@musehub/domain/object/Snapshot"
import { type BranchName, branchName } from "@musehub/domain/repository/Names"
import type { MpackCounts, MpackEntry } from "@musehub/domain/wire/mpack/Format"
import { mpackOrder, type MpackPlan } from "@musehub/domain/wire/mpack/mpackOrder"
import { type MpackSource, writeMpack } from "@musehub/domain/wire/mpack/writeMpack"
import { Effect, Option, Stream } from "effect"
import { BranchAbsent, Diverged, LocalDamage, quoted } from "../errors.ts"
import { LocalHistory, type Node } from "../history.ts"
import { filesAtOnce, type FolderError } from "../layout/Files.ts"
import { commitFile } from "../layout/names.ts"
import type { Head, LocalBlob, Repository } from "../layout/Repository.ts"
import { Meter } from "../Progress.ts"
import type { RemoteRefs } from "../remote/answers.ts"
import type { Remote } from "../remote/Remote.ts"
import { openFolder, openRemote, type TransferOptions, unwatched } from "./open.ts"

export interface PushOptions extends TransferOptions {
  /** Defaults to the current branch. */
  readonly branch?: string | undefined
  /** Moves the hub's branch even if that is not a fast-forward. */
  readonly force?: boolean | undefined
  /** Sends everything that the head leads to, for a hub that may have lost some of it. */
  readonly complete?: boolean | undefined
  /** The expected head of the hub's branch, or null for no branch; the hub compares it as it moves the branch. */
  readonly expect?: CommitId | null | undefined
}

export interface Pushed extends MpackCounts {
  readonly branch: BranchName
  /** The previous head of the hub's branch; null if it had none. */
  readonly before: CommitId | null
  readonly after: CommitId
  /** How many of the objects the hub lacked, if it says so. */
  readonly took: Omit<MpackCounts, "bytes"> | undefined
}

/** The number of objects that are read ahead of the connection. */
const readsAhead = 8
/** The most manifest entries that are kept while parents and children are compared. */
const entriesMax = 500_000

interface ReadSnapshot {
  readonly manifest: Manifest
  /** The size of the canonical bytes. */
  readonly size: number
}

/** Caches recently read snapshots. */
class Snapshots {
  readonly #repository: Repository
  readonly #kept = new BoundedMap<SnapshotId, ReadSnapshot>()

  constructor(repository: Repository) {
    this.#repository = repository
  }

  get(id: SnapshotId): Effect.Effect<ReadSnapshot, FolderError | LocalDamage> {
    const kept = this.#kept.get(id)
    if (kept !== undefined) return Effect.succeed(kept)
    return Effect.map(this.#repository.snapshot(id), (snapshot) => {
      const { manifest } = snapshot
      const read = { manifest, size: snapshotObject(snapshot).size }
      this.#kept.set(id, read, manifest.size)
      this.#kept.trim({ weightMax: entriesMax, isPinned: (kept) => kept === id })
      return read
    })
  }
}

/** Reads an object in its canonical form. */
const bytesOf = Effect.fnUntraced(function* (
  repository: Repository,
  entry: MpackEntry
): Effect.fn.Return<LocalBlob, FolderError | LocalDamage> {
  if (entry.type === "blob") return yield* repository.blob(entry.id)
  if (entry.type === "snapshot") return whole(snapshotObject(yield* repository.snapshot(entry.id)))
  const commit = yield* repository.commit(entry.id)
  const object = yield* Effect.mapError(
    Effect.fromResult(commitObject(commit)),
    ({ reason }) => new LocalDamage({ path: commitFile(entry.id), reason })
  )
  return whole(object)
})

/**
 * Returns the bytes of a commit or snapshot, which are in memory; only the type, shared with blobs, allows a stream.
 */
const whole = ({ size, content }: CanonicalObject<"commit" | "snapshot">): LocalBlob => ({
  size,
  content: content instanceof Uint8Array ? content : Stream.orDie(content)
})

/** Plans what to send for some commits, and counts it. */
const planOf = Effect.fnUntraced(function* (repository: Repository, history: LocalHistory, nodes: ReadonlyArray<Node>) {
  const read = new Snapshots(repository)
  const manifestOf = (id: CommitId) =>
    Effect.map(
      Effect.flatMap(history.node(id), ({ snapshotId }) => read.get(snapshotId)),
      ({ manifest }) => manifest
    )
  const sent = new Set(nodes.map(({ id }) => id))
  /** The empty blob is present everywhere, and the hub has the blobs of the parents outside this push. */
  const had = new Set<BlobId>([emptyBlobId])
  for (const parent of new Set(nodes.flatMap(({ parents }) => parents)).difference(sent)) {
    for (const blob of (yield* manifestOf(parent)).values()) had.add(blob)
  }
  const commits: Array<MpackPlan["commits"][number]> = []
  const snapshots = new Set<SnapshotId>()
  const blobs = new Set<BlobId>()
  let bytes = 0
  for (const { id, parents, snapshotId } of nodes) {
    const inherited = yield* Effect.forEach(parents, manifestOf)
    const { manifest, size } = yield* read.get(snapshotId)
    const introduces = introducedBlobs(manifest, inherited).filter((blob) => !had.has(blob))
    for (const blob of introduces) {
      if (blobs.has(blob)) continue
      blobs.add(blob)
      bytes += canonicalLength("blob", yield* repository.blobSize(blob))
    }
    if (!snapshots.has(snapshotId)) bytes += canonicalLength("snapshot", size)
    snapshots.add(snapshotId)
    commits.push({ id, snapshotId, introduces })
    bytes += canonicalLength("commit", (yield* bytesOf(repository, { type: "commit", id })).size)
  }
  const counts: MpackCounts = { commits: commits.length, snapshots: snapshots.size, blobs: blobs.size, bytes }
  return { order: { commits, snapshots, blobs } satisfies MpackPlan, counts }
})

/** Reads an object for the stream and counts its bytes as they are sent. */
const sourceOf = Effect.fnUntraced(function* (repository: Repository, entry: MpackEntry, meter: Meter) {
  const { size, content } = yield* bytesOf(repository, entry)
  if (content instanceof Uint8Array) {
    meter.passed(1, canonicalLength(entry.type, size))
    return { ...entry, size, content } satisfies MpackSource
  }
  meter.passed(1, canonicalLength(entry.type, size) - size)
  const passing = Stream.tap(content, (chunk) => Effect.sync(() => meter.passed(0, chunk.byteLength)))
  return { ...entry, size, content: passing } satisfies MpackSource<LocalDamage>
})

/** Returns commits that the hub is known to have. */
const hadBy = Effect.fnUntraced(function* (repository: Repository, remote: string, hub: Remote, refs: RemoteRefs) {
  const heads = [...new Set(refs.heads.values())]
  const known = yield* Effect.filter(heads, (id) => repository.hasCommit(id), { concurrency: filesAtOnce })
  if (known.length === heads.length) return known
  // The hub's branches have moved on, perhaps from where this folder last saw them.
  const seen = yield* Effect.forEach(refs.heads.keys(), (branch) => repository.tracking(remote, branch))
  const here = new Set(seen.flatMap((id) => Option.toArray(id)))
  const asked = yield* Effect.filter([...here.difference(new Set(known))], (id) => repository.hasCommit(id))
  return asked.length === 0 ? known : [...known, ...(yield* hub.negotiate(heads, asked))]
})

/** Returns the branch to push and its head. */
const tipOf = Effect.fnUntraced(function* (repository: Repository, head: Head, given: string | undefined) {
  if (given === undefined && head.type === "detached") {
    return yield* new BranchAbsent({
      branch: "",
      reason: "HEAD is at a commit and not on a branch; name the branch to push"
    })
  }
  const branch =
    given === undefined && head.type === "branch" ? head.branch : yield* Effect.fromResult(branchName(given ?? ""))
  const tip = yield* Effect.mapError(
    Effect.fromOption(yield* repository.branch(branch)),
    () => new BranchAbsent({ branch, reason: `there is no branch ${quoted(branch)} here, or it has no commit yet` })
  )
  return { branch, tip }
})

/**
 * Pushes a branch. Unless forced, fails with `Diverged` before anything is sent if the hub's head is not an ancestor of
 * the local one. Does not retry after a lost answer: the next push finds out what happened.
 */
export const push = Effect.fn("client.push")(function* (options: PushOptions) {
  const { repository, head } = yield* openFolder(options.directory)
  const { branch, tip } = yield* tipOf(repository, head, options.branch)
  const { name, hub } = yield* openRemote(repository, options)
  const refs = yield* hub.refs
  const before = refs.heads.get(branch) ?? null
  const force = options.force ?? false
  const history = new LocalHistory(repository)
  const complete = options.complete ?? false
  if (before === tip && !complete) {
    yield* repository.writeTracking(name, branch, tip)
    const pushed: Pushed = { branch, before, after: tip, commits: 0, snapshots: 0, blobs: 0, bytes: 0, took: undefined }
    return pushed
  }
  if (before !== null && !force) {
    const isForward = (yield* repository.hasCommit(before)) && (yield* history.isAncestor(before, tip))
    if (!isForward) return yield* new Diverged({ branch, local: tip, remoteBranch: branch, remote: before })
  }
  const nodes = yield* history.missing(tip, complete ? [] : yield* hadBy(repository, name, hub, refs))
  const { order, counts } = yield* planOf(repository, history, nodes)
  const { expect } = options
  const header = {
    ...counts,
    repository: refs.repository,
    // The hub knows its own heads.
    heads: new Map<string, CommitId>(),
    push: { branch, force, head: tip, ...(expect === undefined ? {} : { expect }) }
  }
  const meter = new Meter(options.onProgress ?? unwatched)
  meter.promised(counts.commits + counts.snapshots + counts.blobs, counts.bytes)
  const sources = Stream.mapEffect(
    Stream.fromIterable(mpackOrder(order)),
    (entry) => sourceOf(repository, entry, meter),
    {
      concurrency: readsAhead
    }
  )
  const { heads, took } = yield* hub.push(writeMpack(header, sources))
  yield* repository.writeTracking(name, branch, heads.get(branch) ?? tip)
  const pushed: Pushed = { branch, before, after: tip, ...counts, took }
  return pushed
}, Effect.scoped)
