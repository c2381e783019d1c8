/** Finds who wrote or brought what is new in a proposal: their own approval says nothing about it. */
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
import { authorsOf } from "../../graph/authorsOf.ts"
import { visibleGraph } from "../../graph/commitGraph.ts"

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
 * Returns the users whose moves brought new commits to any branch. Walks the history of the roots back to where no
 * branch led to them, and further while a branch was only put back on them.
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
  const isOver = Effect.fnUntraced(function* ({ changes, heads }: Root) {
    for (const { action, by, moves } of changes.toReversed()) {
      for (const { to } of moves) {
        if (to === null || !(yield* leads(to))) continue
        if (bringing.has(action)) pushers.add(by)
        revived = reviving.has(action)
      }
    }
    if (revived) return false
    for (const [, head] of heads) if (yield* leads(head)) return false
    return true
  })
  yield* rootsBackFrom(root).pipe(Stream.takeUntilEffect(isOver), Stream.runDrain)
  return pushers
})

/** An author field holds a user's name, or `name <address>` as git writes it. */
const userIn = (author: string): string => elementAt(author.split("<", 1), 0).trim().toLowerCase()

export type ContributorsError = ObjectReadError | IndexUnavailable

/**
 * Returns the names of everybody who wrote or brought a commit that `to` lacks: authors and co-authors of the commits,
 * and the users who pushed, committed, merged or restored them. Empty if one of the branches is gone.
 */
export const contributorsOf = Effect.fn("contributorsOf")(function* (
  open: OpenRepository,
  { from, to }: { readonly from: string; readonly to: string }
): Effect.fn.Return<ReadonlySet<string>, ContributorsError, CommitIndex | ObjectStore> {
  const root = open.root.value
  const source = headOf(root, from)
  const target = headOf(root, to)
  if (source === undefined || target === undefined) return new Set<string>()
  const graph = yield* visibleGraph(open)
  const lacking = yield* difference(graph, [source], [target])
  const authors = yield* authorsOf(open, lacking)
  const pushers = yield* pushersOf(root, graph, new Set(lacking.map(({ id }) => id)), target)
  return new Set<string>([...authors.map(userIn), ...pushers])
})
