/**
 * The objects that the receiver of a stream has: those that came and those that it said it holds. Checks the order,
 * which makes every prefix that ends after a commit a complete history.
 */
import { Effect } from "effect"
import { sliceEntries, type Slices } from "../../base/Slices.ts"
import type { Commit } from "../../object/Commit.ts"
import { type BlobId, type CommitId, emptyBlobId, type ObjectType, type SnapshotId } from "../../object/Id.ts"
import type { Snapshot } from "../../object/Snapshot.ts"
import type { MpackCounts, MpackEntry } from "./Format.ts"

/** Objects by type. */
export interface MpackIds {
  readonly commits: ReadonlyArray<CommitId>
  readonly snapshots: ReadonlyArray<SnapshotId>
  readonly blobs: ReadonlyArray<BlobId>
}

/** The requested objects that the receiver has. Sets and maps by id both fit. */
export interface MpackHeld {
  readonly commits: Pick<ReadonlySet<CommitId>, "has">
  readonly snapshots: Pick<ReadonlySet<SnapshotId>, "has">
  readonly blobs: Pick<ReadonlySet<BlobId>, "has">
}

/**
 * Asks the receiver which objects it has. A receiver that has a commit has its whole history; one that has a snapshot
 * has all of its blobs. Called at most once for each snapshot and commit, and never for objects that came or are known
 * to be held.
 */
export type MpackHolds<E = never, R = never> = (ids: MpackIds) => Effect.Effect<MpackHeld, E, R>

/** Answers for a receiver that starts empty. */
export const holdsNothing: MpackHolds = () =>
  Effect.succeed({ commits: new Set(), snapshots: new Set(), blobs: new Set() })

const plural = { commit: "commits", snapshot: "snapshots", blob: "blobs" } as const

interface IdSets {
  readonly commits: Set<CommitId>
  readonly snapshots: Set<SnapshotId>
  readonly blobs: Set<BlobId>
}

export class History {
  readonly #promised: MpackCounts
  readonly #came: Record<ObjectType, Set<string>> = { commit: new Set(), snapshot: new Set(), blob: new Set() }
  /** The empty blob has no bytes, so every receiver holds it. */
  readonly #held: IdSets = { commits: new Set(), snapshots: new Set(), blobs: new Set([emptyBlobId]) }
  #bytes = 0

  constructor(promised: MpackCounts) {
    this.#promised = promised
  }

  /** Counts what has come so far. */
  get counts(): MpackCounts {
    const { commit, snapshot, blob } = this.#came
    return { commits: commit.size, snapshots: snapshot.size, blobs: blob.size, bytes: this.#bytes }
  }

  /** Records an object's id, or returns why it is refused. */
  admit({ type, id }: MpackEntry): string | undefined {
    const came = this.#came[type]
    const promised = this.#promised[plural[type]]
    if (came.size >= promised) return `more than the ${promised} promised ${plural[type]} come`
    if (came.has(id)) return `${type} ${id} comes twice`
    came.add(id)
    return undefined
  }

  /** Counts the bytes of an object, or returns why they are refused. */
  admitBytes(bytes: number): string | undefined {
    this.#bytes += bytes
    return this.#bytes > this.#promised.bytes
      ? `the objects have more than the promised ${this.#promised.bytes} bytes`
      : undefined
  }

  /** Records an object of so many bytes if neither is refused, and says whether it did. */
  take({ type, id }: MpackEntry, bytes: number): boolean {
    const came = this.#came[type]
    if (came.size >= this.#promised[plural[type]] || came.has(id) || this.#bytes + bytes > this.#promised.bytes)
      return false
    came.add(id)
    this.#bytes += bytes
    return true
  }

  /** Finds the blobs of a snapshot that neither came nor were asked about. Returns undefined if there are none. */
  *unknownToSnapshot({ manifest }: Snapshot): Slices<MpackIds | undefined> {
    let blobs: Set<BlobId> | undefined
    let seen = 0
    for (const id of manifest.values()) {
      if (++seen % sliceEntries === 0) yield
      if (this.#came.blob.has(id) || this.#held.blobs.has(id)) continue
      blobs ??= new Set()
      blobs.add(id)
    }
    return blobs === undefined ? undefined : { commits: [], snapshots: [], blobs: [...blobs] }
  }

  /**
   * Returns the parents and the snapshot of a commit that neither came nor were asked about, or undefined if there are
   * none.
   */
  unknownToCommit({ parents, snapshotId }: Commit): MpackIds | undefined {
    const commits = parents.filter((id) => !this.#came.commit.has(id) && !this.#held.commits.has(id))
    const isKnown = this.#came.snapshot.has(snapshotId) || this.#held.snapshots.has(snapshotId)
    if (commits.length === 0 && isKnown) return undefined
    return { commits, snapshots: isKnown ? [] : [snapshotId], blobs: [] }
  }

  /** Records the receiver's answer. Returns the first object that it lacks, if any. */
  hold({ commits, snapshots, blobs }: MpackIds, held: MpackHeld): string | undefined {
    for (const id of commits) {
      if (!held.commits.has(id)) return `commit ${id}`
      this.#held.commits.add(id)
    }
    for (const id of snapshots) {
      if (!held.snapshots.has(id)) return `snapshot ${id}`
      this.#held.snapshots.add(id)
    }
    for (const id of blobs) {
      if (!held.blobs.has(id)) return `blob ${id}`
      this.#held.blobs.add(id)
    }
    return undefined
  }
}
