/**
 * Brings the history that legacy heads lead to into packs, parents first. A row that does not give its id, or leads to
 * one that does not, stays behind, and so does everything that is built upon it; a branch comes whole or not at all.
 */
import { Effect } from "effect"
import { elementAt, orDefault } from "../../../base/expected.ts"
import { eachInSlices, inSlices } from "../../../base/Slices.ts"
import { orderingParentsFirst } from "../../../history/parentsFirst.ts"
import type { ObjectName } from "../../../invariant/packs/Packs.ts"
import { type CommitId, isCommitId } from "../../../object/Id.ts"
import { LegacyHub, type LegacyNode } from "../../../port/legacy/LegacyHub.ts"
import { LegacyRecords } from "../../../port/legacy/LegacyRecords.ts"
import { allRows, Bringing } from "./Bringing.ts"
import type { HistoryTarget } from "./HistoryTarget.ts"
import type { MintedCommit } from "./mintedCommit.ts"
import type { Quarantine } from "./Quarantined.ts"

/** Commits whose rows are read together, and names that are looked up together. */
const commitsAtOnce = 200
const namesAtOnce = 5000

/** What came of a history. */
export interface AdoptedHistory {
  /** Commits that are in packs of the repository, with all that they lead to. */
  readonly held: ReadonlySet<string>
  /** The graph as the rows have it. */
  readonly nodes: ReadonlyMap<string, LegacyNode>
  /** New ids of commits, by the ids that the legacy hub had for them. */
  readonly minted: ReadonlyMap<string, MintedCommit>
  /** Commits that were brought. */
  readonly commits: number
}

/** Lists for each snapshot those that its change may be against. */
const basesIn = Effect.fnUntraced(function* (nodes: ReadonlyMap<string, LegacyNode>) {
  const bases = new Map<string, ReadonlyArray<string>>()
  yield* eachInSlices(nodes.values(), ({ parents, snapshot }) => {
    const [first] = parents
    const base = first === undefined ? null : orDefault(nodes.get(first)?.snapshot, null)
    if (snapshot === null || base === null || base === snapshot) return
    const known = bases.get(snapshot)
    if (known === undefined) bases.set(snapshot, [base])
    else if (!known.includes(base)) bases.set(snapshot, [...known, base])
  })
  return bases
})

/** Finds the commits that the repository holds already. */
const heldAmong = Effect.fnUntraced(function* (target: HistoryTarget, ids: ReadonlyArray<string>) {
  const held = new Set<string>()
  const names = ids.filter(isCommitId).map((id): ObjectName => ({ type: "commit", id }))
  for (let start = 0; start < names.length; start += namesAtOnce) {
    const some = names.slice(start, start + namesAtOnce)
    const found = yield* target.holds(some)
    for (const [place, { id }] of some.entries()) if (found[place] === true) held.add(id)
  }
  return held
})

/** Finds the commits that got a new id in an earlier run. */
const mintedBefore = Effect.fnUntraced(function* (
  target: HistoryTarget,
  order: ReadonlyArray<string>,
  aliases: ReadonlyMap<string, CommitId>
) {
  const minted = new Map<string, MintedCommit>()
  for (const legacy of aliases.size === 0 ? [] : order) {
    const id = aliases.get(legacy)
    const commit = id === undefined ? undefined : yield* target.writtenCommit(id)
    if (commit !== undefined) minted.set(legacy, { id: commit.id, snapshotId: commit.snapshotId })
  }
  return minted
})

/**
 * Brings what the repository lacks of the history that `tips` lead to. The walk ends at tips that it holds already, and
 * at `stops`, which it holds. `onCommits` is told after each portion how many commits were looked at, and how many
 * there are.
 */
export const adoptHistory = Effect.fnUntraced(function* (
  target: HistoryTarget,
  tips: ReadonlyArray<string>,
  {
    aliases,
    mayMint,
    onCommits,
    quarantine,
    stops
  }: {
    readonly stops: ReadonlyArray<string>
    /** Commits of the repository that had another id at the legacy hub. */
    readonly aliases: ReadonlyMap<string, CommitId>
    /** Whether commits that the legacy server made get an id. */
    readonly mayMint: boolean
    readonly quarantine: Quarantine
    readonly onCommits: (done: number, all: number, bytes: number) => void
  }
) {
  const { history } = yield* LegacyHub
  const { commits } = yield* LegacyRecords
  // A merge is made from the whole history of its parents.
  const ends = mayMint ? [] : [...new Set([...stops, ...(yield* heldAmong(target, tips))])]
  const nodes = yield* history(tips, ends)
  // Whatever the ids are: the order needs equality alone.
  type Known = { readonly id: CommitId; readonly parents: ReadonlyArray<CommitId> }
  const graph = nodes as ReadonlyMap<string, LegacyNode> as unknown as ReadonlyMap<CommitId, Known>
  const ordered = yield* inSlices(() => orderingParentsFirst(graph, tips as ReadonlyArray<CommitId>))
  const order = ordered.commits.map(({ id }) => id)
  const held = yield* heldAmong(target, [...order, ...ordered.outside])
  const minted = yield* mintedBefore(target, order, aliases)
  for (const id of minted.keys()) held.add(id)
  const bases = yield* basesIn(nodes)
  const bringing = new Bringing(target, nodes, { bases, held, mayMint, minted, order, quarantine })
  const left: Array<number> = []
  yield* eachInSlices(order.entries(), ([place, id]) => {
    if (!held.has(id)) left.push(place)
  })
  for (let start = 0; start < left.length; start += commitsAtOnce) {
    const some = left.slice(start, start + commitsAtOnce).map((place) => ({ place, id: elementAt(order, place) }))
    const ids = some.map(({ id }) => id)
    const rows = yield* allRows(ids, commits)
    yield* bringing.readAhead(ids)
    for (const { id, place } of some) yield* bringing.bring(id, place, rows.get(id))
    yield* target.nameMany
    onCommits(Math.min(left.length, start + commitsAtOnce), left.length, target.packs.bytes)
  }
  const adopted: AdoptedHistory = { held, nodes, minted, commits: bringing.commits }
  return adopted
})
