/**
 * Brings the history that legacy heads lead to into packs, parents first. A row that does not give its id, or leads to
 * one that does not, stays behind, and so does everything that is built upon it; a branch comes whole or not at all.
 */
import { Effect, Result } from "effect"
import { elementAt, expected, orDefault } from "../../../base/expected.ts"
import { eachInSlices, inSlices } from "../../../base/Slices.ts"
import { findingIntroduced } from "../../../history/introductions.ts"
import { orderingParentsFirst } from "../../../history/parentsFirst.ts"
import type { ObjectName } from "../../../invariant/packs/Packs.ts"
import type { Commit } from "../../../object/Commit.ts"
import { type BlobId, type CommitId, isCommitId, isId, type SnapshotId } from "../../../object/Id.ts"
import type { Manifest } from "../../../object/Manifest.ts"
import { makeSnapshot, type Snapshot } from "../../../object/Snapshot.ts"
import { LegacyHub, type LegacyNode } from "../../../port/legacy/LegacyHub.ts"
import {
  type LegacyBlob,
  type LegacyCommit,
  LegacyRecords,
  type LegacyRows
} from "../../../port/legacy/LegacyRecords.ts"
import { claimedCommit } from "../legacy/claimedCommit.ts"
import { ManifestChains } from "../legacy/ManifestChains.ts"
import type { HistoryTarget } from "./HistoryTarget.ts"
import { LegacyMerges } from "./LegacyMerges.ts"
import { type MintedCommit, mintedCommit, type ServerMade, serverMade } from "./mintedCommit.ts"
import type { Quarantine } from "./Quarantined.ts"

/** Commits whose rows are read together, and names that are looked up together. */
const commitsAtOnce = 200
const namesAtOnce = 5000
/** Blobs whose rows are read ahead together, and files that are found for them. */
const blobsAtOnce = 2000
/** Commits that are tried as a third hashed parent, and the hashes that all such searches may take. */
const candidatesMax = 20_000
const hashesMax = 1_000_000
/** The longest id of a legacy hub that is kept as an alias. */
const aliasLengthMax = 255

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

/** Reads the rows of all these ids, in as many calls as they take. */
const allRows = Effect.fnUntraced(function* <A>(
  ids: ReadonlyArray<string>,
  read: (some: ReadonlyArray<string>) => LegacyRows<A>
) {
  const found = new Map<string, Result.Result<A, string>>()
  for (let left = ids; left.length > 0;) {
    const rows = yield* read(left)
    for (const [id, row] of rows) found.set(id, row)
    if (rows.size === 0) break
    left = left.filter((id) => !rows.has(id))
  }
  return found
})

const parentsIn = ({ parents }: LegacyNode): ReadonlyArray<string> => Result.getOrElse(parents, () => [])

/** Lists for each snapshot those that its change may be against. */
const basesIn = Effect.fnUntraced(function* (nodes: ReadonlyMap<string, LegacyNode>) {
  const bases = new Map<string, Set<string>>()
  yield* eachInSlices(nodes.values(), (node) => {
    const [first] = parentsIn(node)
    const base = first === undefined ? null : orDefault(nodes.get(first)?.snapshot, null)
    const { snapshot } = node
    if (snapshot === null || base === null || base === snapshot) return
    bases.set(snapshot, orDefault(bases.get(snapshot), new Set<string>()).add(base))
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

/** Where a commit stands, by the ids of the legacy hub. */
interface Node {
  readonly parents: ReadonlyArray<string>
  readonly snapshot: string | null
}

/** Brings one commit after another. */
class Bringing {
  readonly held: Set<string>
  readonly minted: Map<string, MintedCommit>
  commits = 0
  readonly #refused = new Set<string>()
  readonly #target: HistoryTarget
  readonly #nodes: ReadonlyMap<string, LegacyNode>
  readonly #order: ReadonlyArray<CommitId>
  readonly #quarantine: Quarantine
  readonly #chains
  readonly #merges
  readonly #mayMint: boolean
  #hashes = hashesMax
  #blobs: ReadonlyMap<string, Result.Result<LegacyBlob, string>> = new Map()

  constructor(
    target: HistoryTarget,
    nodes: ReadonlyMap<string, LegacyNode>,
    {
      bases,
      held,
      mayMint,
      minted,
      order,
      quarantine
    }: {
      readonly bases: ReadonlyMap<string, ReadonlySet<string>>
      readonly held: Set<string>
      readonly mayMint: boolean
      readonly minted: Map<string, MintedCommit>
      readonly order: ReadonlyArray<CommitId>
      readonly quarantine: Quarantine
    }
  ) {
    this.#target = target
    this.#nodes = nodes
    this.#order = order
    this.#quarantine = quarantine
    this.held = held
    this.minted = minted
    this.#mayMint = mayMint
    this.#merges = new LegacyMerges(target.repository, { nodes, order }, (commit) => this.#manifestOf(commit))
    this.#chains = new ManifestChains({
      written: target.written,
      bases: (id) => orDefault(bases.get(id), new Set<string>())
    })
  }

  /**
   * Reads rows ahead for commits that are brought next: of their snapshots, and of the blobs that these say are new.
   * The rest is read when it is needed.
   */
  readonly readAhead = Effect.fnUntraced({ self: this }, function* (ids: ReadonlyArray<CommitId>) {
    const snapshots = ids.flatMap((id) => {
      const snapshot = this.#nodes.get(id)?.snapshot
      return typeof snapshot === "string" ? [snapshot] : []
    })
    const blobs = new Set<string>()
    for (const row of (yield* this.#chains.readAhead([...new Set(snapshots)])).values()) {
      for (const form of Result.isSuccess(row) ? row.success.forms : []) {
        if (Result.isFailure(form) || form.success._tag === "Whole") continue
        for (const blob of form.success.changed.values()) if (isId(blob)) blobs.add(blob)
      }
    }
    const records = yield* LegacyRecords
    this.#blobs = blobs.size === 0 || blobs.size > blobsAtOnce ? new Map() : yield* records.blobs([...blobs])
  })

  readonly #refuse = (id: string, reason: string) => {
    this.#refused.add(id)
    this.#quarantine(`commit ${id}`, reason)
  }

  /** Brings a commit, unless something is wrong with its row or with what it leads to. */
  readonly bring = Effect.fnUntraced(
    { self: this },
    function* (id: CommitId, place: number, row: Result.Result<LegacyCommit, string> | undefined) {
      const node = expected(this.#nodes.get(id), `the node of commit ${id}`)
      const parents = parentsIn(node)
      if (parents.some((parent) => this.#refused.has(parent))) {
        this.#refused.add(id)
        return
      }
      const lost = parents.find((parent) => !this.held.has(parent))
      if (lost !== undefined) {
        const reason = this.#nodes.has(lost) ? "which leads back to it, in a circle" : "which has no row"
        return this.#refuse(id, `its parent is ${lost}, ${isCommitId(lost) ? reason : "which is no hash"}`)
      }
      if (row === undefined) return this.#refuse(id, "its row is gone")
      const made = serverMade(id, parents, node.snapshot)
      if (parents.some((parent) => this.minted.has(parent)) || (made !== undefined && this.#mayMint)) {
        const refusal = this.#mayMint
          ? yield* this.#mint(id, row, made)
          : "it is built upon a commit that has a new id here; adopt it with --remint too"
        if (refusal !== undefined) this.#refuse(id, refusal)
        return
      }
      const commit = Result.flatMap(row, (claim) => this.#claimed(claim, place))
      if (Result.isFailure(commit)) return this.#refuse(id, commit.failure)
      const snapshot = yield* this.#chains.find(commit.success.snapshotId)
      if (snapshot === undefined || Result.isFailure(snapshot)) {
        const reason = snapshot === undefined ? "it has no row" : snapshot.failure
        return this.#refuse(id, `its snapshot ${commit.success.snapshotId} is not right: ${reason}`)
      }
      const refusal =
        (yield* this.#bringBlobs(snapshot.success, parents)) ?? (yield* this.#add(commit.success, snapshot.success))
      if (refusal !== undefined) return this.#refuse(id, refusal)
      this.held.add(id)
      this.commits += 1
    }
  )

  /** Checks the claim of a row; a third parent is looked for among the commits that come before it. */
  #claimed(claim: LegacyCommit, place: number): Result.Result<Commit, string> {
    const plain = claimedCommit(claim)
    if (Result.isSuccess(plain)) return plain
    const candidates = this.#order.slice(Math.max(0, place - candidatesMax), place).filter((id) => this.held.has(id))
    this.#hashes -= candidates.length
    return this.#hashes < 0 ? plain : claimedCommit(claim, candidates)
  }

  /** Finds the manifest of a commit that is held. */
  readonly #manifestOf = Effect.fnUntraced({ self: this }, function* (commit: string) {
    const minted = this.minted.get(commit)
    const id = minted?.snapshotId ?? (expected(this.#nodes.get(commit), `the node of ${commit}`).snapshot as SnapshotId)
    const found = yield* this.#chains.find(id)
    if (found !== undefined && Result.isSuccess(found)) return found.success.manifest
    // It may be in the pack that is being written.
    yield* this.#target.nameAll
    return expected(yield* this.#target.written(id), `snapshot ${id} of commit ${commit}`).manifest
  })

  /** Finds or makes the snapshot of a commit that gets a new id. Returns why there is none. */
  readonly #snapshotToMint = Effect.fnUntraced(
    { self: this },
    function* (made: ServerMade | undefined, { parents, snapshot }: Node, at: string) {
      if (made === "first") return makeSnapshot(new Map(), at)
      if (made === "merge") {
        const [ours, theirs] = [elementAt(parents, 0), elementAt(parents, 1)] as [CommitId, CommitId]
        yield* this.#target.nameAll
        const merged = yield* this.#merges
          .merge(ours, theirs, at)
          .pipe(Effect.catchTag(["AttributesRefused", "TreeTooLarge"], ({ message }) => Effect.succeed(message)))
        if (typeof merged === "string") return merged
        for (const blob of merged.blobs) yield* Effect.orDie(this.#target.packs.addBlob(blob))
        return merged.snapshot
      }
      const found = snapshot === null ? undefined : yield* this.#chains.find(snapshot as SnapshotId)
      const reason = found === undefined ? "it has no row" : Result.isFailure(found) ? found.failure : undefined
      if (found === undefined || Result.isFailure(found)) return `its snapshot ${snapshot} is not right: ${reason}`
      return (yield* this.#bringBlobs(found.success, parents)) ?? found.success
    }
  )

  /** Brings a commit under a new id. Returns why it is refused, if it is. */
  readonly #mint = Effect.fnUntraced(
    { self: this },
    function* (id: string, row: Result.Result<LegacyCommit, string>, made: ServerMade | undefined) {
      if (Result.isFailure(row)) return row.failure
      if (id.length > aliasLengthMax) return "its id is too long"
      const node = expected(this.#nodes.get(id), `the node of commit ${id}`)
      const parents = parentsIn(node)
      const [at = ""] = row.success.times
      const snapshot = yield* this.#snapshotToMint(made, { parents, snapshot: node.snapshot }, at)
      if (typeof snapshot === "string") return snapshot
      const newParents = parents.map((parent) => this.minted.get(parent)?.id ?? (parent as CommitId))
      const commit = mintedCommit(row.success, { id, parents }, { newParents, snapshotId: snapshot.id })
      if (Result.isFailure(commit)) return commit.failure
      const refusal = yield* this.#add(commit.success, snapshot)
      if (refusal !== undefined) return refusal
      this.#chains.remember(snapshot)
      this.minted.set(id, { id: commit.success.id, snapshotId: snapshot.id })
      this.held.add(id)
      this.commits += 1
      return undefined
    }
  )

  /** Brings the blobs that no parent has. Returns why one is not right. */
  readonly #bringBlobs = Effect.fnUntraced(
    { self: this },
    function* ({ manifest }: Snapshot, parents: ReadonlyArray<string>) {
      const { blobs } = yield* LegacyRecords
      const inherited: Array<Manifest> = []
      for (const parent of new Set(parents)) inherited.push(yield* this.#manifestOf(parent))
      const introduced = yield* inSlices(() => findingIntroduced(manifest, inherited))
      const names = introduced
        .filter((id) => !this.#target.isPending(id))
        .map((id): ObjectName => ({ type: "blob", id }))
      const found = yield* this.#target.holds(names)
      const fresh = names.flatMap(({ id }, place) => (found[place] === true ? [] : [id as BlobId]))
      const rows = yield* allRows(
        fresh.filter((id) => !this.#blobs.has(id)),
        blobs
      )
      for (const id of fresh) {
        const row = this.#blobs.get(id) ?? rows.get(id)
        const reason =
          row === undefined
            ? "it has no row"
            : Result.isFailure(row)
              ? row.failure
              : yield* this.#target.addBlob(id, row.success)
        if (reason !== undefined) return `its blob ${id} is not right: ${reason}`
      }
      return undefined
    }
  )

  readonly #add = Effect.fnUntraced({ self: this }, function* (commit: Commit, snapshot: Snapshot) {
    const [isHeld] = yield* this.#target.holds([{ type: "snapshot", id: snapshot.id }])
    return yield* this.#target.addCommit(commit, isHeld === true ? undefined : snapshot)
  })
}

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
  const graph = new Map<CommitId, { readonly id: CommitId; readonly parents: ReadonlyArray<CommitId> }>()
  yield* eachInSlices(nodes, ([id, node]) =>
    graph.set(id as CommitId, { id: id as CommitId, parents: parentsIn(node) as ReadonlyArray<CommitId> })
  )
  const ordered = yield* inSlices(() => orderingParentsFirst(graph, tips as ReadonlyArray<CommitId>))
  const order = ordered.commits.map(({ id }) => id)
  const held = yield* heldAmong(target, [...order, ...ordered.outside])
  const minted = yield* mintedBefore(target, order, aliases)
  for (const id of minted.keys()) held.add(id)
  const bases = yield* basesIn(nodes)
  const bringing = new Bringing(target, nodes, { bases, held, mayMint, minted, order, quarantine })
  const left = Array.from(order.entries()).filter(([, id]) => !held.has(id))
  for (let start = 0; start < left.length; start += commitsAtOnce) {
    const some = left.slice(start, start + commitsAtOnce)
    const rows = yield* allRows(
      some.map(([, id]) => id),
      commits
    )
    yield* bringing.readAhead(some.map(([, id]) => id))
    for (const [place, id] of some) yield* bringing.bring(id, place, rows.get(id))
    yield* target.nameMany
    onCommits(Math.min(left.length, start + commitsAtOnce), left.length, target.packs.bytes)
  }
  const adopted: AdoptedHistory = { held, nodes, minted, commits: bringing.commits }
  return adopted
})
