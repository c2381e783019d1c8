/** Topological order of commits: parents before children. */
import { atOnce, sliceEntries, type Slices } from "../base/Slices.ts"
import type { CommitId } from "../object/Id.ts"

export interface ParentsFirst<A, K = CommitId> {
  /** The known commits among the starts and their ancestors, parents before children. */
  readonly commits: ReadonlyArray<A>
  /** Starts and parents that are unknown. */
  readonly outside: ReadonlyArray<K>
}

/**
 * Orders the known commits that the starts lead to, by their ids or whatever names them. Iterative, since histories are
 * long; ids are hashes, so there is no cycle.
 */
export const orderingParentsFirst = function* <A extends { readonly parents: ReadonlyArray<K> }, K = CommitId>(
  known: { readonly get: (id: K) => A | undefined },
  starts: Iterable<K>
): Slices<ParentsFirst<A, K>> {
  const commits: Array<A> = []
  const outside = new Set<K>()
  const entered = new Set<K>()
  const stack = Array.from(starts, (id) => ({ id, leaving: false }))
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const commit = known.get(top.id)
    if (commit === undefined) {
      outside.add(top.id)
    } else if (top.leaving) {
      commits.push(commit)
      if (commits.length % sliceEntries === 0) yield
    } else if (!entered.has(top.id)) {
      entered.add(top.id)
      if (entered.size % sliceEntries === 0) yield
      stack.push({ id: top.id, leaving: true })
      for (const id of commit.parents) if (!entered.has(id)) stack.push({ id, leaving: false })
    }
  }
  return { commits, outside: [...outside] }
}

/** Returns the order that `orderingParentsFirst` finds, without a pause. */
export const parentsFirst = <A extends { readonly parents: ReadonlyArray<CommitId> }>(
  known: ReadonlyMap<CommitId, A>,
  starts: Iterable<CommitId>
): ParentsFirst<A> => atOnce(orderingParentsFirst(known, starts))
