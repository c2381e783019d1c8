/**
 * What the receiver of a stream knows: the objects that came and those that it said it holds. Guards the order, which
 * makes every prefix that ends after a commit a complete history.
 */
import { Effect } from "effect"
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

/** Those of the objects asked for that the receiver has. Sets and maps by id will do. */
export interface MpackHeld {
  readonly commits: Pick<ReadonlySet<CommitId>, "has">
  readonly snapshots: Pick<ReadonlySet<SnapshotId>, "has">
  readonly blobs: Pick<ReadonlySet<BlobId>, "has">
}

/**
 * Asks the receiver which objects it has. To have a commit means to have its whole history, to have a snapshot means
 * to have every blob of it. Asked at most once for each snapshot and commit, and never for what came or was had.
 */
export type MpackHolds<E = never, R = never> = (ids: MpackIds) => Effect.Effect<MpackHeld, E, R>

/** The answer of a receiver that begins with nothing. */
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
  /** The empty file has no bytes to lack, so everybody has it. */
  readonly #held: IdSets = { commits: new Set(), snapshots: new Set(), blobs: new Set([emptyBlobId]) }
  #bytes = 0

  constructor(promised: MpackCounts) {
    this.#promised = promised
  }

  /** How much has come. */
  get counts(): MpackCounts {
    const { commit, snapshot, blob } = this.#came
    return { commits: commit.size, snapshots: snapshot.size, blobs: blob.size, bytes: this.#bytes }
  }

  /** Takes an object's name, and tells why not. */
  admit({ type, id }: MpackEntry): string | undefined {
    const came = this.#came[type]
    const promised = this.#promised[plural[type]]
    if (came.size >= promised) return `more than the ${promised} promised ${plural[type]} come`
    if (came.has(id)) return `${type} ${id} comes twice`
    came.add(id)
    return undefined
  }

  /** Counts the bytes of an object, and tells why not. */
  admitBytes(bytes: number): string | undefined {
    this.#bytes += bytes
    return this.#bytes > this.#promised.bytes
      ? `the objects have more than the promised ${this.#promised.bytes} bytes`
      : undefined
  }

  /** Blobs of a snapshot that did not come and that the receiver was not asked for; undefined if there are none. */
  unknownToSnapshot({ manifest }: Snapshot): MpackIds | undefined {
    let blobs: Set<BlobId> | undefined
    for (const id of manifest.values()) {
      if (this.#came.blob.has(id) || this.#held.blobs.has(id)) continue
      blobs = (blobs ?? new Set()).add(id)
    }
    return blobs === undefined ? undefined : { commits: [], snapshots: [], blobs: [...blobs] }
  }

  /** Parents and snapshot of a commit, where they did not come and the receiver was not asked for them. */
  unknownToCommit({ parents, snapshotId }: Commit): MpackIds | undefined {
    const commits = parents.filter((id) => !this.#came.commit.has(id) && !this.#held.commits.has(id))
    const isKnown = this.#came.snapshot.has(snapshotId) || this.#held.snapshots.has(snapshotId)
    if (commits.length === 0 && isKnown) return undefined
    return { commits, snapshots: isKnown ? [] : [snapshotId], blobs: [] }
  }

  /** Remembers the receiver's answer, and tells which of the ids it lacks. */
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
