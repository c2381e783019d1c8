/** Finds who wrote or brought what is new in a proposal: their own approval says nothing about it. */
import type { Packs } from "../../../invariant/packs/Packs.ts"
import { Effect, Stream } from "effect"
import { difference } from "../../../history/ancestry.ts"
import type { CommitGraph } from "../../../history/CommitGraph.ts"
import { elementAt } from "../../../base/expected.ts"
import type { ObjectReadError } from "../../../invariant/ObjectReader.ts"
import type { CommitIndex } from "../../../port/index/CommitIndex.ts"
import type { IndexUnavailable } from "../../../port/index/IndexUnavailable.ts"
import type { ObjectStore } from "../../../port/ObjectStore.ts"
import { allHeads, headOf } from "../../../invariant/refs/heads.ts"
import type { RefsError } from "../../../invariant/refs/RefChunks.ts"
import { refsIn } from "../../../invariant/refs/refs.ts"
import type { Roots } from "../../../invariant/Roots.ts"
import { rootsBackFrom } from "../../../invariant/RootHistory.ts"
import type { CommitId } from "../../../object/Id.ts"
import type { UserName } from "../../../repository/Names.ts"
import type { Root, RootAction } from "../../../repository/Root.ts"
import { branchRef } from "../../../repository/rule/branchRules.ts"
import type { OpenRepository } from "../../access/openRepository.ts"
import { admitted, type HubBusy } from "../../admission/Admission.ts"
import { authorsOf } from "../../graph/authorsOf.ts"
import { visibleGraph } from "../../graph/commitGraph.ts"
import { type Contributors, noContributors } from "./approvals.ts"

/**
 * The most new commits whose authors are read, and the most roots in which their pushers are looked for. Beyond them no
 * approval counts, since anybody may have contributed.
 */
export const commitsReadMax = 2000
export const rootsReadMax = 2000
const rootBytesReadMax = 32 * 1024 * 1024

/** Actions that put a branch on commits that were there before; who brought them is in older roots. */
const reviving: ReadonlySet<RootAction> = new Set(["create-branch", "rename-branch", "restore-branch"])

/** Actions whose author answers for the commits that the moves lead to. */
const bringing: ReadonlySet<RootAction> = new Set([
  "create",
  "push",
  "force-push",
  "commit-files",
  "merge-proposal",
  "restore-branch"
])

/**
 * Returns how to say whether a commit is one of the new ones or leads to one. Some commits are asked about at once; the
 * answers are remembered.
 */
const leadingTo = Effect.fnUntraced(function* <E>(
  graph: CommitGraph<E>,
  fresh: ReadonlySet<CommitId>,
  target: CommitId,
  some: ReadonlySet<CommitId>
) {
  const known = new Map<CommitId, boolean>()
  const ask = Effect.fnUntraced(function* (commits: Iterable<CommitId>) {
    const leading = new Set(fresh)
    // Parents come before their children.
    for (const { id, parents } of yield* difference(graph, commits, [target])) {
      if (parents.some((parent) => leading.has(parent))) leading.add(id)
    }
    for (const commit of commits) known.set(commit, leading.has(commit))
  })
  yield* ask(some)
  return Effect.fnUntraced(function* (commit: CommitId) {
    if (!known.has(commit)) yield* ask([commit])
    return known.get(commit) === true
  })
})

/**
 * Returns the users whose moves brought new commits to any branch, and whether these are all. Walks the history of the
 * roots back to where no branch led to them, and further while a branch was only put back on them. Only the newest root
 * has its branches read: the moves say where they were before.
 */
const pushersOf = Effect.fnUntraced(function* <E>(
  root: Root,
  graph: CommitGraph<E>,
  fresh: ReadonlySet<CommitId>,
  target: CommitId
) {
  const leads = yield* leadingTo(graph, fresh, target, yield* allHeads(root))
  const leading = new Set<string>()
  yield* Stream.runForEach(refsIn(root, root.heads), ([name, head]) =>
    Effect.map(leads(head), (does) => {
      if (does) leading.add(branchRef(name))
    })
  )
  const pushers = new Set<UserName>()
  let revived = false
  let all = false
  /** Takes back the moves of a root, so that `leading` has the branches of the one before. */
  const takeBack = Effect.fnUntraced(function* ({ changes }: Root) {
    for (const { from, ref } of changes.flatMap(({ moves }) => moves).toReversed()) {
      if (from !== null && (yield* leads(from))) leading.add(ref)
      else leading.delete(ref)
    }
  })
  const isOver = Effect.fnUntraced(function* (visited: Root) {
    for (const { action, by, moves } of visited.changes.toReversed()) {
      for (const { to } of moves) {
        if (to === null || !(yield* leads(to))) continue
        if (bringing.has(action)) pushers.add(by)
        revived = reviving.has(action)
      }
    }
    if (visited.sequence > 0 && (revived || leading.size > 0)) {
      yield* takeBack(visited)
      return false
    }
    all = true
    return true
  })
  const bounds = { rootsMax: rootsReadMax, bytesMax: rootBytesReadMax }
  yield* rootsBackFrom(root, bounds).pipe(Stream.takeUntilEffect(isOver), Stream.runDrain)
  return { pushers, all }
})

/** An author field holds a user's name, or `name <address>` as git writes it. */
const userIn = (author: string): string => elementAt(author.split("<", 1), 0).trim().toLowerCase()

export type ContributorsError = HubBusy | ObjectReadError | RefsError | IndexUnavailable

/**
 * Returns everybody who wrote or brought a commit that `to` lacks: authors and co-authors of the commits, and the users
 * who pushed, committed, merged or restored them. Empty if one of the branches is gone.
 */
export const contributorsOf = Effect.fn("contributorsOf")(function* (
  open: OpenRepository,
  { from, to }: { readonly from: string; readonly to: string }
): Effect.fn.Return<Contributors, ContributorsError, CommitIndex | ObjectStore | Packs | Roots> {
  const root = open.root.value
  const source = yield* headOf(root, from)
  const target = yield* headOf(root, to)
  if (source === undefined || target === undefined) return noContributors
  return yield* admitted("difference", contributorsBetween(open, source, target))
})

/** Returns everybody who wrote or brought a commit that leads to `source` and not to `target`. */
const contributorsBetween = Effect.fnUntraced(function* (open: OpenRepository, source: CommitId, target: CommitId) {
  const graph = yield* visibleGraph(open)
  const lacking = yield* difference(graph, [source], [target])
  if (lacking.length > commitsReadMax) {
    const unread: Contributors = {
      names: noContributors.names,
      others: `more than ${commitsReadMax} commits are new in it`
    }
    return unread
  }
  const authors = yield* authorsOf(open, lacking)
  const { all, pushers } = yield* pushersOf(open.root.value, graph, new Set(lacking.map(({ id }) => id)), target)
  const names = new Set<string>([...authors.map(userIn), ...pushers])
  const contributors: Contributors = all
    ? { names }
    : { names, others: `what is new in it came more than ${rootsReadMax} changes of the repository ago` }
  return contributors
})
