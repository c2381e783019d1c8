/**
 * Receiving a push: check everything, put the bytes, index them, move the root, bring the branch rows up, answer.
 * Whatever is refused before the root moves leaves nothing that any question about the repository would show.
 */
import { Clock, Effect, Schema } from "effect"
import { isAncestor } from "../history/ancestry.ts"
import type { CommitGraph } from "../history/CommitGraph.ts"
import { putCommit, putSnapshot } from "../invariant/ObjectWriter.ts"
import { type Decision, Roots } from "../invariant/Roots.ts"
import type { Commit, CommitRecord } from "../object/Commit.ts"
import { CommitId, type SnapshotId } from "../object/Id.ts"
import type { Snapshot } from "../object/Snapshot.ts"
import { type CommitNode, IndexStore, type IndexUnavailable } from "../port/IndexStore.ts"
import type { StoredDocument } from "../port/Stored.ts"
import { type BranchName, branchName, clashingBranch } from "../repository/Names.ts"
import { headOf, type Root } from "../repository/Root.ts"
import type { Principal } from "./access.ts"
import { admitBlobs } from "./admitBlobs.ts"
import { borrowHistory } from "./borrowHistory.ts"
import { checkBundle } from "./checkBundle.ts"
import { indexedGraph } from "./graphSource.ts"
import { introductionsOf } from "./introductions.ts"
import type { OpenRepository } from "./openRepository.ts"

/** What a client asks for. The new head is not named: it is the first commit (wire protocol, section 4). */
export interface PushRequest {
  readonly branch: string
  readonly force: boolean
  readonly commits: ReadonlyArray<CommitRecord>
  readonly snapshots: ReadonlyArray<Snapshot>
}

/** The branch does not move forward: its head is not among the ancestors of the pushed commit. */
export class NonFastForward extends Schema.TaggedError<NonFastForward>()("NonFastForward", {
  branch: Schema.String,
  head: CommitId
}) {
  override get message() {
    return `branch ${JSON.stringify(this.branch)} is at ${this.head}, which the pushed history does not contain; pull, or push with force`
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
  /** Count of commits that this push brought in. */
  readonly commits: number
}

/** Store requests in flight. */
const concurrency = 64

/** Needs write access. */
export const push = Effect.fn("push")(function* (open: OpenRepository, principal: Principal, request: PushRequest) {
  const index = yield* IndexStore
  const roots = yield* Roots
  const branch = yield* Effect.fromResult(branchName(request.branch))
  const bundle = yield* checkBundle(open, request.commits)
  const { known, fresh, freshSnapshots } = yield* compareWithIndex(open, branch, bundle.commits, bundle.outside)

  const offered = new Map(request.snapshots.map((snapshot) => [snapshot.id, snapshot]))
  const borrowed = yield* borrowHistory(open, principal, {
    commits: bundle.outside.filter((id) => !known.commits.has(id)),
    snapshots: freshSnapshots.filter((id) => !offered.has(id))
  })
  const snapshots = new Map([...offered, ...borrowed.snapshots])
  const nodes = withNewNodes(new Map([...known.commits, ...borrowed.nodes]), fresh)
  const graph = yield* indexedGraph(open.id, nodes.values())
  const target: Target = { branch, tip: bundle.tip, force: request.force, graph }
  yield* checkForward(open.root.value, target)
  const introductions = yield* introductionsOf(open.id, fresh, nodes, snapshots)
  const blobs = yield* admitBlobs(open, principal, [...new Set([...introductions.values()].flat())])

  // The copy of the present root goes out beside the snapshots, so that moving the root costs one round trip.
  const [storedSnapshots] = yield* Effect.all(
    [
      Effect.forEach(
        freshSnapshots.flatMap((id) => snapshots.get(id) ?? []),
        (snapshot) => putSnapshot(open.id, snapshot),
        { concurrency }
      ),
      roots.preserve(open.id)
    ],
    { concurrency: 2 }
  )
  const storedCommits = yield* Effect.forEach(fresh, (commit) => putCommit(open.id, commit), { concurrency })

  if (storedCommits.length > 0) {
    yield* index.record({
      repository: open.id,
      blobs,
      snapshots: storedSnapshots,
      commits: storedCommits.map((stored) => ({
        stored,
        generation: nodes.get(stored.id)?.generation ?? 1,
        introduces: introductions.get(stored.id) ?? []
      })),
      cachedManifests: new Set(fresh.flatMap((commit) => (commit.id === bundle.tip ? [commit.snapshotId] : [])))
    })
  }
  const root = yield* roots.move(open.id, moveBranch(target, principal))
  yield* (
    index
      .reflect(reflectable(open, root), [...borrowed.nodes.keys(), ...fresh.map((commit) => commit.id)])
      // The push has happened; whoever opens the repository next brings the index up.
      .pipe(Effect.catch((error) => Effect.logWarning("the index is one root behind", error)))
  )
  return { branch, head: bundle.tip, heads: root.value.heads, commits: fresh.length } satisfies PushAnswer as PushAnswer
})

/**
 * The root that the index may claim to reflect once this push's commits are marked: the new one where this push alone
 * lies between the two. Where others moved the root as well, their pushers may be gone before they marked theirs, so
 * the index stays behind and the next caller to open the repository brings it up.
 */
const reflectable = (open: OpenRepository, moved: StoredDocument<Root>): StoredDocument<Root> =>
  moved.value.previous === open.root.sha256 && moved.value.changes.length === 1 ? moved : open.root

/**
 * Sorts out what of a bundle is new. The present head is asked for along, since the walk to it starts from its
 * generation.
 */
const compareWithIndex = Effect.fnUntraced(function* (
  open: OpenRepository,
  branch: BranchName,
  commits: ReadonlyArray<Commit>,
  outside: ReadonlyArray<CommitId>
) {
  const index = yield* IndexStore
  const head = headOf(open.root.value, branch)
  const known = yield* index.known(open.id, {
    blobs: [],
    snapshots: [...new Set(commits.map((commit) => commit.snapshotId))],
    commits: [...commits.map((commit) => commit.id), ...outside, ...(head === undefined ? [] : [head])]
  })
  const fresh = commits.filter((commit) => !known.commits.has(commit.id))
  const freshSnapshots = new Set<SnapshotId>()
  for (const { snapshotId } of fresh) if (!known.snapshots.has(snapshotId)) freshSnapshots.add(snapshotId)
  return { known, fresh, freshSnapshots: [...freshSnapshots] }
})

/** Adds the new commits, parents first, with their generations. */
const withNewNodes = (
  nodes: Map<CommitId, CommitNode>,
  fresh: ReadonlyArray<Commit>
): ReadonlyMap<CommitId, CommitNode> => {
  for (const { id, parents, snapshotId } of fresh) {
    const generation = 1 + Math.max(0, ...parents.map((parent) => nodes.get(parent)?.generation ?? 0))
    nodes.set(id, { id, parents, generation, snapshotId, storedBytes: 0 })
  }
  return nodes
}

/** Where the push wants the branch, and the graph that tells whether that is forward. */
interface Target {
  readonly branch: BranchName
  readonly tip: CommitId
  readonly force: boolean
  readonly graph: CommitGraph<IndexUnavailable>
}

const checkForward = Effect.fnUntraced(function* (root: Root, { branch, force, graph, tip }: Target) {
  const head = headOf(root, branch)
  if (head === undefined) {
    const names = root.heads.map(([name]) => name)
    const existing = clashingBranch(branch, names)
    if (existing !== undefined) return yield* new BranchClash({ branch, existing })
    return
  }
  if (!force && !(yield* isAncestor(graph, head, [tip]))) return yield* new NonFastForward({ branch, head })
})

/** Decides on the root as it is when the write is made: the check of before may have been overtaken. */
const moveBranch = (target: Target, principal: Principal): Decision<NonFastForward | BranchClash | IndexUnavailable> =>
  Effect.fnUntraced(function* (root) {
    yield* checkForward(root, target)
    const { branch, graph, tip } = target
    const from = headOf(root, branch) ?? null
    if (from === tip) return null
    const forward = from === null || (yield* isAncestor(graph, from, [tip]))
    const at = new Date(yield* Clock.currentTimeMillis).toISOString()
    const moves = [{ ref: `refs/heads/${branch}`, from, to: tip }]
    return {
      root: withHead(root, branch, tip),
      change: { action: forward ? "push" : "force-push", by: principal.user, at, moves }
    }
  })

/** The first branch of a repository becomes its default branch (wire protocol, section 7). */
const withHead = (root: Root, branch: BranchName, head: CommitId): Pick<Root, "heads" | "repository"> => {
  const others = root.heads.filter(([name]) => name !== branch)
  return {
    heads: [...others, [branch, head] as const].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    repository: others.length === 0 ? { ...root.repository, defaultBranch: branch } : root.repository
  }
}
