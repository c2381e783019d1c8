/**
 * Samples for the index's tests: histories whose objects are in packs of a store, since evidence cannot be made
 * otherwise, and roots that were moved. Also a naive reading of such a history, to compare answers with.
 */
import type { CommitNode } from "@musehub/domain/history/CommitNode"
import { blobOf } from "@musehub/domain/object/Blob"
import { commitObject, makeCommit } from "@musehub/domain/object/Commit"
import type { BlobId, CommitId, RepositoryId, Sha256, SnapshotId } from "@musehub/domain/object/Id"
import type { Manifest } from "@musehub/domain/object/Manifest"
import { makeSnapshot, snapshotObject } from "@musehub/domain/object/Snapshot"
import { NewPacks } from "@musehub/domain/invariant/packs/NewPacks"
import { witnessBlobs, witnessCommits, witnessSnapshots } from "@musehub/domain/invariant/ObjectWriter"
import { Packs } from "@musehub/domain/invariant/packs/Packs"

import { Roots } from "@musehub/domain/invariant/Roots"
import type { ObjectIds } from "@musehub/domain/port/index/ObjectIndex"
import type { CommitEntry, RecordBatch } from "@musehub/domain/port/index/RowWriter"
import type { Stored, StoredDocument, StoredPack } from "@musehub/domain/port/Stored"
import { BranchName, Domain, Slug, UserName } from "@musehub/domain/repository/Names"
import { headsKind } from "@musehub/domain/repository/refs/kinds"
import { RefList } from "@musehub/domain/repository/refs/RefList"
import { emptyRoot, type Root } from "@musehub/domain/repository/Root"
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import { newRepository } from "./StoreSamples.ts"
import type { WholeIndex } from "./wholeIndex.ts"

/** Makes a user that no other test uses. */
export const newUser = (): UserName => UserName.make(`u${randomUUID()}`)

const now = "2026-11-22T15:08:10+00:00"

/** A commit to make. Parents are named by their index in the history. */
export interface Step {
  readonly parents: ReadonlyArray<number>
  /** Content by path. */
  readonly files: Readonly<Record<string, string>>
  readonly message?: string
  readonly author?: string
  readonly branch?: string
  readonly reviewedBy?: ReadonlyArray<string>
  readonly testRuns?: number
}

/** A stored history, with everything needed to record it. */
export interface History {
  readonly repository: RepositoryId
  readonly commits: ReadonlyArray<CommitEntry>
  readonly snapshots: ReadonlyArray<Stored<"snapshot">>
  readonly blobs: ReadonlyArray<Stored<"blob">>
  /** The packs that hold its objects. */
  readonly packs: ReadonlyArray<StoredPack>
}

/**
 * Puts packs, and reads the evidence of these objects from them. No root names the packs: the index under test only
 * takes evidence, and cannot tell.
 */
export const evidenceIn = Effect.fnUntraced(function* (written: NewPacks, { blobs, commits, snapshots }: ObjectIds) {
  const { repository } = written
  const made = yield* written.finish()
  const packs = yield* Packs
  const look = yield* packs.lookIn(
    repository,
    made.map(({ ref }) => ref)
  )
  const inThem = Packs.of({ ...packs, find: (_, names) => Effect.succeed(names.map(look)) })
  const evidence = Effect.all({
    blobs: witnessBlobs(repository, blobs),
    snapshots: witnessSnapshots(repository, snapshots),
    commits: witnessCommits(repository, commits)
  })
  return { ...(yield* Effect.provideService(evidence, Packs, inThem)), packs: made }
})

/** Makes and stores the commits of `steps`, in order. */
export const historyOf = Effect.fnUntraced(function* (
  steps: ReadonlyArray<Step>,
  repository: RepositoryId = newRepository()
) {
  const written = new NewPacks(repository)
  const made: Array<Pick<CommitEntry, "generation" | "introduces"> & { id: CommitId; manifest: Manifest }> = []
  const snapshots = new Set<SnapshotId>()
  const blobs = new Set<BlobId>()
  const encoder = new TextEncoder()
  for (const [place, step] of steps.entries()) {
    const manifest = new Map<string, BlobId>()
    for (const [path, content] of Object.entries(step.files)) {
      const blob = blobOf(encoder.encode(content))
      yield* written.addBlob(blob)
      blobs.add(blob.id)
      manifest.set(path, blob.id)
    }
    const snapshot = snapshotObject(makeSnapshot(manifest, now))
    yield* written.add(snapshot)
    snapshots.add(snapshot.id)
    const parents = step.parents.map((parent) => at(made, parent))
    const commit = yield* Effect.fromResult(
      commitObject(
        makeCommit({
          branch: step.branch ?? "main",
          snapshot_id: snapshot.id,
          message: step.message ?? `commit ${place}`,
          author: step.author ?? "ada",
          committed_at: now,
          reviewed_by: step.reviewedBy ?? [],
          test_runs: step.testRuns ?? 0,
          parent_commit_id: parents[0]?.id ?? null,
          parent2_commit_id: parents[1]?.id ?? null
        })
      )
    )
    yield* written.add(commit)
    const inherited = new Set(parents.flatMap((parent) => [...parent.manifest.values()]))
    made.push({
      id: commit.id,
      manifest,
      generation: 1 + Math.max(0, ...parents.map(({ generation }) => generation)),
      introduces: [...new Set(manifest.values())].filter((blob) => !inherited.has(blob))
    })
  }
  const ids = { blobs: [...blobs], snapshots: [...snapshots], commits: made.map(({ id }) => id) }
  const evidence = yield* evidenceIn(written, ids)
  const commits = made.map(({ generation, introduces }, place) => ({
    stored: at(evidence.commits, place),
    generation,
    introduces
  }))
  const history: History = { repository, ...evidence, commits }
  return history
})

/** Returns the first commits of a history, with what they need. */
export const firstOf = (history: History, count: number): History => {
  const commits = history.commits.slice(0, count)
  const needed = new Set(commits.map(({ stored }) => stored.value.snapshotId))
  const snapshots = history.snapshots.filter(({ id }) => needed.has(id))
  const blobs = new Set(snapshots.flatMap(({ value }) => [...value.manifest.values()]))
  return { ...history, commits, snapshots, blobs: history.blobs.filter(({ id }) => blobs.has(id)) }
}

/** Makes a line of commits, each changing one file of its own. */
export const lineOf = (length: number): ReadonlyArray<Step> =>
  Array.from({ length }, (_, place) => ({
    parents: place === 0 ? [] : [place - 1],
    files: { [`file-${place}`]: `content ${place}` }
  }))

/** Returns the item at an index that must exist. */
export const at = <A>(items: ReadonlyArray<A>, index: number): A => {
  const item = items.at(index)
  if (item === undefined) throw new Error(`no item ${index} among ${items.length}`)
  return item
}

export const idsOf = ({ commits, snapshots, blobs }: History) => ({
  commits: commits.map(({ stored }) => stored.id),
  snapshots: snapshots.map(({ id }) => id),
  blobs: blobs.map(({ id }) => id)
})

/** Returns a batch that records nothing. */
export const emptyBatch = (repository: RepositoryId): RecordBatch => ({
  repository,
  ...nothing,
  cachedManifests: new Set(),
  packs: [],
  dropped: [],
  root: undefined
})

/** Returns the batch that records a whole history, without its packs. */
export const batchOf = (
  { blobs, commits, repository, snapshots }: History,
  cached: ReadonlyArray<SnapshotId> = []
): RecordBatch => ({ ...emptyBatch(repository), blobs, snapshots, commits, cachedManifests: new Set(cached) })

type Recording = Pick<WholeIndex, "record">

/** Records a root alone. */
export const reflect = ({ record }: Recording, root: StoredDocument<Root>) =>
  record({ ...emptyBatch(root.value.repository.id), root })

/** Records packs whose objects have rows, and forgets others. */
export const recordPacks = (
  { record }: Recording,
  repository: RepositoryId,
  packs: ReadonlyArray<StoredPack>,
  dropped: ReadonlyArray<Sha256>
) => record({ ...emptyBatch(repository), packs, dropped })

/** Makes a first root without branches, owned by a user of its own. */
export const newRoot = (repository: RepositoryId, record: Partial<Root["repository"]> = {}): Root => ({
  repository: {
    id: repository,
    owner: newUser(),
    name: "Songs & Co.",
    slug: Slug.make("songs"),
    visibility: "private",
    description: "",
    domain: Domain.make("midi"),
    defaultBranch: BranchName.make("main"),
    archived: false,
    forkOf: null,
    createdAt: now,
    ...record
  },
  ...emptyRoot,
  changes: [],
  nonce: randomUUID()
})

/** Writes a first root. */
export const createRoot = Effect.fnUntraced(function* (root: Root) {
  const roots = yield* Roots
  return yield* roots.create(root)
})

/** Moves a root as its owner. */
export const moveRoot = Effect.fnUntraced(function* (
  repository: RepositoryId,
  parts: Partial<Pick<Root, "repository" | "heads" | "grants" | "offeredTo">>
) {
  const roots = yield* Roots
  return yield* roots.move(repository, (root) =>
    Effect.succeed({
      root: parts,
      change: { action: "push", by: root.repository.owner, at: now, moves: [] }
    })
  )
})

/** A list of branches by name. */
export const headsOf = (heads: Readonly<Record<string, CommitId>>): Root["heads"] =>
  RefList.of(
    headsKind,
    Object.entries(heads).map(([name, commit]) => [BranchName.make(name), commit])
  )

/** Returns the distance of every commit from the nearest of `from`, along parents. */
export const distances = ({ commits }: History, from: ReadonlyArray<CommitId>): ReadonlyMap<CommitId, number> => {
  const parentsOf = new Map(commits.map(({ stored }) => [stored.id, stored.value.parents]))
  const found = new Map<CommitId, number>()
  let level = from
  for (let distance = 0; level.length > 0; distance++) {
    const fresh = [...new Set(level)].filter((id) => parentsOf.has(id) && !found.has(id))
    for (const id of fresh) found.set(id, distance)
    level = fresh.flatMap((id) => parentsOf.get(id) ?? [])
  }
  return found
}

/** Returns the node that the index should return for a commit. */
export const nodeOf = ({ snapshots }: History, { stored, generation }: CommitEntry): CommitNode => ({
  id: stored.id,
  parents: stored.value.parents,
  generation,
  snapshotId: stored.value.snapshotId,
  storedBytes: stored.size + (snapshots.find(({ id }) => id === stored.value.snapshotId)?.size ?? 0)
})

/** The ids of no objects. */
export const nothing = { blobs: [], snapshots: [], commits: [] }
