/**
 * Brings commits of a legacy repository into packs, one after another, parents first, with the snapshots and blobs that
 * are new. A row that does not give its id is refused, and so is everything that is built upon it.
 */
import { Effect, Result } from "effect"
import { elementAt, expected } from "../../../base/expected.ts"
import { inSlices } from "../../../base/Slices.ts"
import type { TextNumbers } from "../../../base/TextNumbers.ts"
import { findingIntroduced } from "../../../history/introductions.ts"
import type { ObjectName } from "../../../invariant/packs/Packs.ts"
import type { Commit } from "../../../object/Commit.ts"
import { type BlobId, type CommitId, isCommitId, isId, type SnapshotId } from "../../../object/Id.ts"
import type { Manifest } from "../../../object/Manifest.ts"
import { makeSnapshot, type Snapshot } from "../../../object/Snapshot.ts"
import type { LegacyGraph } from "../../../port/legacy/LegacyGraph.ts"
import {
  type LegacyBlob,
  type LegacyCommit,
  LegacyRecords,
  type LegacyRows,
  type LegacySnapshot
} from "../../../port/legacy/LegacyRecords.ts"
import { claimedCommit } from "../legacy/claimedCommit.ts"
import { ManifestChains } from "../legacy/ManifestChains.ts"
import type { HistoryTarget } from "./HistoryTarget.ts"
import { LegacyMerges } from "./LegacyMerges.ts"
import { type MintedCommit, mintedCommit, type ServerMade, serverMade } from "./mintedCommit.ts"
import type { Quarantine } from "./Quarantined.ts"

/** Blobs whose rows are read ahead together, and files that are found for them. */
const blobsAtOnce = 2000
/** Commits that are tried as a third hashed parent, and the hashes that all such searches may take. */
const candidatesMax = 20_000
const hashesMax = 1_000_000
/** The longest id of a legacy hub that is kept as an alias. */
const aliasLengthMax = 255

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

type Rows<A> = ReadonlyMap<string, Result.Result<A, string>>

/** Where a commit stands, by the ids of the legacy hub. */
interface Node {
  readonly parents: ReadonlyArray<string>
  readonly snapshot: string | null
}

/** Brings one commit after another. */
export class Bringing {
  readonly held: TextNumbers
  readonly minted: Map<string, MintedCommit>
  commits = 0
  readonly #refused = new Set<string>()
  readonly #target: HistoryTarget
  readonly #nodes: LegacyGraph
  /** Numbers of the commits in the graph, parents first. */
  readonly #order: Uint32Array
  readonly #quarantine: Quarantine
  readonly #chains
  readonly #merges
  readonly #mayMint: boolean
  #hashes = hashesMax
  #blobs: Rows<LegacyBlob> = new Map()

  constructor(
    target: HistoryTarget,
    nodes: LegacyGraph,
    {
      held,
      mayMint,
      minted,
      order,
      quarantine
    }: {
      readonly held: TextNumbers
      readonly mayMint: boolean
      readonly minted: Map<string, MintedCommit>
      readonly order: Uint32Array
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
    const trees = { manifestOf: (commit: CommitId) => this.#manifestOf(commit), settle: target.nameAll }
    this.#merges = new LegacyMerges(target.repository, { nodes, order }, trees)
    this.#chains = new ManifestChains({
      written: target.written,
      bases: (id) => nodes.basesOf(id)
    })
  }

  /**
   * Reads the rows of commits, of their snapshots, and of the blobs that these say are new. The rest is read when it is
   * needed.
   */
  readonly read = Effect.fnUntraced({ self: this }, function* (ids: ReadonlyArray<CommitId>) {
    const records = yield* LegacyRecords
    const commits = yield* allRows(ids, records.commits)
    const named = new Set(ids.map((id) => this.#nodes.get(id)?.snapshot).filter((id) => typeof id === "string"))
    const snapshots: Rows<LegacySnapshot> = named.size === 0 ? new Map() : yield* records.snapshots([...named])
    const changed = new Set<string>()
    for (const row of snapshots.values()) {
      for (const form of Result.isSuccess(row) ? row.success.forms : []) {
        if (Result.isFailure(form) || form.success._tag === "Whole") continue
        for (const blob of form.success.changed.values()) if (isId(blob)) changed.add(blob)
      }
    }
    const isFew = changed.size > 0 && changed.size <= blobsAtOnce
    const blobs: Rows<LegacyBlob> = isFew ? yield* records.blobs([...changed]) : new Map()
    return { commits, snapshots, blobs }
  })

  /** Brings commits whose rows were read. */
  readonly bring = Effect.fnUntraced(
    { self: this },
    function* (
      some: ReadonlyArray<{ readonly id: CommitId; readonly place: number }>,
      { blobs, commits, snapshots }: Effect.Success<ReturnType<Bringing["read"]>>
    ) {
      this.#blobs = blobs
      this.#chains.expect(snapshots)
      for (const { id, place } of some) yield* this.#bringOne(id, place, commits.get(id))
    }
  )

  readonly #refuse = (id: string, reason: string) => {
    this.#refused.add(id)
    this.#quarantine(`commit ${id}`, reason)
  }

  /** Brings a commit, unless something is wrong with its row or with what it leads to. */
  readonly #bringOne = Effect.fnUntraced(
    { self: this },
    function* (id: CommitId, place: number, row: Result.Result<LegacyCommit, string> | undefined) {
      const node = expected(this.#nodes.get(id), `the node of commit ${id}`)
      const parents = node.parents
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
      if (made !== undefined && !this.#mayMint) {
        return this.#refuse(id, "the legacy hub made it itself, under an id that is no hash; --remint gives it one")
      }
      if (made !== undefined || parents.some((parent) => this.minted.has(parent))) {
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

  /** Lists the commits that come before a place, the last ones of them. */
  #before(place: number): ReadonlyArray<CommitId> {
    const numbers = this.#order.subarray(Math.max(0, place - candidatesMax), place)
    return Array.from(numbers, (number) => this.#nodes.idOf(number) as CommitId)
  }

  /** Checks the claim of a row; a third parent is looked for among the commits that come before it. */
  #claimed(claim: LegacyCommit, place: number): Result.Result<Commit, string> {
    const plain = claimedCommit(claim)
    if (Result.isSuccess(plain)) return plain
    const candidates = this.#before(place).filter((id) => this.held.has(id))
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
        const merged = yield* this.#merges
          .merge(ours, theirs, at)
          .pipe(Effect.catchTag(["AttributesRefused", "TreeTooLarge"], ({ message }) => Effect.succeed(message)))
        if (typeof merged === "string") return merged
        // Their bytes were made here, so none is refused.
        for (const blob of merged.blobs) {
          yield* Effect.catchTag(this.#target.packs.addBlob(blob), "ContentRefused", Effect.die)
        }
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
      const parents = node.parents
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
