/**
 * Marks the objects of a repository that something leads to. Of each commit stays in memory what it names, as numbers;
 * of snapshots the last one: each is read once, after all commits.
 */
import { Effect, Result, Stream } from "effect"
import { elementAt } from "../../../base/expected.ts"
import { inSlices, sliceEntries, type Slices } from "../../../base/Slices.ts"
import { corruptAs, packKey } from "../../../invariant/packs/PackReads.ts"
import { openingCommit } from "../../../object/Commit.ts"
import { type BlobId, emptyBlobId, type ObjectType } from "../../../object/Id.ts"
import type { Manifest } from "../../../object/Manifest.ts"
import { ObjectCorrupt } from "../../../object/Refused.ts"
import { openingSnapshot } from "../../../object/Snapshot.ts"
import { findingObject } from "../../../pack/packContent.ts"
import type { PackBlock } from "../../../pack/PackedObject.ts"
import { immutablePath } from "../../../port/StoreKey.ts"
import type { StoredPack } from "../../../port/Stored.ts"
import { marks, type ObjectTable } from "../verify/packs/ObjectTable.ts"
import { openedBlocks } from "../verify/packs/openedBlocks.ts"
import { startingPoints } from "./startingPoints.ts"
import type { Root } from "../../../repository/Root.ts"

/** A blob under its own key. */
export interface LargeBlob {
  readonly size: number
  readonly storedAtMillis: number
  /** Whether a snapshot of a named pack has it. */
  isUsed: boolean
  /** Whether one has it that something leads to. */
  isReached: boolean
}

/** Who is told how far the reading of a repository is: counts of objects, and of bytes in packs. */
export interface Told {
  readonly promised?: ((objects: number, bytes: number) => void) | undefined
  readonly passed?: ((objects: number, bytes: number) => void) | undefined
}

const total = (blocks: ReadonlyArray<PackBlock>, what: "length" | "objects"): number =>
  blocks.reduce((sum, block) => sum + block[what], 0)

/** What commits name: for each its number, that of its snapshot, and those of its parents. */
interface Edges {
  /** Commit, snapshot, count of the parents, parents; one commit after another. */
  readonly numbers: Array<number>
  /** Where each commit begins. */
  readonly starts: Array<number>
}

class Marking {
  readonly #table: ObjectTable
  readonly #large: ReadonlyMap<string, LargeBlob>
  readonly #edges: Edges = { numbers: [], starts: [] }
  /** The manifests that were looked at last, of what is reached and of what is not: the next has nearly all of them. */
  readonly #last: { reached: Manifest; others: Manifest } = { reached: new Map(), others: new Map() }

  constructor(table: ObjectTable, large: ReadonlyMap<string, LargeBlob>) {
    this.#table = table
    this.#large = large
  }

  /** Marks what is kept, if a pack has it. */
  keep(type: ObjectType, id: string): void {
    const number = this.#table.find(type, id)
    if (number !== undefined) this.#table.mark(number, marks.reached)
  }

  /** Notes what the commits of a block name. Returns what is wrong, if anything is. */
  *addCommits({ directory }: StoredPack, block: PackBlock, content: Uint8Array): Slices<string | undefined> {
    const { numbers, starts } = this.#edges
    for (let position = block.first; position < block.first + block.objects; position += 1) {
      const object = directory.at(position)
      const found = yield* findingObject(object, content)
      if (Result.isFailure(found)) return found.failure.reason
      const commit = yield* openingCommit(found.success)
      if (Result.isFailure(commit)) return commit.failure.message
      const { id, parents, snapshotId } = commit.success
      const own = this.#table.find("commit", id)
      const snapshot = this.#table.find("snapshot", snapshotId)
      const named = parents.map((parent) => this.#table.find("commit", parent))
      if (own === undefined || snapshot === undefined || named.includes(undefined)) {
        return `commit ${object.id} has a parent or a snapshot that no named pack has`
      }
      starts.push(numbers.length)
      numbers.push(own, snapshot, named.length, ...named.filter((number) => number !== undefined))
      if ((position + 1) % sliceEntries === 0) yield
    }
    return undefined
  }

  /** Marks the ancestors of marked commits, and their snapshots. Parents mostly come before their children. */
  *reachCommits(): Slices<void> {
    const { numbers, starts } = this.#edges
    let [isDone, seen] = [false, 0]
    while (!isDone) {
      isDone = true
      for (let place = starts.length - 1; place >= 0; place -= 1) {
        if (++seen % sliceEntries === 0) yield
        const start = elementAt(starts, place)
        if (!this.#table.isMarked(elementAt(numbers, start), marks.reached)) continue
        this.#table.mark(elementAt(numbers, start + 1), marks.reached)
        for (let parent = start + 3; parent < start + 3 + elementAt(numbers, start + 2); parent += 1) {
          const number = elementAt(numbers, parent)
          if (this.#table.isMarked(number, marks.reached)) continue
          this.#table.mark(number, marks.reached)
          // One that comes after its child is passed already.
          isDone &&= number < elementAt(numbers, start)
        }
      }
    }
  }

  /** Marks the blobs of the snapshots of a block. Returns what is wrong, if anything is. */
  *reachBlobs({ directory }: StoredPack, block: PackBlock, content: Uint8Array): Slices<string | undefined> {
    let seen = 0
    for (let position = block.first; position < block.first + block.objects; position += 1) {
      const object = directory.at(position)
      const own = this.#table.find(object.type, object.id)
      const isReached = own !== undefined && this.#table.isMarked(own, marks.reached)
      const found = yield* findingObject(object, content)
      if (Result.isFailure(found)) return found.failure.reason
      const snapshot = yield* openingSnapshot(found.success)
      if (Result.isFailure(snapshot)) return snapshot.failure.message
      const { manifest } = snapshot.success
      const last = isReached ? "reached" : "others"
      for (const [path, id] of manifest) {
        if (++seen % sliceEntries === 0) yield
        if (this.#last[last].get(path) === id) continue
        if (!this.#reach(id, isReached)) return `snapshot ${object.id} has blob ${id}, which is nowhere`
      }
      this.#last[last] = manifest
    }
    return undefined
  }

  /** Marks a blob of a snapshot. Returns whether there is one. */
  #reach(id: BlobId, isReached: boolean): boolean {
    const number = this.#table.find("blob", id)
    if (number !== undefined && isReached) this.#table.mark(number, marks.reached)
    const apart = this.#large.get(id)
    if (apart !== undefined) {
      apart.isUsed = true
      apart.isReached ||= isReached
    }
    return number !== undefined || apart !== undefined || id === emptyBlobId
  }
}

/** Marks what a root leads to. Fails with `ObjectCorrupt` if anything of that is damaged, or leads to nothing. */
export const markReached = Effect.fnUntraced(function* (
  root: Root,
  table: ObjectTable,
  large: ReadonlyMap<string, LargeBlob>,
  sinceMillis: number,
  told: Told
) {
  const marking = new Marking(table, large)
  const read = table.packs.flatMap(({ directory }) => directory.blocks.filter(({ type }) => type !== "blob"))
  told.promised?.(total(read, "objects"), total(read, "length"))
  const eachBlock = (
    type: ObjectType,
    take: (pack: StoredPack, block: PackBlock, content: Uint8Array) => Slices<string | undefined>
  ) =>
    Effect.forEach(
      table.packs,
      (pack) =>
        Stream.runForEach(
          openedBlocks(pack, (other) => other === type),
          Effect.fnUntraced(function* ({ block, content }) {
            const { ref, repository } = pack
            const opened = yield* Effect.mapError(Effect.fromResult(content), corruptAs(repository, ref.sha256))
            const reason = yield* inSlices(() => take(pack, block, opened))
            told.passed?.(block.objects, block.length)
            if (reason === undefined) return
            return yield* new ObjectCorrupt({ key: immutablePath(packKey(repository, ref.sha256)), reason })
          })
        ),
      { discard: true }
    )
  yield* startingPoints(root, sinceMillis, (...named) => marking.keep(...named))
  yield* eachBlock("commit", (...given) => marking.addCommits(...given))
  yield* inSlices(() => marking.reachCommits())
  yield* eachBlock("snapshot", (...given) => marking.reachBlobs(...given))
})
