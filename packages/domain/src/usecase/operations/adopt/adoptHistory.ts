/**
 * Brings the history that legacy heads lead to into packs, parents first. A row that does not give its id, or leads to
 * one that does not, stays behind, and so does everything that is built upon it; a branch comes whole or not at all.
 */
import { Effect, Fiber } from "effect"
import { elementAt } from "../../../base/expected.ts"
import { eachInSlices, inSlices } from "../../../base/Slices.ts"
import { TextNumbers } from "../../../base/TextNumbers.ts"
import { orderingParentsFirst } from "../../../history/parentsFirst.ts"
import type { ObjectName } from "../../../invariant/packs/Packs.ts"
import { type CommitId, isCommitId } from "../../../object/Id.ts"
import type { LegacyGraph } from "../../../port/legacy/LegacyGraph.ts"
import { LegacyHub } from "../../../port/legacy/LegacyHub.ts"
import { type CatchUpError, recordAhead } from "../../recovery/catchUp.ts"
import { Bringing } from "./Bringing.ts"
import type { HistoryTarget } from "./HistoryTarget.ts"
import type { MintedCommit } from "./mintedCommit.ts"
import type { Quarantine } from "./Quarantined.ts"

/** Commits whose rows are read together, and names that are looked up together. */
const commitsAtOnce = 100
const namesAtOnce = 5000

/** What came of a history. */
export interface AdoptedHistory {
  /** Commits that are in packs of the repository, with all that they lead to. */
  readonly held: Pick<TextNumbers, "has">
  /** The graph as the rows have it. */
  readonly nodes: LegacyGraph
  /** New ids of commits, by the ids that the legacy hub had for them. */
  readonly minted: ReadonlyMap<string, MintedCommit>
  /** Commits that were brought. */
  readonly commits: number
}

/** Finds the commits that the repository holds already, and notes them. */
const noteHeld = Effect.fnUntraced(function* (target: HistoryTarget, ids: Iterable<string>, held: TextNumbers) {
  let names: Array<ObjectName & { readonly type: "commit" }> = []
  const note = Effect.suspend(() => target.holds(names)).pipe(
    Effect.map((found) => {
      for (const [place, { id }] of names.entries()) if (found[place] === true) held.add(id)
      names = []
    })
  )
  for (const id of ids) {
    if (isCommitId(id)) names.push({ type: "commit", id })
    if (names.length === namesAtOnce) yield* note
  }
  yield* note
})

/** Orders the commits that tips lead to, by their numbers, and lists the ids on the way that have no row. */
const orderOf = Effect.fnUntraced(function* (nodes: LegacyGraph, tips: ReadonlyArray<string>) {
  const numbers = new Map(tips.map((id) => [id, nodes.numberOf(id)]))
  const starts = [...numbers.values()].filter((number) => number !== undefined)
  const known = { get: (number: number) => nodes.at(number) }
  const ordered = yield* inSlices(() => orderingParentsFirst(known, starts))
  const unknown = tips.filter((id) => numbers.get(id) === undefined)
  return {
    order: Uint32Array.from(ordered.commits, ({ number }) => number),
    outside: [...unknown, ...ordered.outside.map((number) => nodes.idOf(number))]
  }
})

/** Finds the commits that got a new id in an earlier run. */
const mintedBefore = Effect.fnUntraced(function* (
  target: HistoryTarget,
  order: Iterable<string>,
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
  const heldTips = new TextNumbers()
  yield* noteHeld(target, tips, heldTips)
  // A merge is made from the whole history of its parents.
  const ends = mayMint ? [] : [...new Set([...stops, ...tips.filter((id) => heldTips.has(id))])]
  const nodes = yield* history(tips, ends)
  const { order, outside } = yield* orderOf(nodes, tips)
  const ids = () => order[Symbol.iterator]().map((number) => nodes.idOf(number))
  const held = new TextNumbers(order.length)
  yield* noteHeld(target, ids(), held)
  yield* noteHeld(target, outside, held)
  const minted = yield* mintedBefore(target, ids(), aliases)
  for (const id of minted.keys()) held.add(id)
  const bringing = new Bringing(target, nodes, { held, mayMint, minted, order, quarantine })
  const left: Array<number> = []
  yield* eachInSlices(order.entries(), ([place, number]) => {
    if (!held.has(nodes.idOf(number))) left.push(place)
  })
  const portion = (start: number) =>
    left
      .slice(start, start + commitsAtOnce)
      .map((place) => ({ place, id: nodes.idOf(elementAt(order, place)) as CommitId }))
  const reading = (start: number) => Effect.forkScoped(bringing.read(portion(start).map(({ id }) => id)))
  let read = yield* reading(0)
  let recorded: Effect.Effect<void, CatchUpError> = Effect.void
  for (let start = 0; start < left.length; start += commitsAtOnce) {
    const rows = yield* Fiber.join(read)
    // Meanwhile the next rows are read, and the packs before are recorded.
    read = yield* reading(start + commitsAtOnce)
    yield* bringing.bring(portion(start), rows)
    if (yield* target.namePut) {
      yield* recorded
      recorded = Fiber.join(yield* Effect.forkScoped(recordAhead(target.root)))
    }
    onCommits(Math.min(left.length, start + commitsAtOnce), left.length, target.packs.bytes)
  }
  yield* recorded
  const adopted: AdoptedHistory = { held, nodes, minted, commits: bringing.commits }
  return adopted
}, Effect.scoped)
