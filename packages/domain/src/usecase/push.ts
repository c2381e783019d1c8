/**
 * Receiving a push: check everything, put the bytes, index them, move the root, bring the branch rows up, answer. Whatever is
 * refused before the root moves leaves nothing that any question about the repository would show.
 */
import { Clock, Effect, Result, Schema } from "effect"
import { isAncestor } from "../history/ancestry.ts"
import { introducedBlobs, orderBundle } from "../history/bundle.ts"
import { putCommit, putSnapshot } from "../invariant/ObjectWriter.ts"
import { readSnapshot } from "../invariant/ObjectReader.ts"
import { type Decision, Roots } from "../invariant/Roots.ts"
import {
  checkCommit,
  type Commit,
  type CommitRecord,
  mayHashMoreParents,
  proveHashedParents
} from "../object/Commit.ts"
import { CommitId, type SnapshotId } from "../object/Id.ts"
import type { Manifest } from "../object/Manifest.ts"
import type { Snapshot } from "../object/Snapshot.ts"
import { type CommitNode, IndexStore, type IndexUnavailable } from "../port/IndexStore.ts"
import { type BranchName, branchName, clashingBranch } from "../repository/Names.ts"
import { headOf, type Root } from "../repository/Root.ts"
import type { Principal } from "./access.ts"
import { admitBlobs } from "./admitBlobs.ts"
import { borrowHistory } from "./borrowHistory.ts"
import { indexedGraph } from "./graphSource.ts"
import type { OpenRepository } from "./openRepository.ts"

/** What a client asks for. The new head is not named: it is the first commit (wire protocol, section 4). */
export interface PushRequest {
  readonly branch: string
  readonly force: boolean
  readonly commits: ReadonlyArray<CommitRecord>
  readonly snapshots: ReadonlyArray<Snapshot>
}

/** The bundle as a whole makes no sense. */
export class BundleRefused extends Schema.TaggedError<BundleRefused>()("BundleRefused", { reason: Schema.String }) {
  override get message() {
    return this.reason
  }
}

/** The branch does not move forward: its head is not among the ancestors of the pushed commit. */
export class NonFastForward extends Schema.TaggedError<NonFastForward>()("NonFastForward", {
  branch: Schema.String,
  head: Schema.NullOr(CommitId)
}) {
  override get message() {
    return `branch ${this.branch} is at ${this.head}, which the pushed history does not contain; pull, or push with force`
  }
}

/** The branch cannot exist beside another one: in a clone one would be a file and the other a folder. */
export class BranchClash extends Schema.TaggedError<BranchClash>()("BranchClash", {
  branch: Schema.String,
  existing: Schema.String
}) {
  override get message() {
    return `branch ${JSON.stringify(this.branch)} cannot exist beside ${JSON.stringify(this.existing)}: one would be a file and the other a folder`
  }
}

export interface PushAnswer {
  readonly branch: BranchName
  readonly head: CommitId
  readonly heads: Root["heads"]
  /** Commits that this push brought in. */
  readonly commits: number
}

/** Store requests in flight. */
const concurrency = 64
/** Commits of the repository among which a third hashed parent is looked for. */
const candidatesMax = 20_000

/** Checks the ids of all commits; a two-parent one may turn out to hash a third parent. */
const checkCommits = Effect.fnUntraced(function* (open: OpenRepository, records: ReadonlyArray<CommitRecord>) {
  const index = yield* IndexStore
  const commits = new Map<CommitId, Commit>()
  let candidates: ReadonlyArray<CommitId> | undefined
  for (const record of records) {
    let checked = checkCommit(record)
    if (Result.isFailure(checked) && mayHashMoreParents(record)) {
      candidates ??= [
        ...records.map((other) => other.commit_id),
        ...open.root.value.heads.map(([, head]) => head),
        ...(yield* index.recentCommits(open.id, candidatesMax))
      ]
      checked = proveHashedParents(record, candidates)
    }
    const commit = yield* Effect.fromResult(checked)
    commits.set(commit.id, commit)
  }
  return commits
})

const tipOf = (commits: ReadonlyMap<CommitId, Commit>, records: ReadonlyArray<CommitRecord>) => {
  const first = records[0]
  if (first === undefined) return Effect.fail(new BundleRefused({ reason: "the push holds no commit, so it names no head" }))
  for (const commit of commits.values()) {
    if (commit.parents.includes(first.commit_id)) {
      const reason = `the first commit must be the new head, but ${first.commit_id} is a parent of ${commit.id}`
      return Effect.fail(new BundleRefused({ reason }))
    }
  }
  return Effect.succeed(first.commit_id)
}

const moveHead = (root: Root, branch: BranchName, head: CommitId): Pick<Root, "heads" | "repository"> => {
  const others = root.heads.filter(([name]) => name !== branch)
  const heads = [...others, [branch, head] as const].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const repository = others.length === 0 ? { ...root.repository, defaultBranch: branch } : root.repository
  return { heads, repository }
}

/** Needs write access. */
export const push = Effect.fn("push")(function* (open: OpenRepository, principal: Principal, request: PushRequest) {
  const index = yield* IndexStore
  const roots = yield* Roots
  const branch = yield* Effect.fromResult(branchName(request.branch))
  const commits = yield* checkCommits(open, request.commits)
  const tip = yield* tipOf(commits, request.commits)
  const bundle = orderBundle(commits, tip)
  const offered = new Map(request.snapshots.map((snapshot) => [snapshot.id, snapshot]))
  const head = headOf(open.root.value, branch)

  const bundleIds = bundle.commits.map((commit) => commit.id)
  const snapshotIds = [...new Set(bundle.commits.map((commit) => commit.snapshotId))]
  const known = yield* index.known(open.id, {
    blobs: [],
    snapshots: snapshotIds,
    commits: [...bundleIds, ...bundle.outside, ...(head === undefined ? [] : [head])]
  })
  const fresh = bundle.commits.filter((commit) => !known.commits.has(commit.id))
  const freshSnapshots = new Set(
    fresh.map((commit) => commit.snapshotId).filter((id) => !known.snapshots.has(id))
  )
  const borrowed = yield* borrowHistory(open, principal, {
    commits: bundle.outside.filter((id) => !known.commits.has(id)),
    snapshots: [...freshSnapshots].filter((id) => !offered.has(id))
  })

  const nodes = new Map<CommitId, CommitNode>([...known.commits, ...borrowed.nodes])
  for (const commit of fresh) {
    const generation = 1 + Math.max(0, ...commit.parents.map((id) => nodes.get(id)?.generation ?? 0))
    const { id, parents, snapshotId } = commit
    nodes.set(id, { id, parents, generation, snapshotId, storedBytes: 0 })
  }
  const graph = yield* indexedGraph(open.id, nodes.values())
  yield* checkForward(open.root.value)

  function checkForward(root: Root) {
    return Effect.gen(function* () {
      const current = headOf(root, branch)
      if (current === undefined) {
        const existing = clashingBranch(branch, root.heads.map(([name]) => name))
        if (existing !== undefined) return yield* new BranchClash({ branch, existing })
      } else if (!request.force && !(yield* isAncestor(graph, current, [tip]))) {
        return yield* new NonFastForward({ branch, head: current })
      }
    })
  }

  const manifests = yield* manifestsOf(open, fresh, nodes, new Map([...offered, ...borrowed.snapshots]))
  const introductions = fresh.map((commit) => {
    const parents = commit.parents.flatMap((id) => nodes.get(id)?.snapshotId ?? [])
    return introducedBlobs(
      manifests.get(commit.snapshotId) ?? new Map(),
      parents.map((id) => manifests.get(id) ?? new Map())
    )
  })
  const admitted = yield* admitBlobs(open, principal, [...new Set(introductions.flat())])

  // Copying the present root under history/ ahead of the move costs no round trip of its own here.
  const [snapshots] = yield* Effect.all(
    [
      Effect.forEach(
        [...freshSnapshots].flatMap((id) => offered.get(id) ?? borrowed.snapshots.get(id) ?? []),
        (snapshot) => putSnapshot(open.id, snapshot),
        { concurrency }
      ),
      roots.preserve(open.id)
    ],
    { concurrency: "unbounded" }
  )
  const stored = yield* Effect.forEach(fresh, (commit) => putCommit(open.id, commit), { concurrency })
  if (stored.length > 0) {
    yield* index.record({
      repository: open.id,
      blobs: admitted,
      snapshots,
      commits: stored.map((evidence, position) => ({
        stored: evidence,
        generation: nodes.get(evidence.id)?.generation ?? 1,
        introduces: introductions[position] ?? []
      })),
      cachedManifests: new Set(fresh.filter((commit) => commit.id === tip).map((commit) => commit.snapshotId))
    })
  }

  const decide: Decision<NonFastForward | BranchClash | IndexUnavailable> = Effect.fnUntraced(function* (root) {
    yield* checkForward(root)
    const from = headOf(root, branch) ?? null
    if (from === tip) return null
    const at = new Date(yield* Clock.currentTimeMillis).toISOString()
    const forced = from !== null && request.force && !(yield* isAncestor(graph, from, [tip]))
    return {
      root: moveHead(root, branch, tip),
      change: {
        action: forced ? "force-push" : "push",
        by: principal.user,
        at,
        moves: [{ ref: `refs/heads/${branch}`, from, to: tip }]
      }
    }
  })
  const root = yield* roots.move(open.id, decide)
  yield* index
    .reflect(root, [...borrowed.nodes.keys(), ...fresh.map((commit) => commit.id)])
    // The push has happened; whoever opens the repository next brings the index up.
    .pipe(Effect.catch((error) => Effect.logWarning("the index is one root behind", error)))
  return { branch, head: tip, heads: root.value.heads, commits: fresh.length } satisfies PushAnswer as PushAnswer
})

/** Manifests of the new commits and of their parents; those of earlier heads are cached in the index, others are read. */
const manifestsOf = Effect.fnUntraced(function* (
  open: OpenRepository,
  fresh: ReadonlyArray<Commit>,
  nodes: ReadonlyMap<CommitId, CommitNode>,
  offered: ReadonlyMap<SnapshotId, Snapshot>
) {
  const index = yield* IndexStore
  const needed = new Set<SnapshotId>()
  for (const commit of fresh) {
    needed.add(commit.snapshotId)
    for (const parent of commit.parents) {
      const node = nodes.get(parent)
      if (node !== undefined) needed.add(node.snapshotId)
    }
  }
  const manifests = new Map<SnapshotId, Manifest>()
  const outside: Array<SnapshotId> = []
  for (const id of needed) {
    const snapshot = offered.get(id)
    if (snapshot === undefined) outside.push(id)
    else manifests.set(id, snapshot.manifest)
  }
  if (outside.length === 0) return manifests
  const cached = yield* index.manifests(open.id, outside)
  for (const [id, manifest] of cached) manifests.set(id, manifest)
  yield* Effect.forEach(
    outside.filter((id) => !cached.has(id)),
    (id) => Effect.map(readSnapshot(open.id, id), ({ snapshot }) => manifests.set(id, snapshot.manifest)),
    { concurrency, discard: true }
  )
  return manifests
})
