/**
 * The snapshots that were written or decoded last. A push would otherwise decode what it has just encoded, to record
 * it, and the next one its parent's.
 */
import { BoundedMap } from "../../base/BoundedMap.ts"
import type { Sha256, SnapshotId } from "../../object/Id.ts"
import type { Manifest } from "../../object/Manifest.ts"
import type { Snapshot } from "../../object/Snapshot.ts"

interface Recent {
  readonly snapshot: Snapshot
  /** Of its stored bytes. */
  readonly sha256: Sha256
}

export class RecentSnapshots {
  readonly #kept = new BoundedMap<SnapshotId, Recent>()
  readonly #bytesMax: number

  /** Keeps up to a count of bytes of snapshots as stored. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** Remembers a snapshot by the hash and count of its stored bytes. */
  remember(snapshot: Snapshot, { sha256, size }: { readonly sha256: Sha256; readonly size: number }): void {
    this.#kept.set(snapshot.id, { snapshot, sha256 }, size)
    this.#kept.trim({ weightMax: this.#bytesMax })
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
