/**
 * The snapshots that were written or decoded last. A push would otherwise decode what it has just encoded, to record
 * it, and the next one its parent's.
 */
import { BoundedMap } from "../../base/BoundedMap.ts"
import type { Sha256, SnapshotId } from "../../object/Id.ts"
import type { Manifest } from "../../object/Manifest.ts"
import type { Snapshot } from "../../object/Snapshot.ts"

/** Bytes of the snapshots as stored. They take about twice as much in memory. */
const bytesMax = 32 * 1024 * 1024

interface Recent {
  readonly snapshot: Snapshot
  /** Of its stored bytes. */
  readonly sha256: Sha256
}

export class RecentSnapshots {
  readonly #kept = new BoundedMap<SnapshotId, Recent>()

  /** Remembers a snapshot by the hash and count of its stored bytes. */
  remember(snapshot: Snapshot, { sha256, size }: { readonly sha256: Sha256; readonly size: number }): void {
    this.#kept.set(snapshot.id, { snapshot, sha256 }, size)
    this.#kept.trim({ weightMax: bytesMax })
  }

  /** Returns the snapshot that bytes of this hash hold, if it is remembered. */
  find(id: SnapshotId, sha256: Sha256): Snapshot | undefined {
    const recent = this.#kept.touch(id)
    return recent?.sha256 === sha256 ? recent.snapshot : undefined
  }

  /** Returns a manifest, if it is remembered. The id covers it, whatever else the snapshot says. */
  manifest(id: SnapshotId): Manifest | undefined {
    return this.#kept.touch(id)?.snapshot.manifest
  }
}
