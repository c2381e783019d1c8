/**
 * Random histories with files, and the random pushes that bring them to a hub, with a plain model of what was pushed.
 */
import type { CommitId } from "@musehub/domain/object/Id"
import type { Repository } from "@musehub/domain/repository/Root"
import { Effect } from "effect"
import type { Seeded } from "../../support/seeded.ts"
import { headsOf, pushSteps, type Step, step, type TestHub } from "./hubSamples.ts"

/** Steps by commit, oldest first. */
export type Steps = ReadonlyMap<CommitId, Step>

/** Returns these commits and their ancestors, as steps; skips unknown ids. */
export const reached = (steps: Steps, from: Iterable<CommitId>): ReadonlyArray<Step> => {
  const found = new Set<CommitId>()
  const stack = [...from]
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    const each = steps.get(id)
    if (each === undefined || found.has(id)) continue
    found.add(id)
    stack.push(...each.commit.parents)
  }
  return [...steps.values()].filter(({ commit }) => found.has(commit.id))
}

/** Returns what a client that has `have` lacks of `want`, by definition. */
export const lacking = (steps: Steps, want: Iterable<CommitId>, have: Iterable<CommitId>) => {
  const [wanted, had] = [reached(steps, want), reached(steps, have)]
  const without = <A>(of: (each: Step) => ReadonlyArray<A>) => {
    const theirs = new Set(had.flatMap(of))
    return [...new Set(wanted.flatMap(of))].filter((id) => !theirs.has(id)).toSorted()
  }
  return {
    commits: without((each) => [each.commit.id]),
    snapshots: without((each) => [each.snapshot.id]),
    blobs: without((each) => [...each.snapshot.manifest.values()])
  }
}

/**
 * Makes files from a small set of paths and contents, so that they repeat: the same content returns under other paths,
 * whole states return, and files are empty or missing.
 */
const randomFiles = (random: Seeded, before: { readonly [path: string]: string }) => {
  const files = random.chance(0.1) ? {} : { ...before }
  for (let edit = 0; edit < 1 + random.below(3); edit += 1) {
    const path = random.pick(["a", "b", "src/c", "src/d", "e"])
    if (random.chance(0.25)) delete files[path]
    else files[path] = random.pick(["", "one", "two", "three", `new ${random.below(1000)}`])
  }
  return files
}

export interface RandomHistory {
  readonly steps: Map<CommitId, Step>
  /** Heads as the pushes left them. */
  readonly heads: Map<string, CommitId>
}

/**
 * Pushes at random: onto branches, merging them, from old commits. Each bundle holds what is new and now and then more.
 * A push that finds the index unavailable is sent again.
 */
export const pushAtRandom = Effect.fnUntraced(function* (
  random: Seeded,
  pushes: number,
  repository: Repository,
  /** Returns the hub that takes the next push. */
  hub: () => TestHub,
  options: { readonly force?: boolean } = {}
) {
  const history: RandomHistory = { steps: new Map(), heads: new Map() }
  const files = new Map<CommitId, { readonly [path: string]: string }>()
  const grow = (parents: ReadonlyArray<Step>) => {
    const [first] = parents
    const content = randomFiles(random, (first === undefined ? undefined : files.get(first.commit.id)) ?? {})
    const next = step(`commit ${history.steps.size} ${random.next()}`, content, parents)
    history.steps.set(next.commit.id, next)
    files.set(next.commit.id, content)
    return next
  }
  for (let turn = 0; turn < pushes; turn += 1) {
    const branch = random.pick(["main", "dev", "topic"])
    const all = [...history.steps.values()]
    const head = history.steps.get(history.heads.get(branch) ?? ("" as CommitId))
    const force = options.force === true && random.chance(0.3)
    let tip =
      head === undefined || force ? (all.length === 0 || random.chance(0.3) ? grow([]) : random.pick(all)) : head
    for (let commits = random.below(5); commits > 0; commits -= 1) {
      const other = all.length > 0 && random.chance(0.35) ? random.pick(all) : undefined
      const side = other !== undefined && random.chance(0.5) ? grow([other]) : other
      const parents = side === undefined || side === tip ? [tip] : random.chance(0.5) ? [tip, side] : [side, tip]
      tip = grow(parents)
    }
    const known = new Set(reached(history.steps, history.heads.values()))
    const bundle = reached(history.steps, [tip.commit.id]).filter((each) => !known.has(each) || random.chance(0.2))
    const ordered = [...bundle.filter((each) => each !== tip), tip]
    yield* Effect.suspend(() => pushSteps(hub(), repository, branch, ordered, { force })).pipe(
      Effect.retry({ while: ({ _tag }) => _tag === "IndexUnavailable", times: 50 })
    )
    history.heads.set(branch, tip.commit.id)
  }
  const heads = yield* Effect.retry(
    Effect.suspend(() => headsOf(hub(), repository)),
    { while: ({ _tag }) => _tag === "IndexUnavailable", times: 50 }
  )
  const pushed: RandomHistory = { ...history, heads: new Map(Object.entries(heads)) }
  return pushed
})
