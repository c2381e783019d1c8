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
import { rootsBackFrom } from "../../../invariant/RootHistory.ts"
import type { CommitId } from "../../../object/Id.ts"
import type { UserName } from "../../../repository/Names.ts"
import { headOf, type Root, type RootAction } from "../../../repository/Root.ts"
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

/** Returns whether a commit is one of the new ones or leads to one. Remembers the answers. */
const leadingTo = <E>(graph: CommitGraph<E>, fresh: ReadonlySet<CommitId>, target: CommitId) => {
  const known = new Map<CommitId, boolean>()
  return Effect.fnUntraced(function* (commit: CommitId) {
    const answer =
      known.get(commit) ??
      (fresh.has(commit) || (yield* difference(graph, [commit], [target])).some(({ id }) => fresh.has(id)))
    known.set(commit, answer)
    return answer
  })
}

/**
 * Returns the users whose moves brought new commits to any branch, and whether these are all. Walks the history of the
 * roots back to where no branch led to them, and further while a branch was only put back on them.
 */
const pushersOf = Effect.fnUntraced(function* <E>(
  root: Root,
  graph: CommitGraph<E>,
  fresh: ReadonlySet<CommitId>,
  target: CommitId
) {
  const leads = leadingTo(graph, fresh, target)
  const pushers = new Set<UserName>()
  let revived = false
  let all = false
  const isOver = Effect.fnUntraced(function* ({ changes, heads, sequence }: Root) {
    for (const { action, by, moves } of changes.toReversed()) {
      for (const { to } of moves) {
        if (to === null || !(yield* leads(to))) continue
        if (bringing.has(action)) pushers.add(by)
        revived = reviving.has(action)
      }
    }
    if (sequence > 0) {
      if (revived) return false
      for (const [, head] of heads) if (yield* leads(head)) return false
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

export type ContributorsError = HubBusy | ObjectReadError | IndexUnavailable

/**
 * Returns everybody who wrote or brought a commit that `to` lacks: authors and co-authors of the commits, and the users
 * who pushed, committed, merged or restored them. Empty if one of the branches is gone.
 */
export const contributorsOf = Effect.fn("contributorsOf")(function* (
  open: OpenRepository,
  { from, to }: { readonly from: string; readonly to: string }
): Effect.fn.Return<Contributors, ContributorsError, CommitIndex | ObjectStore | Packs> {
  const root = open.root.value
  const source = headOf(root, from)
  const target = headOf(root, to)
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
