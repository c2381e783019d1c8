/**
 * Receives a push: checks everything, puts the objects into packs, moves the root, which names them, brings the index
 * up and answers. A push refused before the root moves is invisible to every reader.
 */
import { Effect, Iterable } from "effect"
import { joiningNodes } from "../../history/CommitNode.ts"
import { isAncestor } from "../../history/ancestry.ts"
import type { CommitGraph } from "../../history/CommitGraph.ts"
import { NewPacks } from "../../invariant/packs/NewPacks.ts"
import { checkNewBranch } from "../../invariant/refs/checkNewBranch.ts"
import { headOf, withHead } from "../../invariant/refs/heads.ts"
import { type Decision, Roots, type MoveError } from "../../invariant/Roots.ts"
import type { ObjectReadError } from "../../invariant/ObjectReader.ts"
import type { Commit, CommitRecord } from "../../object/Commit.ts"
import { expected } from "../../base/expected.ts"
import { eachInSlices, inSlices } from "../../base/Slices.ts"
import type { BlobId, CommitId, SnapshotId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { IndexUnavailable } from "../../port/index/IndexUnavailable.ts"
import { ObjectIndex } from "../../port/index/ObjectIndex.ts"
import type { CommitIndex } from "../../port/index/CommitIndex.ts"
import type { DocumentConflict } from "../../port/ObjectStore.ts"
import { type BranchName, branchName, type BranchNameRefused, type UserName } from "../../repository/Names.ts"
import type { Root } from "../../repository/Root.ts"
import type { AnnotationRefused } from "../../repository/Annotation.ts"
import type { Principal } from "../access/policy.ts"
import type { HubBusy } from "../admission/Admission.ts"
import { admitBlobs } from "./admitBlobs.ts"
import { annotatePushed } from "../annotations/annotatePushed.ts"
import { borrowHistory } from "./borrowHistory.ts"
import {
  branchRef,
  checkDirectChange,
  checkLease,
  checkLossyChange,
  NonFastForward,
  type BranchClash,
  type BranchProtected,
  type HeadMoved
} from "../../repository/rule/branchRules.ts"
import type { RepositoryFull } from "../../repository/rule/repositoryLimits.ts"
import { checkBundle, type CheckBundleError } from "./checkBundle.ts"
import { namesOf, type ObjectsMissing } from "./ObjectsMissing.ts"
import { graphOfMove } from "../graph/commitGraph.ts"
import { introductionsOf } from "../manifests/introductions.ts"
import type { PackLost } from "../recovery/PackLost.ts"
import { requireHeld, requireReadable, requireUnknown } from "../recovery/lostRows.ts"
import { closingMerged } from "../write/mergedByMove.ts"
import { moveRoot, type MoveServices } from "../write/moveRoot.ts"
import { nowIso } from "../../object/now.ts"
import type { ContentRefused, ObjectRefused } from "../../object/Refused.ts"
import type { OpenRepository } from "../access/openRepository.ts"
import { countingPacks } from "../access/takingBytes.ts"
import type { QuotaExceeded } from "../admission/Quotas.ts"

/** The request of a client. */
export interface PushRequest {
  readonly branch: string
  readonly force: boolean
  /** The expected head, null if the branch must not exist; undefined accepts any head. */
  readonly expect?: CommitId | null | undefined
  /** The new head, which need not be among the commits; undefined is the first of them (docs/wire.md, section 4). */
  readonly head?: CommitId | undefined
  readonly commits: ReadonlyArray<CommitRecord>
  readonly snapshots: ReadonlyArray<Snapshot>
}

export interface PushAnswer {
  readonly branch: BranchName
  readonly head: CommitId
  /** The number of new commits in this push. */
  readonly commits: number
}

export type PushError =
  | HubBusy
  | CheckBundleError
  | ObjectsMissing
  | PackLost
  | ObjectRefused
  | ContentRefused
  | AnnotationRefused
  | DocumentConflict
  | BranchNameRefused
  | BranchClash
  | BranchProtected
  | HeadMoved
  | NonFastForward
  | RepositoryFull
  | QuotaExceeded
  | ObjectReadError
  | MoveError

export const push = Effect.fn("push")(function* (
  open: OpenRepository<"write">,
  request: PushRequest
): Effect.fn.Return<PushAnswer, PushError, CommitIndex | MoveServices> {
  const roots = yield* Roots
  const branch = yield* Effect.fromResult(branchName(request.branch))
  const bundle = yield* checkBundle(open, request.commits, request.head)
  const packs = new NewPacks(open.id)
  const countPacks = yield* countingPacks(open, packs)
  const { known, fresh, freshSnapshots } = yield* compareWithIndex(open, branch, bundle.commits, bundle.outside)

  const offered = new Map(request.snapshots.map((snapshot) => [snapshot.id, snapshot]))
  yield* requireHeld(open.id, [
    ...bundle.outside.flatMap((id) => (known.commits.has(id) ? [{ type: "commit" as const, id }] : [])),
    ...Array.from(known.snapshots, (id) => ({ type: "snapshot" as const, id }))
  ])
  const lacking = bundle.outside.filter((id) => !known.commits.has(id))
  yield* requireUnknown(
    open.root.value,
    lacking.map((id) => ({ type: "commit", id }))
  )
  const borrowed = yield* borrowHistory(
    open,
    {
      commits: lacking,
      snapshots: freshSnapshots.filter((id) => !offered.has(id))
    },
    packs
  ).pipe(Effect.tapErrorTag("ObjectsMissing", (error) => requireReadable(open.id, namesOf(error))))
  const snapshots = new Map([...offered, ...borrowed.snapshots])
  const nodes = yield* inSlices(() => joiningNodes([known.commits, borrowed.nodes], fresh))
  const graph = yield* graphOfMove(open.id, nodes)
  const { expect, force } = request
  const target: Target = { branch, tip: bundle.tip, force, expect, graph, by: open.principal.user }
  yield* checkTarget(open.root.value, target)
  const introductions = yield* introductionsOf(open, fresh, nodes, snapshots)
  const introduced = new Set<BlobId>()
  yield* eachInSlices(Iterable.flatten<BlobId>(introductions.values()), (id) => introduced.add(id))
  const staged = yield* admitBlobs(open, [...introduced], packs)
  for (const id of freshSnapshots) {
    yield* packs.addSnapshot(expected(snapshots.get(id), `snapshot ${id} of the push`))
  }
  for (const commit of fresh) yield* packs.addCommit(commit)
  yield* countPacks
  // What goes into the store before the root is written beside the packs, so that moving it costs one round trip.
  const [written] = yield* Effect.all([packs.finish(), roots.prepare(open.id, branch, bundle.tip)], { concurrency: 2 })
  yield* annotatePushed(
    open,
    bundle.commits.filter(({ id }) => known.commits.has(id))
  )
  const decide = closingMerged(graph, moveBranch(target, open.principal))
  yield* moveRoot(open, decide, [...staged, ...written], nodes)
  const answer: PushAnswer = { branch, head: bundle.tip, commits: fresh.length }
  return answer
})

/**
 * Finds the new objects of a bundle. The present head is looked up with them, because the walk to it starts from its
 * generation.
 */
const compareWithIndex = Effect.fnUntraced(function* (
  open: OpenRepository<"write">,
  branch: BranchName,
  commits: ReadonlyArray<Commit>,
  outside: ReadonlyArray<CommitId>
) {
  const index = yield* ObjectIndex
  const head = yield* headOf(open.root.value, branch)
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

/** The branch update that a push wants, and the graph that decides whether it is a fast-forward. */
export interface Target extends Pick<PushRequest, "force" | "expect"> {
  readonly branch: BranchName
  readonly tip: CommitId
  readonly graph: CommitGraph<IndexUnavailable>
  readonly by: UserName
}

/** Checks whether the branch may move to the tip, given a root. */
export const checkTarget = Effect.fnUntraced(function* (root: Root, { branch, by, expect, force, graph, tip }: Target) {
  const head = yield* headOf(root, branch)
  yield* checkLease(branch, head, expect)
  if (head === undefined) return yield* checkNewBranch(root, branch, by)
  if (head === tip) return
  yield* checkDirectChange(root, branch)
  if (yield* isAncestor(graph, head, [tip])) return
  if (!force) return yield* new NonFastForward({ branch, head })
  yield* checkLossyChange(root, branch)
})

/** Decides on the root at the time of the write; the earlier check may have been overtaken. */
export const moveBranch = (
  target: Target,
  principal: Principal
): Decision<Effect.Error<ReturnType<typeof checkTarget>>> =>
  Effect.fnUntraced(function* (root) {
    yield* checkTarget(root, target)
    const { branch, graph, tip } = target
    const from = (yield* headOf(root, branch)) ?? null
    if (from === tip) return null
    const forward = from === null || (yield* isAncestor(graph, from, [tip]))
    const moves = [{ ref: branchRef(branch), from, to: tip }]
    return {
      root: yield* withHead(root, branch, tip),
      change: { action: forward ? "push" : "force-push", by: principal.user, at: yield* nowIso, moves }
    }
  })
