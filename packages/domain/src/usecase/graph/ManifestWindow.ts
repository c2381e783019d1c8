/**
 * A cache of recently used manifests. Commits that arrive one after another are compared with their parents, which
 * usually arrived just before. The cache is bounded by entries; an evicted manifest is read again.
 */
import { Effect } from "effect"
import { BoundedMap } from "../../base/BoundedMap.ts"
import { readSnapshot } from "../../invariant/ObjectReader.ts"
import type { SnapshotId } from "../../object/Id.ts"
import type { Manifest } from "../../object/Manifest.ts"
import { manifestOf, type ManifestSource } from "./introductions.ts"

/** The maximum number of entries in all cached manifests: about 200 MiB. */
const entriesMax = 1_000_000

export class ManifestWindow {
  readonly #manifests = new BoundedMap<SnapshotId, Manifest>()
  /** Snapshots that are not in the store yet and cannot be read again. */
  readonly #unwritten = new Set<SnapshotId>()
  /**
   * All snapshots that were added. An evicted one is not looked up in the index, because only the last of them becomes
   * a head.
   */
  readonly #added = new Set<SnapshotId>()
  readonly #source: ManifestSource

  constructor(source: ManifestSource) {
    this.#source = source
  }

  /** Adds the manifest of a snapshot that is being written. It is not evicted before `written`. */
  add(id: SnapshotId, manifest: Manifest): void {
    this.#added.add(id)
    this.#unwritten.add(id)
    this.#keep(id, manifest)
  }

  /** Marks a snapshot as stored. */
  written(id: SnapshotId): void {
    this.#unwritten.delete(id)
  }

  /** Returns the manifest of a snapshot that was added or is in the store. */
  readonly get = Effect.fnUntraced(function* (this: ManifestWindow, id: SnapshotId) {
    const manifest = this.#manifests.get(id) ?? (yield* this.#read(id))
    this.#keep(id, manifest)
    return manifest
  })

  readonly #read = Effect.fnUntraced(function* (this: ManifestWindow, id: SnapshotId) {
    if (this.#added.has(id)) return (yield* readSnapshot(this.#source.id, id)).snapshot.manifest
    return yield* manifestOf(this.#source, id)
  })

  /** Makes a manifest the most recently used, and evicts the least recently used ones. */
  #keep(id: SnapshotId, manifest: Manifest): void {
    this.#manifests.set(id, manifest, manifest.size)
    this.#manifests.trim({ weightMax: entriesMax, isPinned: (kept) => kept === id || this.#unwritten.has(kept) })
  }
}
