/**
 * The commits that were read and are right, as nodes of the graph: some 20 bytes for each beside the table of objects.
 * They are counted by their place in the order of ids.
 */
import { AsciiWriter } from "../../../../base/text/AsciiWriter.ts"
import { elementAt } from "../../../../base/expected.ts"
import { sliceEntries, type Slices } from "../../../../base/Slices.ts"
import { incrementalSha256 } from "../../../../object/Digest.ts"
import { CommitId, type ObjectType, type Sha256, SnapshotId } from "../../../../object/Id.ts"
import { hashBytes } from "../../../../pack/PackDirectory.ts"
import type { ObjectTable } from "./ObjectTable.ts"

/** What the row of a commit must say. */
export interface CheckedCommit {
  readonly id: CommitId
  readonly parents: ReadonlyArray<CommitId>
  readonly snapshotId: SnapshotId
}

const [space, lineFeed, comma] = [0x20, 0x0a, 0x2c]
/** How often commits whose parents come later are gone through at most. Others keep the generation 0. */
const passesMax = 100

export class CommitNodes {
  readonly #table: ObjectTable
  /** The place of the snapshot, and 1; 0 where the commit is not known, or lacks something. */
  readonly #snapshots: Uint32Array
  /** 0 where it is not known. */
  readonly #generations: Uint32Array
  /** Where the count and the places of its parents begin in `#parents`. */
  readonly #parentsAt: Uint32Array
  readonly #parents: Array<number> = []
  /** Commits that lack a parent or a snapshot. */
  readonly #lacking = new Map<number, CheckedCommit>()
  #pending: Array<number> = []

  constructor(table: ObjectTable) {
    const commits = table.inOrder("commit").length
    this.#table = table
    this.#snapshots = new Uint32Array(commits)
    this.#generations = new Uint32Array(commits)
    this.#parentsAt = new Uint32Array(commits)
  }

  /** Adds a commit that a pack has. */
  add(commit: CheckedCommit): void {
    const place = this.#table.placeInOrder("commit", commit.id)
    if (place === undefined) return
    const snapshot = this.#table.placeInOrder("snapshot", commit.snapshotId)
    const parents = commit.parents.map((parent) => this.#table.placeInOrder("commit", parent))
    const known = parents.filter((parent) => parent !== undefined)
    if (snapshot === undefined || known.length < parents.length) {
      this.#lacking.set(place, commit)
      return
    }
    this.#snapshots[place] = snapshot + 1
    this.#parentsAt[place] = this.#parents.length
    this.#parents.push(known.length, ...known)
    if (!this.#setGeneration(place)) this.#pending.push(place)
  }

  /** Finds the generations of commits that come before their parents in packs. */
  *settling(): Slices<void> {
    let seen = 0
    for (let pass = 0; pass < passesMax && this.#pending.length > 0; pass += 1) {
      const left: Array<number> = []
      for (const place of this.#pending) {
        if (!this.#setGeneration(place)) left.push(place)
        if (++seen % sliceEntries === 0) yield
      }
      if (left.length === this.#pending.length) return
      this.#pending = left
    }
  }

  /** Sets the generation of a commit if those of its parents are known. */
  #setGeneration(place: number): boolean {
    let greatest = 0
    for (const parent of this.#parentsOf(place)) {
      const generation = elementAt(this.#generations, parent)
      if (generation === 0) return false
      greatest = Math.max(greatest, generation)
    }
    this.#generations[place] = greatest + 1
    return true
  }

  #parentsOf(place: number): ReadonlyArray<number> {
    const start = elementAt(this.#parentsAt, place)
    return this.#parents.slice(start + 1, start + 1 + elementAt(this.#parents, start))
  }

  #numberAt(type: ObjectType, place: number): number {
    return elementAt(this.#table.inOrder(type), place)
  }

  /** Returns the number of the snapshot of a commit; undefined where the commit is not known, or lacks something. */
  snapshotOf(place: number): number | undefined {
    const snapshot = elementAt(this.#snapshots, place)
    return snapshot === 0 ? undefined : this.#numberAt("snapshot", snapshot - 1)
  }

  /** Returns the commit at a place; undefined if it was not read, or is not right. */
  at(place: number): CheckedCommit | undefined {
    const snapshot = this.snapshotOf(place)
    if (snapshot === undefined) return this.#lacking.get(place)
    const idAt = (commit: number) => CommitId.make(this.#table.idOf(this.#numberAt("commit", commit)))
    return {
      id: idAt(place),
      parents: this.#parentsOf(place).map(idAt),
      snapshotId: SnapshotId.make(this.#table.idOf(snapshot))
    }
  }

  /**
   * Hashes the texts of the nodes from a place to before another as `nodeText` gives them. Returns undefined if one is
   * not known.
   */
  *hashing(from: number, end: number): Slices<Sha256 | undefined> {
    const hash = incrementalSha256()
    const writer = new AsciiWriter((bytes) => hash.update(bytes))
    const writeId = (type: ObjectType, place: number) => {
      const { idAt, view } = this.#table.entryOf(this.#numberAt(type, place)).entry
      writer.hex(view, idAt, idAt + hashBytes)
    }
    for (let place = from; place < end; place += 1) {
      const [generation, snapshot] = [elementAt(this.#generations, place), elementAt(this.#snapshots, place)]
      if (generation === 0 || snapshot === 0) return undefined
      writeId("commit", place)
      writer.byte(space)
      writer.decimal(generation)
      writer.byte(space)
      writeId("snapshot", snapshot - 1)
      writer.byte(space)
      for (const [number, parent] of this.#parentsOf(place).entries()) {
        if (number > 0) writer.byte(comma)
        writeId("commit", parent)
      }
      writer.byte(lineFeed)
      if ((place + 1) % sliceEntries === 0) yield
    }
    writer.flush()
    return hash.digest()
  }
}
